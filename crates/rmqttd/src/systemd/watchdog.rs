//! Tells the service manager that the node is alive, while it is.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, timeout};

/// How long the service manager waits for a sign of life before it restarts the process; `None`
/// where it does not.
pub(crate) fn patience() -> Option<Duration> {
    #[cfg(target_os = "linux")]
    let patience = sd_notify::watchdog_enabled().filter(|patience| !patience.is_zero());
    #[cfg(not(target_os = "linux"))]
    let patience = None;
    patience
}

/// Gives a sign of life every half of the manager's patience, for as long as `workers_answer` comes
/// back within that time. Where a worker hangs, no sign is given, and the manager does what its unit
/// says. Never ends.
pub(crate) async fn run<A: Future<Output = ()>>(
    patience: Duration,
    workers_answer: impl Fn() -> A,
    alive: impl Fn(),
) {
    let half = (patience / 2).max(Duration::from_millis(1));
    let mut ticks = interval(half);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if timeout(half, workers_answer()).await.is_ok() {
            alive();
        } else {
            tracing::error!("a worker does not answer; the service manager gets no sign of life");
        }
    }
}

/// The sign of life.
pub(crate) fn alive() {
    #[cfg(target_os = "linux")]
    super::send(&[sd_notify::NotifyState::Watchdog]);
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// How many signs are given within 10 s to a manager that waits for 2 s.
    async fn signs_within_10_s<A: Future<Output = ()>>(workers_answer: impl Fn() -> A) -> u32 {
        let signs = Cell::new(0);
        let running = run(Duration::from_secs(2), workers_answer, || signs.set(signs.get() + 1));
        assert!(timeout(Duration::from_millis(9_500), running).await.is_err(), "it never ends");
        signs.get()
    }

    #[tokio::test(start_paused = true)]
    async fn a_sign_is_given_every_half_of_the_patience() {
        assert_eq!(signs_within_10_s(|| async {}).await, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_that_hangs_gives_no_sign() {
        assert_eq!(signs_within_10_s(std::future::pending).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_that_answers_late_gives_none_either() {
        let late = || tokio::time::sleep(Duration::from_millis(1_001));
        assert_eq!(signs_within_10_s(late).await, 0);
    }
}
