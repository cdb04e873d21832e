use rmqtt_message::{Record, RecordBatch};

/// Where a session writes down what has to outlive the process; or nowhere, where nobody keeps it.
#[derive(Debug)]
pub struct Journal<'j> {
    records: Option<&'j mut RecordBatch>,
}

impl<'j> Journal<'j> {
    /// `None`: nothing is kept.
    #[must_use]
    pub fn new(records: Option<&'j mut RecordBatch>) -> Self {
        Self { records }
    }

    pub(crate) fn note(&mut self, record: &Record<'_>) {
        if let Some(records) = &mut self.records {
            records.push(record);
        }
    }
}
