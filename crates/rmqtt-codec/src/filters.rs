use std::fmt;

use crate::reader::Reader;
use crate::{DecodeError, EncodeError, ProtocolVersion, SubscriptionOptions, writer};

/// The topic filters of a SUBSCRIBE with their options: at least one, in order.
///
/// The filters are well-formed strings and not empty; where wildcards may stand is not judged
/// here, because a filter that is wrong in this way is refused alone and not with the packet.
#[derive(Clone, Copy)]
pub struct Filters<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    /// The validated payload of a SUBSCRIBE of this version.
    Encoded(&'a [u8], ProtocolVersion),
    Values(&'a [SubscribeFilter<'a>]),
}

/// One topic filter of a SUBSCRIBE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscribeFilter<'a> {
    /// The topic filter, `$share/…` and the like included.
    pub filter: &'a str,
    /// What is asked for.
    pub options: SubscriptionOptions,
}

impl<'a> Filters<'a> {
    /// The filters in the slice; they are judged when they are encoded.
    pub const fn new(filters: &'a [SubscribeFilter<'a>]) -> Self {
        Self(Source::Values(filters))
    }

    /// Takes the rest of a SUBSCRIBE and validates it.
    pub(crate) fn take_from(
        packet: Reader<'a>,
        version: ProtocolVersion,
    ) -> Result<Self, DecodeError> {
        let mut rest = packet;
        // [MQTT-3.8.3-2]
        if rest.is_empty() {
            return Err(DecodeError::TopicFiltersMissing);
        }
        while !rest.is_empty() {
            SubscribeFilter::take_from(&mut rest, version)?;
        }
        Ok(Self(Source::Encoded(packet.rest(), version)))
    }

    /// The filters, in order.
    pub fn iter(self) -> impl Iterator<Item = SubscribeFilter<'a>> {
        let (bytes, version, values) = match self.0 {
            Source::Encoded(bytes, version) => (bytes, version, &[][..]),
            Source::Values(values) => (&[][..], ProtocolVersion::V5, values),
        };
        let mut rest = Reader::new(bytes);
        // The bytes were validated when they were decoded, so nothing fails but at the end.
        std::iter::from_fn(move || SubscribeFilter::take_from(&mut rest, version).ok())
            .chain(values.iter().copied())
    }

    pub(crate) fn encode(
        self,
        version: ProtocolVersion,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let mut any = false;
        for SubscribeFilter { filter, options } in self.iter() {
            any = true;
            put_filter(out, filter)?;
            out.push(if version.has_properties() { options.as_u8() } else { options.qos.as_u8() });
        }
        if any { Ok(()) } else { Err(EncodeError::TopicFiltersMissing) }
    }
}

impl<'a> SubscribeFilter<'a> {
    fn take_from(packet: &mut Reader<'a>, version: ProtocolVersion) -> Result<Self, DecodeError> {
        let filter = take_filter(packet)?;
        let options = packet.byte()?;
        let options = if version.has_properties() {
            SubscriptionOptions::from_u8(options)?
        } else {
            SubscriptionOptions::from_u8_v3(options)?
        };
        Ok(Self { filter, options })
    }
}

/// Equal when the filters and options are equal, wherever they lie.
impl PartialEq for Filters<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Filters<'_> {}

impl fmt::Debug for Filters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The topic filters of an UNSUBSCRIBE: at least one, in order; see [`Filters`].
#[derive(Clone, Copy)]
pub struct UnsubscribeFilters<'a>(UnsubscribeSource<'a>);

#[derive(Clone, Copy)]
enum UnsubscribeSource<'a> {
    /// The validated payload of an UNSUBSCRIBE.
    Encoded(&'a [u8]),
    Values(&'a [&'a str]),
}

impl<'a> UnsubscribeFilters<'a> {
    /// The filters in the slice; they are judged when they are encoded.
    pub const fn new(filters: &'a [&'a str]) -> Self {
        Self(UnsubscribeSource::Values(filters))
    }

    /// Takes the rest of an UNSUBSCRIBE and validates it.
    pub(crate) fn take_from(packet: Reader<'a>) -> Result<Self, DecodeError> {
        let mut rest = packet;
        // [MQTT-3.10.3-2]
        if rest.is_empty() {
            return Err(DecodeError::TopicFiltersMissing);
        }
        while !rest.is_empty() {
            take_filter(&mut rest)?;
        }
        Ok(Self(UnsubscribeSource::Encoded(packet.rest())))
    }

    /// The filters, in order.
    pub fn iter(self) -> impl Iterator<Item = &'a str> {
        let (bytes, values) = match self.0 {
            UnsubscribeSource::Encoded(bytes) => (bytes, &[][..]),
            UnsubscribeSource::Values(values) => (&[][..], values),
        };
        let mut rest = Reader::new(bytes);
        // The bytes were validated when they were decoded, so nothing fails but at the end.
        std::iter::from_fn(move || take_filter(&mut rest).ok()).chain(values.iter().copied())
    }

    pub(crate) fn encode(self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut any = false;
        for filter in self.iter() {
            any = true;
            put_filter(out, filter)?;
        }
        if any { Ok(()) } else { Err(EncodeError::TopicFiltersMissing) }
    }
}

/// Equal when the filters are equal, wherever they lie.
impl PartialEq for UnsubscribeFilters<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for UnsubscribeFilters<'_> {}

impl fmt::Debug for UnsubscribeFilters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// [MQTT-3.8.3-1] [MQTT-3.10.3-1] [MQTT-4.7.3-1]
fn take_filter<'a>(packet: &mut Reader<'a>) -> Result<&'a str, DecodeError> {
    match packet.text()? {
        "" => Err(DecodeError::TopicFilterEmpty),
        filter => Ok(filter),
    }
}

fn put_filter(out: &mut Vec<u8>, filter: &str) -> Result<(), EncodeError> {
    if filter.is_empty() {
        return Err(EncodeError::TopicFilterEmpty);
    }
    writer::put_text(out, filter)
}
