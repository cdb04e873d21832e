use rmqtt_message::{Record, RecordBatch};

/// Where a session writes down what has to outlive the process; or nowhere, where nobody keeps it.
#[derive(Debug)]
pub struct Journal<'j> {
    kept: Option<Kept<'j>>,
}

#[derive(Debug)]
struct Kept<'j> {
    records: &'j mut RecordBatch,
    holds_output: &'j mut bool,
}

impl<'j> Journal<'j> {
    /// Nothing is kept.
    #[must_use]
    pub fn nowhere() -> Self {
        Self { kept: None }
    }

    /// `holds_output` becomes true where what is written to the client at the same time has to wait
    /// until the records are committed.
    #[must_use]
    pub fn new(records: &'j mut RecordBatch, holds_output: &'j mut bool) -> Self {
        Self { kept: Some(Kept { records, holds_output }) }
    }

    pub(crate) fn note(&mut self, record: &Record<'_>) {
        if let Some(Kept { records, .. }) = &mut self.kept {
            records.push(record);
        }
    }

    /// As [`Journal::note`], of something that the client must not have before it is committed.
    pub(crate) fn note_first(&mut self, record: &Record<'_>) {
        if let Some(Kept { records, holds_output }) = &mut self.kept {
            records.push(record);
            **holds_output = true;
        }
    }
}
