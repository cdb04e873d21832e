//! Names and filters, and the indexes of both, against a model that knows no index.
//!
//! An input is a list of steps: a byte that says which, and a text up to the byte 0xFF, which no
//! text in UTF-8 has.

use crate::input::Input;

mod indexes;
mod model;
mod prefixes;

use indexes::Indexes;

/// Texts that an input may put into the indexes: matching by the model takes a look at each.
const STEPS_MAX: usize = 400;

/// # Panics
/// When something does not hold.
pub fn run(input: &[u8]) {
    let mut input = Input::new(input);
    let mut indexes = Indexes::new(u64::from(input.number()));
    for _ in 0..STEPS_MAX {
        if input.is_empty() {
            break;
        }
        let step = input.below(8);
        let text = String::from_utf8_lossy(input.until(0xFF));
        prefixes::check(&text);
        match step {
            0..=2 => indexes.add_filter(&text),
            3..=4 => indexes.add_topic(&text),
            5 => indexes.remove_filter(text.len()),
            6 => indexes.remove_topic(text.len()),
            _ => indexes.check_all_pairs(),
        }
    }
    indexes.check_all_pairs();
    indexes.empty();
}
