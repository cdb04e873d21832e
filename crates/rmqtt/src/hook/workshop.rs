//! Where deciders work out their answers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};

use super::Future;
use super::questions::{Place, Questions};

/// Where the answers to one question are worked out, and how long all of them together may take: who
/// has asked waits for no more than one deadline, however many handlers and filters there are.
pub(super) struct Workshop {
    runtime: Handle,
    deadline: Duration,
    /// When the time is over; it runs once somebody is waited for.
    until: Option<Instant>,
    room: Room,
}

/// The question's place among those that wait.
enum Room {
    /// Not wanted before somebody has to be waited for; the bytes of its packet.
    Wanted(Arc<Questions>, usize),
    /// It has one, if it needs one.
    Taken(#[expect(dead_code, reason = "held until the question is answered")] Option<Place>),
    /// There was none.
    Refused,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// Too much is waited for already.
    NoRoom,
    /// The time is over.
    Late,
    /// The work has panicked.
    Panicked,
    /// The runtime is ending.
    Ended,
}

impl Workshop {
    pub(super) fn new(runtime: Handle, deadline: Duration) -> Self {
        Self { runtime, deadline, until: None, room: Room::Taken(None) }
    }

    /// The same for a question that needs a place among those that wait.
    pub(super) fn among(self, questions: Arc<Questions>, packet_bytes: usize) -> Self {
        Self { room: Room::Wanted(questions, packet_bytes), ..self }
    }

    /// Takes the question's place. `false`: nobody is waited for, and whatever needs time is not
    /// answered.
    pub(super) fn enter(&mut self) -> bool {
        if let Room::Wanted(questions, packet_bytes) = &self.room {
            self.room = match questions.try_enter(*packet_bytes) {
                Some(place) => Room::Taken(Some(place)),
                None => Room::Refused,
            };
        }
        matches!(self.room, Room::Taken(_))
    }

    /// Works out one answer. Nothing goes on behind an answer that has not come in time, except for
    /// what blocks its thread.
    pub(super) async fn work_out<T: Send + 'static>(
        &mut self,
        work: Future<T>,
    ) -> Result<T, Unanswered> {
        if !self.enter() {
            discard(work);
            return Err(Unanswered::NoRoom);
        }
        let now = Instant::now();
        let until = *self.until.get_or_insert_with(|| later(now, self.deadline));
        if now >= until {
            discard(work);
            return Err(Unanswered::Late);
        }
        let mut task = self.runtime.spawn(work);
        let in_time = {
            // The first look is on a worker, whose clock is not the one to wait with.
            let _entered = self.runtime.enter();
            timeout_at(until, &mut task)
        };
        match in_time.await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) if error.is_panic() => Err(Unanswered::Panicked),
            Ok(Err(_)) => Err(Unanswered::Ended),
            Err(_elapsed) => {
                task.abort();
                Err(Unanswered::Late)
            }
        }
    }
}

/// A deadline beyond all clocks is none.
fn later(now: Instant, deadline: Duration) -> Instant {
    const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
    now.checked_add(deadline).unwrap_or(now + FOR_EVER)
}

/// Drops what nobody waits for.
fn discard<T>(work: Future<T>) {
    if catch_unwind(AssertUnwindSafe(|| drop(work))).is_err() {
        tracing::error!("a decider has panicked when its work was dropped");
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::mpsc;

    use super::*;

    const DEADLINE: Duration = Duration::from_secs(30);

    /// Tells when it is dropped.
    struct Told(mpsc::Sender<()>);

    impl Drop for Told {
        fn drop(&mut self) {
            self.0.send(()).unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn all_answers_together_have_one_deadline() {
        let mut workshop = Workshop::new(Handle::current(), DEADLINE);
        let begin = Instant::now();
        let slow = Box::pin(tokio::time::sleep(DEADLINE / 2));
        assert_eq!(workshop.work_out(slow).await, Ok(()));
        let slow = Box::pin(tokio::time::sleep(DEADLINE));
        assert_eq!(workshop.work_out(slow).await, Err(Unanswered::Late));
        assert_eq!(workshop.work_out(Box::pin(async { 1 })).await, Err(Unanswered::Late));
        assert_eq!(begin.elapsed(), DEADLINE);
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_deadline_is_none() {
        let mut workshop = Workshop::new(Handle::current(), Duration::from_millis(u64::MAX));
        let slow = Box::pin(tokio::time::sleep(DEADLINE));
        assert_eq!(workshop.work_out(slow).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_too_late_does_not_go_on() {
        let (sender, dropped) = mpsc::channel();
        let mut workshop = Workshop::new(Handle::current(), DEADLINE);
        let told = Told(sender);
        let work = Box::pin(async move {
            let _told = told;
            pending::<()>().await;
        });
        assert_eq!(workshop.work_out(work).await, Err(Unanswered::Late));
        tokio::task::yield_now().await;
        dropped.try_recv().expect("the work was ended");
    }

    /// Once the clock ran inside the work, so that work which blocked its thread stopped the clock too,
    /// and its client waited for ever.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn work_that_blocks_its_thread_is_not_waited_for() {
        let (sender, release) = mpsc::channel::<()>();
        let mut workshop = Workshop::new(Handle::current(), Duration::from_millis(20));
        let blocking = Box::pin(async move { release.recv() });
        assert_eq!(workshop.work_out(blocking).await, Err(Unanswered::Late));
        drop(sender);
    }

    #[tokio::test]
    async fn work_that_panics_is_no_answer() {
        let mut workshop = Workshop::new(Handle::current(), DEADLINE);
        let panicking: Future<()> = Box::pin(async { panic!("in the work") });
        assert_eq!(workshop.work_out(panicking).await, Err(Unanswered::Panicked));
        assert_eq!(workshop.work_out(Box::pin(async { 1 })).await, Ok(1));
    }
}
