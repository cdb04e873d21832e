use core::fmt;

use crate::SessionId;
use rmqtt_codec::QoS;

use crate::RecordError;
use crate::encoding::{Reader, put_number};

/// One session that gets a message.
#[derive(Clone, Copy, Debug)]
pub struct Receiver<'a> {
    /// The session.
    pub session: SessionId,
    /// The lower of published and granted QoS.
    pub qos: QoS,
    /// The RETAIN flag that this receiver sees.
    pub retain: bool,
    ids: Reader<'a>,
}

impl<'a> Receiver<'a> {
    /// The identifiers of its matching subscriptions.
    pub fn subscription_ids(&self) -> impl Iterator<Item = u32> + use<'a> {
        let mut ids = self.ids;
        core::iter::from_fn(move || {
            (!ids.rest().is_empty()).then(|| ids.number_u32().expect(CHECKED))
        })
    }
}

/// Those who get a message, encoded; [`ReceiversBuf`] writes them.
#[derive(Clone, Copy)]
pub struct Receivers<'a> {
    encoded: &'a [u8],
}

impl<'a> Receivers<'a> {
    /// The receivers, in the order in which they were written.
    pub fn iter(&self) -> impl Iterator<Item = Receiver<'a>> + use<'a> {
        let mut reader = Reader::new(self.encoded);
        core::iter::from_fn(move || {
            (!reader.rest().is_empty()).then(|| read_receiver(&mut reader).expect(CHECKED))
        })
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.encoded.is_empty()
    }

    pub(super) fn as_bytes(&self) -> &'a [u8] {
        self.encoded
    }

    /// Looks at every byte once, so that reading them later cannot fail.
    pub(super) fn check(encoded: &'a [u8]) -> Result<Self, RecordError> {
        let mut reader = Reader::new(encoded);
        while !reader.rest().is_empty() {
            let mut ids = read_receiver(&mut reader)?.ids;
            while !ids.rest().is_empty() {
                ids.number_u32()?;
            }
        }
        Ok(Self { encoded })
    }
}

impl fmt::Debug for Receivers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Collects the receivers of a message; kept by its owner and used again, so that it stops
/// allocating.
#[derive(Debug, Default)]
pub struct ReceiversBuf {
    encoded: Vec<u8>,
    ids: Vec<u8>,
}

impl ReceiversBuf {
    /// Forgets all receivers.
    pub fn clear(&mut self) {
        self.encoded.clear();
    }

    /// Adds one. `subscription_ids`: the identifiers of its matching subscriptions.
    pub fn push(&mut self, session: SessionId, qos: QoS, retain: bool, subscription_ids: &[u32]) {
        self.ids.clear();
        for id in subscription_ids {
            put_number(&mut self.ids, u64::from(*id));
        }
        put_number(&mut self.encoded, session.0);
        // What most receivers have fits one byte: QoS, RETAIN, and how many bytes of identifiers.
        let flags = u64::from(qos.as_u8()) | u64::from(retain) << RETAIN_BIT;
        put_number(&mut self.encoded, flags | (self.ids.len() as u64) << IDS_SHIFT);
        self.encoded.extend_from_slice(&self.ids);
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.encoded.is_empty()
    }

    /// The receivers collected so far.
    #[must_use]
    pub fn as_receivers(&self) -> Receivers<'_> {
        Receivers { encoded: &self.encoded }
    }
}

fn read_receiver<'a>(reader: &mut Reader<'a>) -> Result<Receiver<'a>, RecordError> {
    let session = SessionId(reader.number()?);
    let flags = reader.number()?;
    let qos = QoS::from_u8(flags as u8 & QOS_BITS).ok_or(RecordError::Invalid)?;
    let ids = reader.take(flags >> IDS_SHIFT)?;
    Ok(Receiver { session, qos, retain: flags >> RETAIN_BIT & 1 == 1, ids: Reader::new(ids) })
}

const QOS_BITS: u8 = 0b11;
const RETAIN_BIT: u32 = 2;
const IDS_SHIFT: u32 = 3;
const CHECKED: &str = "the receivers were written by `push`, or checked when they were read";
