//! What a packet says, in words that do not depend on a library.

use std::fmt::Debug;

/// The fields of a packet, by name, in a fixed order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields(Vec<String>);

impl Fields {
    pub(crate) fn of(packet: &str) -> Self {
        Self(vec![packet.to_owned()])
    }

    pub(crate) fn with(mut self, name: &str, value: impl Debug) -> Self {
        self.0.push(format!("{name}: {value:?}"));
        self
    }

    /// Adds properties, ordered by identifier; those with the same one keep their order.
    pub(crate) fn with_properties(mut self, name: &str, properties: Properties) -> Self {
        let mut properties = properties.0;
        properties.sort_by_key(|(id, _)| *id);
        self.0
            .extend(properties.iter().map(|(id, value)| format!("{name} {id:02x}: {value:02x?}")));
        self
    }
}

/// Properties as identifier and encoded value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Properties(pub(crate) Vec<(u8, Vec<u8>)>);

impl Properties {
    pub(crate) fn byte(self, id: u8, value: Option<u8>) -> Self {
        self.value(id, value.map(|value| vec![value]))
    }

    pub(crate) fn flag(self, id: u8, value: Option<bool>) -> Self {
        self.byte(id, value.map(u8::from))
    }

    pub(crate) fn two_bytes(self, id: u8, value: Option<u16>) -> Self {
        self.value(id, value.map(|value| value.to_be_bytes().to_vec()))
    }

    pub(crate) fn four_bytes(self, id: u8, value: Option<u32>) -> Self {
        self.value(id, value.map(|value| value.to_be_bytes().to_vec()))
    }

    pub(crate) fn text(self, id: u8, value: Option<&str>) -> Self {
        self.binary(id, value.map(str::as_bytes))
    }

    pub(crate) fn binary(self, id: u8, value: Option<&[u8]>) -> Self {
        self.value(id, value.map(with_length))
    }

    pub(crate) fn subscription_ids(self, ids: impl IntoIterator<Item = u32>) -> Self {
        ids.into_iter().fold(self, |properties, id| properties.value(0x0B, Some(variable(id))))
    }

    pub(crate) fn pairs<'a>(self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        pairs.into_iter().fold(self, |properties, (name, value)| {
            let pair = [with_length(name.as_bytes()), with_length(value.as_bytes())].concat();
            properties.value(0x26, Some(pair))
        })
    }

    fn value(mut self, id: u8, value: Option<Vec<u8>>) -> Self {
        self.0.extend(value.map(|value| (id, value)));
        self
    }
}

fn with_length(value: &[u8]) -> Vec<u8> {
    let mut bytes = (value.len() as u16).to_be_bytes().to_vec();
    bytes.extend_from_slice(value);
    bytes
}

fn variable(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let more = value >= 0x80;
        bytes.push((value & 0x7f) as u8 | u8::from(more) << 7);
        value >>= 7;
        if !more {
            return bytes;
        }
    }
}
