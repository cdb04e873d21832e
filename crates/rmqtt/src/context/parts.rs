//! What a broker is made of until it is sealed.

use rmqtt_broker::DirectoryConfig;
use rmqtt_store::MemoryStore;

use crate::driver::Driver;
use crate::overload::{MachineReadings, OverloadLimits, Readings};
use crate::plugin::{OpenStore, Sharing};

/// Everything the workers are started with.
pub(crate) struct Parts {
    /// `None`: one per core.
    pub(crate) workers: Option<u16>,
    pub(crate) inbox_bytes_max: usize,
    pub(crate) driver: Driver,
    pub(crate) directory: DirectoryConfig,
    pub(crate) sharing: Sharing,
    pub(crate) open_store: OpenStore,
    pub(crate) overload: OverloadParts,
}

/// When the node refuses to take more, and who measures.
pub(crate) struct OverloadParts {
    pub(crate) limits: OverloadLimits,
    pub(crate) busy: BusyCheck,
    pub(crate) readings: Box<dyn Readings>,
}

/// Whether a node that is busy refuses clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BusyCheck {
    /// As the limits say.
    AsLimited,
    /// It does; without a bound of its own, handshakes are bounded by what the listeners allow.
    On,
    /// It does not.
    Off,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            workers: None,
            inbox_bytes_max: 16 << 20,
            driver: Driver::default(),
            directory: DirectoryConfig::default(),
            sharing: Sharing::default(),
            open_store: Box::new(|_wake| Box::new(MemoryStore::new())),
            overload: OverloadParts {
                limits: OverloadLimits::unbounded(),
                busy: BusyCheck::AsLimited,
                readings: Box::new(MachineReadings::default()),
            },
        }
    }
}

impl OverloadParts {
    /// The limits in force for listeners that together allow `handshakes_max` handshakes.
    pub(crate) fn effective(&self, handshakes_max: usize) -> OverloadLimits {
        let limits = self.limits;
        match self.busy {
            BusyCheck::AsLimited => limits,
            BusyCheck::On => {
                let default = OverloadLimits::default();
                OverloadLimits {
                    load_average: limits.load_average.or(default.load_average),
                    cpu_percent: limits.cpu_percent.or(default.cpu_percent),
                    handshakes: limits
                        .handshakes
                        .or_else(|| Some(OverloadLimits::handshakes_of(handshakes_max))),
                    ..limits
                }
            }
            BusyCheck::Off => {
                let memory_bytes = limits.memory_bytes;
                OverloadLimits {
                    interval: limits.interval,
                    memory_bytes,
                    ..OverloadLimits::unbounded()
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checking_whether_the_node_is_busy_bounds_what_was_not_bounded() {
        let mut overload = Parts::default().overload;
        assert_eq!(overload.effective(1_000), OverloadLimits::unbounded());
        overload.busy = BusyCheck::On;
        let on = overload.effective(1_000);
        assert_eq!(on, OverloadLimits { handshakes: Some(350), ..OverloadLimits::default() });
        overload.limits = OverloadLimits { memory_bytes: Some(9), handshakes: Some(5), ..on };
        assert_eq!(overload.effective(1_000).handshakes, Some(5));
        overload.busy = BusyCheck::Off;
        let off = overload.effective(1_000);
        assert_eq!(off, OverloadLimits { memory_bytes: Some(9), ..OverloadLimits::unbounded() });
    }
}
