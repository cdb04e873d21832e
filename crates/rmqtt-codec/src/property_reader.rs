use crate::reader::Reader;
use crate::{DecodeError, PropertyId, UserProperties};

/// Walks through the property block of a packet.
///
/// `next` names the property whose value comes; exactly one of the other methods then takes the
/// value into the slot of that property, and refuses a second one.
#[derive(Debug)]
pub(crate) struct PropertyReader<'a> {
    block: &'a [u8],
    values: Reader<'a>,
    id: PropertyId,
    id_at: usize,
    user_properties: Occurrences,
}

impl<'a> PropertyReader<'a> {
    /// Takes the block, with the length before it, from the packet.
    #[inline]
    pub(crate) fn take_from(packet: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let length = packet.variable_integer()?;
        Ok(Self::new(packet.take(length as usize)?))
    }

    #[inline]
    pub(crate) const fn new(block: &'a [u8]) -> Self {
        Self {
            block,
            values: Reader::new(block),
            id: PropertyId::UserProperty,
            id_at: 0,
            user_properties: Occurrences::NONE,
        }
    }

    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<PropertyId>, DecodeError> {
        if self.values.is_empty() {
            return Ok(None);
        }
        self.id_at = self.position();
        self.id = PropertyId::from_u8(self.values.byte()?).ok_or(DecodeError::PropertyUnknown)?;
        Ok(Some(self.id))
    }

    /// The property is not one of this packet (section 2.2.2.2).
    pub(crate) const fn not_allowed(&self) -> DecodeError {
        DecodeError::PropertyNotAllowed(self.id)
    }

    pub(crate) const fn invalid(&self) -> DecodeError {
        DecodeError::PropertyValueInvalid(self.id)
    }

    /// A byte that is 0 or 1.
    pub(crate) fn flag(&mut self, slot: &mut Option<bool>) -> Result<(), DecodeError> {
        let value = match self.values.byte()? {
            0 => false,
            1 => true,
            _ => return Err(self.invalid()),
        };
        self.fill(slot, value)
    }

    pub(crate) fn two_bytes(&mut self, slot: &mut Option<u16>) -> Result<(), DecodeError> {
        let value = self.values.two_bytes()?;
        self.fill(slot, value)
    }

    pub(crate) fn four_bytes(&mut self, slot: &mut Option<u32>) -> Result<(), DecodeError> {
        let value = self.values.four_bytes()?;
        self.fill(slot, value)
    }

    pub(crate) fn two_bytes_not_zero(&mut self, slot: &mut Option<u16>) -> Result<(), DecodeError> {
        self.two_bytes(slot)?;
        if *slot == Some(0) { Err(self.invalid()) } else { Ok(()) }
    }

    pub(crate) fn four_bytes_not_zero(
        &mut self,
        slot: &mut Option<u32>,
    ) -> Result<(), DecodeError> {
        self.four_bytes(slot)?;
        if *slot == Some(0) { Err(self.invalid()) } else { Ok(()) }
    }

    pub(crate) fn text(&mut self, slot: &mut Option<&'a str>) -> Result<(), DecodeError> {
        let value = self.values.text()?;
        self.fill(slot, value)
    }

    pub(crate) fn topic_name(&mut self, slot: &mut Option<&'a str>) -> Result<(), DecodeError> {
        let value = self.values.topic_name_not_empty()?;
        self.fill(slot, value)
    }

    pub(crate) fn binary(&mut self, slot: &mut Option<&'a [u8]>) -> Result<(), DecodeError> {
        let value = self.values.binary()?;
        self.fill(slot, value)
    }

    /// A Subscription Identifier; zero is a Protocol Error.
    pub(crate) fn subscription_id(&mut self) -> Result<u32, DecodeError> {
        match self.values.variable_integer()? {
            0 => Err(self.invalid()),
            value => Ok(value),
        }
    }

    /// Like [`Self::subscription_id`], where it may appear once.
    pub(crate) fn one_subscription_id(
        &mut self,
        slot: &mut Option<u32>,
    ) -> Result<(), DecodeError> {
        let value = self.subscription_id()?;
        self.fill(slot, value)
    }

    /// A User Property, which may appear any number of times.
    pub(crate) fn user_property(&mut self) -> Result<(), DecodeError> {
        self.values.text_unseen()?;
        self.values.text_unseen()?;
        self.user_properties.add(self.id_at, self.position());
        Ok(())
    }

    /// Where in the block the current property begins and ends; to be asked after its value was
    /// taken.
    pub(crate) const fn add_to(&self, occurrences: &mut Occurrences) {
        occurrences.add(self.id_at, self.position());
    }

    /// The User Properties seen so far.
    pub(crate) fn user_properties(&self) -> UserProperties<'a> {
        UserProperties::from_block(self.block, self.user_properties)
    }

    pub(crate) const fn block(&self) -> &'a [u8] {
        self.block
    }

    const fn position(&self) -> usize {
        self.block.len() - self.values.rest().len()
    }

    /// [`DecodeError::PropertyRepeated`] when the slot is taken: each property but User Property
    /// appears at most once, and so does Subscription Identifier but in PUBLISH.
    #[inline]
    const fn fill<T: Copy>(&self, slot: &mut Option<T>, value: T) -> Result<(), DecodeError> {
        if slot.is_some() {
            return Err(DecodeError::PropertyRepeated(self.id));
        }
        *slot = Some(value);
        Ok(())
    }
}

/// The part of a property block in which all occurrences of a repeatable property lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occurrences {
    start: usize,
    end: usize,
    /// Whether other properties lie between the first and the last.
    interleaved: bool,
}

impl Occurrences {
    pub(crate) const NONE: Self = Self { start: 0, end: 0, interleaved: false };

    const fn add(&mut self, start: usize, end: usize) {
        if self.end == 0 {
            self.start = start;
        } else if self.end != start {
            self.interleaved = true;
        }
        self.end = end;
    }

    pub(crate) const fn interleaved(self) -> bool {
        self.interleaved
    }

    pub(crate) fn slice(self, block: &[u8]) -> &[u8] {
        block.get(self.start..self.end).unwrap_or_default()
    }
}
