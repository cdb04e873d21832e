//! The rows of `docs/configuration.md`: a key in the first cell, its test in the last one.

/// A key as the page has it.
#[derive(Debug)]
pub(super) struct Row<'a> {
    /// With `*` for a name that is free.
    pub(super) key: &'a str,
    pub(super) standing: Standing<'a>,
}

/// What the last cell of a row says.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Standing<'a> {
    /// A test shows what the key does.
    Shown,
    /// The key does something, and no test shows it.
    Acts,
    /// It acts only on what is named here and is not built yet.
    Pending(&'a str),
    /// It is pending by what the code says, and yet shown by a test.
    ShownAndPending,
    /// It is accepted and has no effect.
    Retired,
}

/// The rows of all tables whose first cell is a key.
pub(super) fn rows(page: &str) -> Vec<Row<'_>> {
    page.lines().filter_map(row).collect()
}

fn row(line: &str) -> Option<Row<'_>> {
    let (key, rest) = line.strip_prefix("| `")?.split_once("` | ")?;
    // No cell's text has this mark unescaped.
    let test = rest.strip_suffix(" |")?.rsplit(" | ").next()?;
    Some(Row { key, standing: standing(test.trim()) })
}

fn standing(test: &str) -> Standing<'_> {
    match test {
        "none" => Standing::Acts,
        "retired" => Standing::Retired,
        _ => match test.split_once("pending: ") {
            Some(("", brings)) => Standing::Pending(brings),
            Some(_) => Standing::ShownAndPending,
            None => Standing::Shown,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_from_its_first_and_last_cell() {
        let page = "# A\n| key | type | test |\n|---|---|---|\n\
                    | `a.*.b` | \"x\" \\| \"y\" | `none` |  | What? | `f.rs`: `t` |\n\
                    | `p: c` | text | none |  | What? | none |\n";
        let rows = rows(page);
        let read: Vec<_> = rows.iter().map(|row| (row.key, &row.standing)).collect();
        assert_eq!(read, [("a.*.b", &Standing::Shown), ("p: c", &Standing::Acts)]);
    }

    #[test]
    fn a_last_cell_says_how_the_key_stands() {
        assert_eq!(standing("pending: TLS listeners"), Standing::Pending("TLS listeners"));
        assert_eq!(standing("`f.rs`: `t`, pending: TLS"), Standing::ShownAndPending);
        assert_eq!(standing("retired"), Standing::Retired);
    }
}
