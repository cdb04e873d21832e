use std::fmt;

use crate::property_reader::Occurrences;
use crate::reader::Reader;
use crate::variable_integer;
use crate::{EncodeError, PropertyId};

/// The Subscription Identifiers of a PUBLISH, each 1 to 268,435,455, in their order.
#[derive(Clone, Copy, Default)]
pub struct SubscriptionIds<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    /// Whole validated properties, among which those of other kinds may lie.
    Encoded(&'a [u8]),
    Values(&'a [u32]),
}

impl<'a> SubscriptionIds<'a> {
    /// The identifiers in the slice; their range is judged when they are encoded.
    pub const fn new(ids: &'a [u32]) -> Self {
        Self(Source::Values(ids))
    }

    pub(crate) fn from_block(block: &'a [u8], occurrences: Occurrences) -> Self {
        Self(Source::Encoded(occurrences.slice(block)))
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        match self.0 {
            Source::Encoded(bytes) => bytes.is_empty(),
            Source::Values(values) => values.is_empty(),
        }
    }

    /// The identifiers, in order.
    pub fn iter(self) -> impl Iterator<Item = u32> {
        let (bytes, values) = match self.0 {
            Source::Encoded(bytes) => (bytes, &[][..]),
            Source::Values(values) => (&[][..], values),
        };
        let mut encoded = Reader::new(bytes);
        // The bytes were validated when they were decoded, so nothing fails here.
        std::iter::from_fn(move || {
            loop {
                match PropertyId::from_u8(encoded.byte().ok()?)? {
                    PropertyId::SubscriptionIdentifier => return encoded.variable_integer().ok(),
                    id => encoded.skip_value(id).ok()?,
                }
            }
        })
        .chain(values.iter().copied())
    }

    pub(crate) fn encode(self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.iter().try_for_each(|id| put(out, id))
    }
}

impl Default for Source<'_> {
    fn default() -> Self {
        Self::Values(&[])
    }
}

/// Equal when the identifiers are equal, wherever they lie.
impl PartialEq for SubscriptionIds<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for SubscriptionIds<'_> {}

impl fmt::Debug for SubscriptionIds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Appends one Subscription Identifier property.
pub(crate) fn put(out: &mut Vec<u8>, id: u32) -> Result<(), EncodeError> {
    if id == 0 || id > variable_integer::MAX {
        return Err(EncodeError::PropertyValueInvalid(PropertyId::SubscriptionIdentifier));
    }
    out.push(PropertyId::SubscriptionIdentifier.as_u8());
    variable_integer::put(out, id);
    Ok(())
}
