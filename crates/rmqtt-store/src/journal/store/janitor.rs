use std::sync::PoisonError;

use super::{Nudge, Shared};
use crate::journal::{Disk, SyncLevel};

/// Does what is due beside the log, until it is stopped; then brings everything to the disk.
pub(super) fn run<D: Disk>(shared: &Shared<D>) {
    loop {
        let nudge = shared.janitor.lock().unwrap_or_else(PoisonError::into_inner);
        let interval = shared.settings.sync_interval;
        let idle = |now: &mut Nudge| !now.work && !now.stop;
        let waited = shared.nudged.wait_timeout_while(nudge, interval, idle);
        let (mut nudge, _) = waited.unwrap_or_else(PoisonError::into_inner);
        nudge.work = false;
        let stop = nudge.stop;
        drop(nudge);
        if stop {
            close(shared);
            return;
        }
        sync(shared);
        work(shared);
    }
}

fn work<D: Disk>(shared: &Shared<D>) {
    loop {
        let mut journal = shared.journal();
        let work = journal.next_work();
        let usage = journal.usage();
        drop(journal);
        shared.gathering().usage = usage;
        let Some(mut work) = work else { return };
        work.run();
        let mut journal = shared.journal();
        let went_well = journal.finish_work(work);
        let usage = journal.usage();
        let has_relocation = journal.has_relocation();
        drop(journal);
        shared.gathering().usage = usage;
        if has_relocation {
            // It goes with the next group; the committer asks for more when that is done.
            shared.call_committer();
        }
        if !went_well || shared.janitor.lock().unwrap_or_else(PoisonError::into_inner).stop {
            return;
        }
        sync(shared);
    }
}

fn sync<D: Disk>(shared: &Shared<D>) {
    if shared.settings.level == SyncLevel::Os {
        shared.sync();
    }
}

/// Leaves as little to read at the next start as possible.
fn close<D: Disk>(shared: &Shared<D>) {
    shared.sync();
    loop {
        let mut journal = shared.journal();
        let work = journal.next_closing_work();
        drop(journal);
        let Some(mut work) = work else { return };
        work.run();
        if !shared.journal().finish_work(work) {
            return;
        }
    }
}
