//! What is needed to go on with a record.

use crate::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A record under way that can be put down and taken up again, in another process too.
pub trait Resume {
    /// Brings what was recorded to the disk, to stay there whatever happens, and adds what is
    /// needed to go on from here. The record goes on as if nothing had been.
    ///
    /// # Errors
    /// `Write` if a file cannot be written.
    fn save(&mut self, saved: &mut Saved) -> Result<()>;

    /// Goes on where a record of the same kind was saved, made with the same arguments, with its
    /// files in their places. Nothing may have been recorded by this one. What the files have
    /// beyond that point is cut off.
    ///
    /// # Errors
    /// `Invalid` if it was made with other arguments or if a file is not what it was; `Read` or
    /// `Write` if one cannot be used.
    fn resume(&mut self, saved: &mut Saved) -> Result<()>;
}

/// Numbers in the order in which they were saved: lines of JSON, in which integers and floats keep
/// every bit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    bytes: Vec<u8>,
    at: usize,
}

impl Saved {
    /// What was saved before, from the first number on.
    pub fn of(bytes: Vec<u8>) -> Saved {
        Saved { bytes, at: 0 }
    }

    /// All of it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Adds a value.
    pub fn put(&mut self, value: &impl Serialize) {
        // Numbers and lists of them are JSON, and memory takes it.
        serde_json::to_writer(&mut self.bytes, value).expect("plain data");
        self.bytes.push(b'\n');
    }

    /// The next value.
    ///
    /// # Errors
    /// `Invalid` if there is none of this type.
    pub fn take<T: DeserializeOwned>(&mut self) -> Result<T> {
        let mut values = serde_json::Deserializer::from_slice(&self.bytes[self.at..]).into_iter();
        let value = values.next();
        self.at += values.byte_offset();
        match value {
            Some(Ok(value)) => Ok(value),
            Some(Err(e)) => Err(Error::Invalid(format!("saved record = not of this kind: {e}"))),
            None => Err(Error::Invalid("saved record = too short: of another kind".into())),
        }
    }

    /// Passes over the next value, which must be this one.
    ///
    /// # Errors
    /// `Invalid` if it is not; `what` says what it means.
    pub fn same(&mut self, what: &str, value: &impl Serialize) -> Result<()> {
        let found: serde_json::Value = self.take()?;
        // As above.
        let value = serde_json::to_value(value).expect("plain data");
        match found == value {
            true => Ok(()),
            false => Err(Error::Invalid(format!(
                "{what} = {value}; the record was begun with {found}, and must go on with it"
            ))),
        }
    }
}

impl<R: Resume + ?Sized> Resume for Box<R> {
    fn save(&mut self, saved: &mut Saved) -> Result<()> {
        (**self).save(saved)
    }
    fn resume(&mut self, saved: &mut Saved) -> Result<()> {
        (**self).resume(saved)
    }
}

/// One after the other.
impl<R: Resume> Resume for Vec<R> {
    fn save(&mut self, saved: &mut Saved) -> Result<()> {
        self.iter_mut().try_for_each(|one| one.save(saved))
    }
    fn resume(&mut self, saved: &mut Saved) -> Result<()> {
        self.iter_mut().try_for_each(|one| one.resume(saved))
    }
}

/// The digest of the spikes of a run.
impl Resume for isospike_backend::SpikeDigest {
    fn save(&mut self, saved: &mut Saved) -> Result<()> {
        saved.put(&self.to_bytes());
        Ok(())
    }
    fn resume(&mut self, saved: &mut Saved) -> Result<()> {
        *self = Self::from_bytes(&saved.take::<Vec<u8>>()?)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_in_order_and_to_the_bit() {
        let mut saved = Saved::default();
        let floats = [0.1 + 0.2, 1e-308, -0.0, 123_456_789.123_456_78];
        saved.put(&(7u64, u128::MAX, Some(3u8)));
        saved.put(&floats);
        saved.put(&12u32);
        let mut saved = Saved::of(saved.bytes().to_vec());
        assert_eq!(saved.take::<(u64, u128, Option<u8>)>().unwrap(), (7, u128::MAX, Some(3)));
        let found: [f64; 4] = saved.take().unwrap();
        assert_eq!(found.map(f64::to_bits), floats.map(f64::to_bits));
        let message = saved.same("bins", &13u32).unwrap_err().to_string();
        assert_eq!(message, "bins = 13; the record was begun with 12, and must go on with it");
        assert!(saved.take::<u8>().is_err());
    }
}
