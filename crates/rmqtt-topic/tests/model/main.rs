//! The indexes against a plain list and the definition of matching, with generated texts that
//! come and go.

mod filters;
mod texts;
mod topics;

/// The texts of an index as a table by id, which is how a caller uses the ids.
#[derive(Default)]
struct Table {
    rows: Vec<Option<String>>,
    len: usize,
    len_max: usize,
}

impl Table {
    fn index_of(&self, text: &str) -> Option<usize> {
        self.rows.iter().position(|row| row.as_deref() == Some(text))
    }

    /// Checks what an insertion of `text` answered, and notes it.
    fn insert(&mut self, text: &str, index: usize, is_new: bool) {
        let present = self.index_of(text);
        assert_eq!(is_new, present.is_none(), "{text:?} is reported as new once");
        if let Some(present) = present {
            assert_eq!(index, present, "{text:?} keeps its id");
            return;
        }
        if index == self.rows.len() {
            self.rows.push(None);
        }
        assert_eq!(self.rows[index], None, "an id is used again only after removal");
        self.rows[index] = Some(text.to_owned());
        self.len += 1;
        self.len_max = self.len_max.max(self.len);
        assert!(index < self.len_max, "free ids are used before new ones");
    }

    /// Takes the `nth` text out, counted round and round.
    fn remove(&mut self, nth: usize) -> Option<usize> {
        let index = *self.live().get(nth % self.len.max(1))?;
        self.rows[index] = None;
        self.len -= 1;
        Some(index)
    }

    fn live(&self) -> Vec<usize> {
        self.select(|_| true)
    }

    fn select(&self, wanted: impl Fn(&str) -> bool) -> Vec<usize> {
        let rows = self.rows.iter().enumerate();
        rows.filter(|(_, row)| row.as_deref().is_some_and(&wanted))
            .map(|(index, _)| index)
            .collect()
    }
}
