//! Messages that carry a number.

use rmqtt_test::Delivery;

/// What is published: the number, and whatever else.
pub(super) fn payload(number: u64, rest: &str) -> String {
    format!("{number} {rest}")
}

/// The number of a message, and what else it says.
///
/// # Panics
/// If it carries none.
pub(super) fn read(delivery: &Delivery) -> (u64, &str) {
    let text = delivery.text();
    let (number, rest) = text.split_once(' ').unwrap_or_else(|| panic!("{text:?} has no number"));
    (number.parse().unwrap_or_else(|_| panic!("{text:?} has no number")), rest)
}
