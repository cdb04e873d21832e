//! From one decider to the next.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rmqtt_broker::hook::Point;

use super::complaint::Complaint;
use super::fitting_code::UnfitCode;
use super::snapshot::Entry;
use super::workshop::{Unanswered, Workshop};
use super::{Answer, Future, Handler, Verdict};

/// What the deciders of one point are asked about, and what they have said so far.
pub(super) trait Chain {
    /// What one of them says.
    type Said: Send + 'static;

    /// Asks one.
    fn ask(&self, handler: &dyn Handler) -> Answer<Self::Said>;

    /// Takes what one has said.
    ///
    /// # Errors
    /// It was a refusal with a code that does not fit; it was taken with another one.
    fn take(&mut self, said: Self::Said) -> Result<(), UnfitCode>;

    /// One has not answered.
    fn take_failure(&mut self);

    /// Whether nobody else has to be asked after that.
    fn failure_ends(&self) -> bool;
}

/// How far a chain came without waiting.
pub(super) enum Progress<T> {
    Done,
    /// The decider at this place works it out.
    Waiting(usize, Future<Verdict<T>>),
}

/// Asks the deciders from place `from` on, as far as they answer at once.
pub(super) fn advance<C: Chain>(
    chain: &mut C,
    point: Point,
    entries: &[Entry],
    from: usize,
) -> Progress<C::Said> {
    for (place, entry) in entries.iter().enumerate().skip(from) {
        let ends = match call(point, entry, |handler| chain.ask(handler)) {
            Some(Answer::Now(verdict)) => take(chain, point, entry, verdict),
            Some(Answer::Later(work)) => return Progress::Waiting(place, work),
            None => fail(chain),
        };
        if ends {
            break;
        }
    }
    Progress::Done
}

/// Goes on with a chain that has to wait, to its end.
pub(super) async fn finish<C: Chain>(
    chain: &mut C,
    point: Point,
    entries: &[Entry],
    mut progress: Progress<C::Said>,
    workshop: &mut Workshop,
) {
    while let Progress::Waiting(place, work) = progress {
        let ends = match workshop.work_out(work).await {
            Ok(verdict) => take(chain, point, &entries[place], verdict),
            Err(unanswered) => {
                complain(point, &entries[place], unanswered);
                fail(chain)
            }
        };
        if ends {
            return;
        }
        progress = advance(chain, point, entries, place + 1);
    }
}

/// Calls a handler; `None`: it has panicked.
pub(super) fn call<R>(
    point: Point,
    entry: &Entry,
    ask: impl FnOnce(&dyn Handler) -> R,
) -> Option<R> {
    let called = catch_unwind(AssertUnwindSafe(|| ask(entry.handler.get())));
    if called.is_err() {
        entry.complain(point, Complaint::Panicked);
    }
    called.ok()
}

fn take<C: Chain>(chain: &mut C, point: Point, entry: &Entry, verdict: Verdict<C::Said>) -> bool {
    let (said, ends) = match verdict {
        Verdict::Pass => return false,
        Verdict::Proceed(said) => (said, false),
        Verdict::Stop(said) => (said, true),
    };
    if let Err(unfit) = chain.take(said) {
        entry.complain(point, Complaint::Unfit(unfit));
    }
    ends
}

fn fail<C: Chain>(chain: &mut C) -> bool {
    chain.take_failure();
    chain.failure_ends()
}

/// Tells the operator that there is no answer.
pub(super) fn complain(point: Point, entry: &Entry, unanswered: Unanswered) {
    match unanswered {
        Unanswered::NoRoom => entry.complain(point, Complaint::NoRoom),
        Unanswered::Late => entry.complain(point, Complaint::Late),
        Unanswered::Panicked => entry.complain(point, Complaint::Panicked),
        Unanswered::Ended => {
            tracing::debug!("{} was not asked to its end at {point}", entry.owner);
        }
    }
}

#[cfg(test)]
mod tests;
