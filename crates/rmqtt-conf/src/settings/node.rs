//! `[node]`: the node and the machine that it runs on.

use std::path::PathBuf;
use std::time::Duration;

use rmqtt_keys::{Section, key};

/// `[node]`
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// `id`: unique among the nodes of a cluster. Default 0.
    pub id: u64,
    /// `data_dir`: what the node keeps; `None` (the default) for the system's place.
    pub data_dir: Option<PathBuf>,
    /// `memory_max` in bytes: what the node may allocate. `Some(0)` for no bound; `None` (the
    /// default) for a share of the machine's memory.
    pub memory_max_bytes: Option<u64>,
    /// `[node.busy]`
    pub busy: Busy,
}

/// `[node.busy]`: when the node refuses new connections.
#[derive(Clone, Debug, PartialEq)]
pub struct Busy {
    /// `check_enable`. Default false: a node that has much to do still takes clients.
    pub check_enable: bool,
    /// `update_interval`: how often it is measured. Default 2 s.
    pub update_interval: Duration,
    /// `loadavg`: the load average of one minute, of the whole machine. Default 80.
    pub loadavg: f32,
    /// `cpuloadavg` in percent of all processors. Default 90.
    pub cpuloadavg: f32,
    /// `handshaking`: handshakes in progress; `None` (0, the default) for 35 % of the sum of the
    /// listeners' `max_handshaking_limit`.
    pub handshaking: Option<usize>,
}

impl Node {
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        section.retired("cookie", "nothing was ever protected by it");
        Self {
            id: section.integer(
                key("id", "The node's id, unique in its cluster."),
                0..=u64::MAX,
                0,
            ),
            data_dir: section.optional_path(
                key("data_dir", "Folder of what the node keeps; one process uses it at a time."),
                "/var/lib/rmqtt for root, else rmqtt in $XDG_STATE_HOME or ~/.local/state",
            ),
            memory_max_bytes: section.optional_size(
                key(
                    "memory_max",
                    "Memory that the node may allocate before it refuses connections and messages; \
                     \"0B\" for no bound.",
                ),
                0..=u64::MAX,
                "80 % of the memory of the machine or its control group",
            ),
            busy: Busy::read(&mut section.section("busy")),
        }
    }
}

impl Busy {
    fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            check_enable: section.boolean(
                key("check_enable", "Are new connections refused while the node is busy?"),
                false,
            ),
            update_interval: section.positive_duration(
                key("update_interval", "How often the load is measured."),
                Duration::from_secs(2),
            ),
            loadavg: number(
                section,
                key("loadavg", "Load average of one minute from which the node is busy."),
                LOAD_MAX,
                80.0,
            ),
            cpuloadavg: number(
                section,
                key(
                    "cpuloadavg",
                    "Use of all processors from which the node is busy; none is above 100.",
                )
                .unit("%"),
                1_000_000.0,
                90.0,
            ),
            handshaking: section.limit(
                key(
                    "handshaking",
                    "Handshakes in progress from which the node is busy; 0 for 35 % of the sum of \
                     max_handshaking_limit.",
                )
                .unit("handshakes"),
            ),
        }
    }
}

/// No machine is that loaded: a threshold that switches the measure off.
const LOAD_MAX: f64 = 1_000_000.0;

fn number(section: &mut Section<'_, '_>, key: rmqtt_keys::Key<'_>, max: f64, default: f64) -> f32 {
    // Both bounds are well within what the smaller type holds.
    section.number(key, 0.0..=max, default) as f32
}
