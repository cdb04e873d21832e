use super::{ClientNumber, Moment};

/// A session, from the CONNACK that tells of a new one to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SessionNumber(pub(crate) u32);

/// What its client knows of a session.
#[derive(Debug)]
pub(crate) struct SessionFacts {
    pub(crate) client: ClientNumber,
    /// From then on nothing is promised to it any more.
    pub(crate) may_have_ended: Option<Moment>,
    /// From then on it does not exist.
    pub(crate) gone: Option<Moment>,
    pub(crate) limits_packets: bool,
    /// It ends only when its client ends it.
    pub(crate) is_endless: bool,
}

impl SessionFacts {
    pub(super) fn new(client: ClientNumber, is_endless: bool) -> Self {
        Self { client, may_have_ended: None, gone: None, limits_packets: false, is_endless }
    }
}
