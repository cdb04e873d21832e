//! What is said of handlers that fail, as often as a reader can bear.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rmqtt_broker::hook::Point;

use super::fitting_code::{FITS_EVERYWHERE, UnfitCode};
use crate::log_limit::LogLimit;

/// What a handler has done.
#[derive(Clone, Copy, Debug)]
pub(super) enum Complaint {
    /// It has panicked.
    Panicked,
    /// Its answer has not come in time.
    Late,
    /// It was not waited for.
    NoRoom,
    /// It has refused with a code that the packet which tells the client of it may not carry.
    Unfit(UnfitCode),
}

/// How often each complaint about one handler at one point has become a line of the log: clients can
/// cause them as often as they like.
#[derive(Debug, Default)]
pub(super) struct Complaints(Mutex<[LogLimit; Complaint::KINDS]>);

impl Complaint {
    const KINDS: usize = 4;

    fn kind(self) -> usize {
        match self {
            Self::Panicked => 0,
            Self::Late => 1,
            Self::NoRoom => 2,
            Self::Unfit(_) => 3,
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
            Complaint::NoRoom => tracing::warn!(
                "{owner} was not waited for at {point}: what waits for deciders has reached its \
                 bound ({more} more before)"
            ),
            Complaint::Unfit(UnfitCode { code, packet }) => tracing::warn!(
                "{owner} has refused at {point} with {code}, which {packet} does not carry: \
                 {FITS_EVERYWHERE} was taken ({more} more before)"
            ),
        }
    }
}
