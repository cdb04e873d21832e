//! `[circuit_breaker]`: when a back end that fails is left alone for a while.

use std::time::Duration;

use rmqtt_keys::{Choice, Key, Section, key};

/// What brings these keys: the back ends whose calls can fail.
const PENDING: &str = "circuit breaker";

/// `[circuit_breaker]`
#[derive(Clone, Debug, PartialEq)]
pub struct CircuitBreaker {
    /// `failure_rate_threshold`, a share of 1. Default 0.35.
    pub failure_rate_threshold: f64,
    /// `sliding_window_type`. Default by time.
    pub sliding_window_type: Window,
    /// `sliding_window_size` in calls. Default 20.
    pub sliding_window_size: usize,
    /// `sliding_window_duration`. Default 45 s.
    pub sliding_window_duration: Duration,
    /// `minimum_number_of_calls`. Default 10.
    pub minimum_number_of_calls: usize,
    /// `wait_duration_in_open`. Default 30 s.
    pub wait_duration_in_open: Duration,
    /// `slow_call_duration_threshold`. Default 2 s.
    pub slow_call_duration_threshold: Duration,
    /// `slow_call_rate_threshold`, a share of 1. Default 1.
    pub slow_call_rate_threshold: f64,
}

impl CircuitBreaker {
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            failure_rate_threshold: section.number(
                pending("failure_rate_threshold", "Share of failed calls that opens the circuit."),
                0.0..=1.0,
                0.35,
            ),
            sliding_window_type: section.choice(
                pending("sliding_window_type", "Are the last calls judged, or those of a time?"),
                Window::TimeBased,
            ),
            sliding_window_size: section.integer(
                pending("sliding_window_size", "Calls that are judged with CountBased.")
                    .unit("calls"),
                1..=usize::MAX,
                20,
            ),
            sliding_window_duration: section.positive_duration(
                pending("sliding_window_duration", "Time that is judged with TimeBased."),
                Duration::from_secs(45),
            ),
            minimum_number_of_calls: section.integer(
                pending("minimum_number_of_calls", "Calls before anything is judged.")
                    .unit("calls"),
                1..=usize::MAX,
                10,
            ),
            wait_duration_in_open: section.positive_duration(
                pending("wait_duration_in_open", "How long an open circuit stays open."),
                Duration::from_secs(30),
            ),
            slow_call_duration_threshold: section.positive_duration(
                pending("slow_call_duration_threshold", "From when on a call is slow."),
                Duration::from_secs(2),
            ),
            slow_call_rate_threshold: section.number(
                pending("slow_call_rate_threshold", "Share of slow calls that opens the circuit."),
                0.0..=1.0,
                1.0,
            ),
        }
    }
}

/// Which calls are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Those of the last `sliding_window_duration`.
    TimeBased,
    /// The last `sliding_window_size`.
    CountBased,
}

impl Choice for Window {
    const WORDS: &'static [(&'static str, Self)] =
        &[("TimeBased", Self::TimeBased), ("CountBased", Self::CountBased)];
}

fn pending(name: &'static str, meaning: &'static str) -> Key<'static> {
    key(name, meaning).pending(PENDING)
}
