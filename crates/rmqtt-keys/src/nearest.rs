//! The known key that the user probably meant.

use std::collections::BTreeSet;

use crate::key_path::KeyPath;

/// The candidate nearest to `path`, if one is near enough to be worth naming: the same last part in
/// another section, or a whole path that differs by at most a third of the last part's characters.
pub(crate) fn nearest_key<'a>(
    path: &KeyPath,
    candidates: &'a BTreeSet<KeyPath>,
) -> Option<&'a KeyPath> {
    let written = path.to_string();
    let allowed = (path.last().chars().count() / 3).max(1);
    let misspelled = candidates
        .iter()
        .filter_map(|candidate| {
            Some((distance_within(allowed, &written, &candidate.to_string())?, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate);
    misspelled.or_else(|| candidates.iter().find(|candidate| candidate.last() == path.last()))
}

/// The candidate that a misspelled `name` probably meant: one that differs by at most a third of
/// the name's characters.
#[must_use]
pub fn nearest_name<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let allowed = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter_map(|candidate| Some((distance_within(allowed, name, candidate)?, candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The edit distance of two texts if it is at most `allowed`. Their lengths alone may say that it is
/// more, which spares the work for a name of megabytes.
fn distance_within(allowed: usize, a: &str, b: &str) -> Option<usize> {
    let difference = a.chars().count().abs_diff(b.chars().count());
    let distance = (difference <= allowed).then(|| edit_distance(a, b))?;
    (distance <= allowed).then_some(distance)
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
fn edit_distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let width = b.len() + 1;
    let mut table = vec![0; (a.len() + 1) * width];
    for (column, cell) in table.iter_mut().take(width).enumerate() {
        *cell = column;
    }
    for row in 1..=a.len() {
        table[row * width] = row;
        for column in 1..=b.len() {
            let substitution = usize::from(a[row - 1] != b[column - 1]);
            let mut best = (table[(row - 1) * width + column] + 1)
                .min(table[row * width + column - 1] + 1)
                .min(table[(row - 1) * width + column - 1] + substitution);
            if row > 1 && column > 1 && a[row - 1] == b[column - 2] && a[row - 2] == b[column - 1] {
                best = best.min(table[(row - 2) * width + column - 2] + 1);
            }
            table[row * width + column] = best;
        }
    }
    table[a.len() * width + b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_single_edits_and_swaps() {
        for (a, b, distance) in
            [("addr", "addr", 0), ("adr", "addr", 1), ("adrd", "addr", 1), ("", "ab", 2)]
        {
            assert_eq!(edit_distance(a, b), distance, "{a} {b}");
        }
    }

    #[test]
    fn texts_of_other_lengths_are_not_compared() {
        assert_eq!(distance_within(1, "adr", "addr"), Some(1));
        assert_eq!(distance_within(1, "ad", "addr"), None);
        // The table of the comparison would have a cell for each pair of characters.
        assert_eq!(distance_within(1, &"a".repeat(1 << 24), &"b".repeat(1 << 20)), None);
    }

    #[test]
    fn a_misspelled_name_is_found_and_a_strange_one_is_not() {
        let known = ["rmqtt-retainer", "rmqtt-counter"];
        assert_eq!(nearest_name("rmqtt-retaner", known), Some("rmqtt-retainer"));
        assert_eq!(nearest_name("kafka", known), None);
    }

    fn known() -> BTreeSet<KeyPath> {
        BTreeSet::from([KeyPath::from("mqtt.max_sessions"), KeyPath::from("node.id")])
    }

    #[test]
    fn a_key_in_the_wrong_section_is_found_by_its_last_part() {
        let known = known();
        let found = nearest_key(&KeyPath::from("max_sessions"), &known);
        assert_eq!(found, Some(&KeyPath::from("mqtt.max_sessions")));
    }

    #[test]
    fn a_key_that_resembles_nothing_has_no_suggestion() {
        assert_eq!(nearest_key(&KeyPath::from("colour.of_sky"), &known()), None);
    }
}
