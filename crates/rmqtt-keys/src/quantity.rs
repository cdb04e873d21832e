//! What durations and sizes have in common: numbers with units, written one after the other.

use thiserror::Error;

/// Why a text is not a sum of numbers with units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum QuantityError {
    #[error("found nothing")]
    Empty,
    #[error("found a part that does not begin with a whole number")]
    NoNumber,
    #[error("found a number without a unit")]
    NoUnit,
    #[error("found an unknown unit")]
    UnknownUnit,
    #[error("found more than 64 bits hold")]
    TooLarge,
}

/// Adds up the parts of `text`; `unit` is the value of a unit, `None` for one that it does not know.
pub(crate) fn sum_of_parts(
    text: &str,
    unit: impl Fn(&str) -> Option<u64>,
) -> Result<u64, QuantityError> {
    if text.is_empty() {
        return Err(QuantityError::Empty);
    }
    let mut rest = text;
    let mut total = 0_u64;
    while !rest.is_empty() {
        let (number, after_number) = split_at_first(rest, |c| !c.is_ascii_digit());
        let (name, after_name) = split_at_first(after_number, |c| c.is_ascii_digit());
        if number.is_empty() {
            return Err(QuantityError::NoNumber);
        }
        if name.is_empty() {
            return Err(QuantityError::NoUnit);
        }
        let unit = unit(name).ok_or(QuantityError::UnknownUnit)?;
        let number: u64 = number.parse().map_err(|_| QuantityError::TooLarge)?;
        let part = number.checked_mul(unit).ok_or(QuantityError::TooLarge)?;
        total = total.checked_add(part).ok_or(QuantityError::TooLarge)?;
        rest = after_name;
    }
    Ok(total)
}

fn split_at_first(text: &str, is_boundary: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(is_boundary).unwrap_or(text.len()))
}
