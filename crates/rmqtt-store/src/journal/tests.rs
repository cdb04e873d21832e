mod beside;
mod crash;
mod damage;
mod desk;
mod quota;
mod semantics;
mod suites;

use rmqtt_message::RecordBatch;

use super::*;
use crate::SavedState;
use crate::suite::Story;

/// Small files, so that every mechanism is met.
fn small_settings(level: SyncLevel) -> JournalSettings {
    JournalSettings {
        level,
        segment_bytes: 8 << 10,
        replay_bytes: 24 << 10,
        // Few shards have something in them: most checkpoints hold one of those.
        checkpoint_bytes: 512,
        ..JournalSettings::default()
    }
}

fn told(story: &mut Story, records: usize) -> RecordBatch {
    let mut batch = RecordBatch::default();
    story.tell(records, &mut batch);
    batch
}

/// What is committed, read from the log.
fn state_of<D: Disk>(journal: &Journal<D>) -> SavedState {
    let mut state = SavedState::default();
    journal
        .load(crate::QueueHead::ALL, &mut |saved| state.insert(saved))
        .expect("what is committed can be read");
    state
}

const LEVELS: [SyncLevel; 2] = [SyncLevel::Fsync, SyncLevel::Os];
