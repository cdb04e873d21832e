use core::fmt;

/// Where a session lives on this node: its worker, its slot there, and which of the slot's tenants it
/// is. A session keeps its address for life; after that, the address is recognised as stale.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// The worker.
    pub worker: u16,
    /// The slot of the worker's table.
    pub slot: u32,
    /// The slot's tenant, counted.
    pub epoch: u32,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}#{}", self.worker, self.slot, self.epoch)
    }
}

/// A link that waits for an answer, in the same form as [`Address`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LinkToken {
    /// The worker.
    pub worker: u16,
    /// The link.
    pub link: LinkId,
    /// The link slot's tenant, counted.
    pub epoch: u32,
}

/// A worker's number for one of its links; free numbers are given again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct LinkId(pub u32);
