//! A panic is a line of the log.

use std::panic::{self, Location};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Logs every panic from now on; of those at one place, which a client may be able to cause as often as
/// it likes, one in ten seconds. With `also_as_usual` the text that Rust prints comes on standard error
/// too, where the log does not go.
pub(super) fn log_panics(also_as_usual: bool) {
    let as_usual = panic::take_hook();
    let places = Mutex::new(Places::default());
    panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(Place::from);
        let permitted = {
            let mut places = places.lock().unwrap_or_else(PoisonError::into_inner);
            places.permit(place, Instant::now())
        };
        let Some(more) = permitted else { return };
        let text = panic.payload_as_str().unwrap_or("no text");
        let more = if more > 0 { format!(" ({more} more before)") } else { String::new() };
        match panic.location() {
            Some(place) => tracing::error!("panic at {place}: {text}{more}"),
            None => tracing::error!("panic: {text}{more}"),
        }
        if also_as_usual {
            as_usual(panic);
        }
    }));
}

/// Where code stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    file: String,
    line: u32,
    column: u32,
}

impl From<&Location<'_>> for Place {
    fn from(location: &Location<'_>) -> Self {
        let (line, column) = (location.line(), location.column());
        Self { file: location.file().to_owned(), line, column }
    }
}

/// The places of the last panics that were logged.
#[derive(Debug, Default)]
struct Places(Vec<Logged>);

#[derive(Debug)]
struct Logged {
    place: Option<Place>,
    at: Instant,
    kept_back: u64,
}

const INTERVAL: Duration = Duration::from_secs(10);
/// Places that are remembered; the one whose last line is longest past is forgotten first.
const PLACES_MAX: usize = 64;

impl Places {
    /// `Some(kept back since the last line of this place)` if there may be one now.
    fn permit(&mut self, place: Option<Place>, now: Instant) -> Option<u64> {
        if let Some(logged) = self.0.iter_mut().find(|logged| logged.place == place) {
            if now.duration_since(logged.at) < INTERVAL {
                logged.kept_back += 1;
                return None;
            }
            logged.at = now;
            return Some(std::mem::take(&mut logged.kept_back));
        }
        if self.0.len() == PLACES_MAX
            && let Some(oldest) = (0..PLACES_MAX).min_by_key(|index| self.0[*index].at)
        {
            self.0.swap_remove(oldest);
        }
        self.0.push(Logged { place, at: now, kept_back: 0 });
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(line: u32) -> Option<Place> {
        Some(Place { file: "plugin.rs".to_owned(), line, column: 1 })
    }

    #[test]
    fn each_place_has_a_line_in_ten_seconds() {
        let (mut places, start) = (Places::default(), Instant::now());
        assert_eq!(places.permit(place(1), start), Some(0));
        assert_eq!(places.permit(place(1), start), None);
        assert_eq!(places.permit(place(2), start), Some(0), "another place");
        assert_eq!(places.permit(None, start), Some(0), "no place");
        assert_eq!(places.permit(place(1), start + Duration::from_secs(9)), None);
        assert_eq!(places.permit(place(1), start + Duration::from_secs(10)), Some(2));
    }

    #[test]
    fn the_place_that_was_quiet_longest_makes_room() {
        let (mut places, start) = (Places::default(), Instant::now());
        for line in 0..1_000 {
            let now = start + Duration::from_millis(line.into());
            assert_eq!(places.permit(place(line), now), Some(0));
        }
        let now = start + Duration::from_millis(1_000);
        assert_eq!(places.0.len(), PLACES_MAX);
        assert_eq!(places.permit(place(999), now), None);
        assert_eq!(places.permit(place(0), now), Some(0), "it was forgotten");
    }
}
