use crate::{EncodeError, PropertyId, UserProperties, subscription_ids, writer};

/// Appends properties; a value that is `None` appends nothing.
#[derive(Debug)]
pub(crate) struct PropertyWriter<'o> {
    out: &'o mut Vec<u8>,
}

impl<'o> PropertyWriter<'o> {
    pub(crate) const fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out }
    }

    pub(crate) fn byte(&mut self, id: PropertyId, value: Option<u8>) {
        if let Some(value) = value {
            self.out.extend_from_slice(&[id.as_u8(), value]);
        }
    }

    pub(crate) fn flag(&mut self, id: PropertyId, value: Option<bool>) {
        self.byte(id, value.map(u8::from));
    }

    pub(crate) fn two_bytes(&mut self, id: PropertyId, value: Option<u16>) {
        if let Some(value) = value {
            self.out.push(id.as_u8());
            writer::put_two_bytes(self.out, value);
        }
    }

    pub(crate) fn four_bytes(&mut self, id: PropertyId, value: Option<u32>) {
        if let Some(value) = value {
            self.out.push(id.as_u8());
            writer::put_four_bytes(self.out, value);
        }
    }

    pub(crate) fn two_bytes_not_zero(
        &mut self,
        id: PropertyId,
        value: Option<u16>,
    ) -> Result<(), EncodeError> {
        if value == Some(0) {
            return Err(EncodeError::PropertyValueInvalid(id));
        }
        self.two_bytes(id, value);
        Ok(())
    }

    pub(crate) fn four_bytes_not_zero(
        &mut self,
        id: PropertyId,
        value: Option<u32>,
    ) -> Result<(), EncodeError> {
        if value == Some(0) {
            return Err(EncodeError::PropertyValueInvalid(id));
        }
        self.four_bytes(id, value);
        Ok(())
    }

    pub(crate) fn text(&mut self, id: PropertyId, value: Option<&str>) -> Result<(), EncodeError> {
        let Some(value) = value else { return Ok(()) };
        self.out.push(id.as_u8());
        writer::put_text(self.out, value)
    }

    pub(crate) fn topic_name(
        &mut self,
        id: PropertyId,
        value: Option<&str>,
    ) -> Result<(), EncodeError> {
        let Some(value) = value else { return Ok(()) };
        self.out.push(id.as_u8());
        writer::put_topic_name_not_empty(self.out, value)
    }

    pub(crate) fn binary(
        &mut self,
        id: PropertyId,
        value: Option<&[u8]>,
    ) -> Result<(), EncodeError> {
        let Some(value) = value else { return Ok(()) };
        self.out.push(id.as_u8());
        writer::put_binary(self.out, value)
    }

    pub(crate) fn subscription_id(&mut self, value: Option<u32>) -> Result<(), EncodeError> {
        value.map_or(Ok(()), |value| subscription_ids::put(self.out, value))
    }

    pub(crate) fn user_properties(
        &mut self,
        properties: UserProperties<'_>,
    ) -> Result<(), EncodeError> {
        properties.encode(self.out)
    }
}
