//! What is said of handlers that fail, as often as a reader can bear.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rmqtt_broker::hook::Point;

use crate::log_limit::LogLimit;

/// What a handler has done.
#[derive(Clone, Copy, Debug)]
pub(super) enum Complaint {
    /// It has panicked.
    Panicked,
    /// Its answer has not come in time.
    Late,
}

/// How often each complaint about one handler at one point has become a line of the log: clients can
/// cause them as often as they like.
#[derive(Debug, Default)]
pub(super) struct Complaints(Mutex<[LogLimit; Complaint::KINDS]>);

impl Complaint {
    const KINDS: usize = 2;

    fn kind(self) -> usize {
        match self {
            Self::Panicked => 0,
            Self::Late => 1,
        }
    }
}

impl Complaints {
    pub(super) fn log(&self, owner: &str, point: Point, complaint: Complaint) {
        let mut limits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let permitted = limits[complaint.kind()].permit(Instant::now());
        drop(limits);
        let Some(more) = permitted else { return };
        match complaint {
            Complaint::Panicked => {
                tracing::error!("{owner} has panicked at {point} ({more} more before)");
            }
            Complaint::Late => tracing::warn!(
                "{owner} has not answered at {point} within its time ({more} more before)"
            ),
        }
    }
}
