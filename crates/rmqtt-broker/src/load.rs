/// Messages on their way through a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) queued: u32,
    pub(crate) out_inflight: u16,
    pub(crate) in_inflight: u16,
}
