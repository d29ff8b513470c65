//! Compiled texts, kept for the next session that needs the same.

use isospike_backend::Result;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// More than any network here needs. Those that a session holds stay with it in any case.
const MOST: usize = 64;

/// The last modules that a driver was asked for, by the SHA-256 of their texts.
pub struct Modules<M>(Mutex<VecDeque<([u8; 32], Arc<M>)>>);

impl<M> Default for Modules<M> {
    fn default() -> Self {
        Modules(Mutex::default())
    }
}

impl<M> Modules<M> {
    /// The module of a text: that of the last time, or what `build` makes of it. The one that was
    /// not asked for the longest goes when there are too many.
    ///
    /// # Errors
    /// Those of `build`; nothing is kept then.
    pub fn of(&self, text: &str, build: impl FnOnce() -> Result<M>) -> Result<Arc<M>> {
        let hash = Sha256::digest(text).into();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().position(|(of, _)| *of == hash);
        let module = match known.and_then(|i| kept.remove(i)) {
            Some((_, module)) => module,
            None => Arc::new(build()?),
        };
        if kept.len() == MOST {
            kept.pop_front();
        }
        kept.push_back((hash, module.clone()));
        Ok(module)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_are_kept() {
        let modules = Modules::default();
        let mut built = Vec::new();
        let mut ask = |i: usize| {
            let build = || {
                built.push(i);
                Ok(i)
            };
            assert_eq!(*modules.of(&format!("text {i}"), build).expect("built"), i);
        };
        (0..MOST).for_each(&mut ask);
        (0..10).for_each(&mut ask);
        ask(MOST); // in the place of 10
        (0..10).for_each(&mut ask);
        ask(10);
        assert_eq!(built, [(0..MOST).collect::<Vec<_>>(), vec![MOST, 10]].concat());
        assert_eq!(modules.0.lock().expect("nobody panicked").len(), MOST);
    }
}
