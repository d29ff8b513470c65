//! The networks that come with isospike, from the folder `networks/masses`.

use crate::MassError;
use crate::file::MassFile;

macro_rules! bundled {
    ($($name:literal),*) => {
        /// Names and texts of the bundled networks.
        pub const MASSES: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../../../networks/masses/", $name, ".toml")))),*
        ];
    };
}

bundled!("epileptor", "jansen_rit", "mpr", "wong_wang");

/// Files that bundled networks name: 84 regions of a human brain. Whose they are, and on what
/// terms, says `networks/masses/hagmann84/README.md`.
const FILES: [(&str, &str); 2] = [
    ("hagmann84/weights.txt", include_str!("../../../networks/masses/hagmann84/weights.txt")),
    ("hagmann84/lengths.txt", include_str!("../../../networks/masses/hagmann84/lengths.txt")),
];

impl MassFile {
    /// A bundled network.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn bundled(name: &str) -> Result<Self, MassError> {
        let Some((_, text)) = MASSES.iter().find(|(known, _)| *known == name) else {
            let names = MASSES.iter().map(|(name, _)| *name);
            return Err(MassError::name("isospike", "network of neural masses", name, names));
        };
        Self::parse(text, |file| {
            Self::shared(file).ok_or_else(|| MassError::Choice(format!("{file} is not bundled")))
        })
    }

    /// The text of a file that bundled networks name; others may name it too.
    pub fn shared(file: &str) -> Option<String> {
        FILES.iter().find(|(name, _)| *name == file).map(|(_, text)| (*text).to_owned())
    }
}
