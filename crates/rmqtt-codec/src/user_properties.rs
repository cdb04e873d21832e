use std::fmt;

use crate::property_reader::Occurrences;
use crate::reader::Reader;
use crate::{EncodeError, PropertyId, writer};

/// The User Properties of a packet: pairs of strings in their order [MQTT-3.3.2-18], names may
/// repeat.
///
/// Borrows the encoded, validated bytes.
#[derive(Clone, Copy, Default)]
pub struct UserProperties<'a> {
    /// Whole encoded properties from the first to the last User Property.
    bytes: &'a [u8],
    /// Whether properties of other kinds lie between them.
    interleaved: bool,
}

impl<'a> UserProperties<'a> {
    /// No User Property.
    pub const EMPTY: Self = Self { bytes: &[], interleaved: false };

    pub(crate) fn from_block(block: &'a [u8], occurrences: Occurrences) -> Self {
        Self { bytes: occurrences.slice(block), interleaved: occurrences.interleaved() }
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// Names and values, in order.
    pub fn iter(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let mut values = Reader::new(self.bytes);
        // The bytes were validated when they were decoded or pushed, so nothing fails here.
        std::iter::from_fn(move || {
            loop {
                match PropertyId::from_u8(values.byte().ok()?)? {
                    PropertyId::UserProperty => {
                        return Some((values.text().ok()?, values.text().ok()?));
                    }
                    id => values.skip_value(id).ok()?,
                }
            }
        })
    }

    /// The value of the first property with this name.
    pub fn get(self, name: &str) -> Option<&'a str> {
        self.iter().find(|(candidate, _)| *candidate == name).map(|(_, value)| value)
    }

    pub(crate) fn encode(self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.interleaved {
            for (name, value) in self.iter() {
                put(out, name, value)?;
            }
        } else {
            out.extend_from_slice(self.bytes);
        }
        Ok(())
    }
}

/// Equal when the pairs are equal, wherever they lie.
impl PartialEq for UserProperties<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for UserProperties<'_> {}

impl fmt::Debug for UserProperties<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// User Properties that are put together here, already encoded.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct UserPropertiesBuf {
    bytes: Vec<u8>,
}

impl UserPropertiesBuf {
    /// None yet.
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// Appends one pair.
    ///
    /// # Errors
    ///
    /// [`EncodeError::FieldTooLong`] and [`EncodeError::TextContainsNull`]; nothing is appended
    /// then.
    pub fn push(&mut self, name: &str, value: &str) -> Result<(), EncodeError> {
        let before = self.bytes.len();
        put(&mut self.bytes, name, value).inspect_err(|_| self.bytes.truncate(before))
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Removes all pairs and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }

    /// The encoded pairs.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The pairs as packets carry them.
    pub fn as_ref(&self) -> UserProperties<'_> {
        UserProperties { bytes: &self.bytes, interleaved: false }
    }
}

impl From<UserProperties<'_>> for UserPropertiesBuf {
    fn from(properties: UserProperties<'_>) -> Self {
        let mut bytes = Vec::with_capacity(properties.bytes.len());
        properties.encode(&mut bytes).expect("decoded strings fit into their length");
        Self { bytes }
    }
}

impl fmt::Debug for UserPropertiesBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().fmt(f)
    }
}

fn put(out: &mut Vec<u8>, name: &str, value: &str) -> Result<(), EncodeError> {
    out.push(PropertyId::UserProperty.as_u8());
    writer::put_text(out, name)?;
    writer::put_text(out, value)
}
