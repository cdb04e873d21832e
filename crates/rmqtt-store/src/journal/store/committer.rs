use std::io;
use std::sync::PoisonError;
use std::thread;

use super::Shared;
use super::gathering::{Group, Wake};
use crate::StoreError;
use crate::journal::Disk;
use crate::journal::frame::{FrameBuf, empty_records};

/// Commits what gathers, one group after another, until it is stopped and nothing is left.
pub(super) fn run<D: Disk>(shared: &Shared<D>) {
    let _watch = Watch { shared };
    let mut room = empty_records();
    loop {
        let gathering = shared.gathering();
        let idle = |now: &mut super::Gathering| !now.has_work() && !now.stop;
        let waited = shared.gathered.wait_while(gathering, idle);
        let mut gathering = waited.unwrap_or_else(PoisonError::into_inner);
        if !gathering.has_work() {
            return;
        }
        let group = gathering.take_group(room);
        drop(gathering);
        let has_failed;
        (room, has_failed) = commit(shared, group);
        if has_failed && !recover(shared) {
            return;
        }
    }
}

/// Commits a group, and tells its workers. `true`: the store has failed.
fn commit<D: Disk>(shared: &Shared<D>, group: Group) -> (FrameBuf, bool) {
    let Group { mut records, fetches } = group;
    let mut journal = shared.journal();
    let mut result = journal.failure().map_or(Ok(()), Err);
    let moves_messages = journal.has_relocation();
    if result.is_ok() && (!records.is_empty() || journal.has_relocation()) {
        let mut commit = journal.begin_commit(records);
        drop(journal);
        commit.run();
        journal = shared.journal();
        (records, result) = journal.finish_commit(commit);
    }
    let failure = journal.failure();
    let usage = journal.usage();
    let janitor_is_wanted = moves_messages || journal.checkpoint_is_due() || journal.is_pressed();
    drop(journal);
    let mut gathering = shared.gathering();
    gathering.usage = usage;
    let mut wakes = gathering.finish_group(result);
    if let Some(error) = failure {
        wakes.append(&mut gathering.begin_failure(error));
    }
    drop(gathering);
    shared.decided.notify_all();
    call(wakes);
    shared.read(&fetches);
    if janitor_is_wanted {
        shared.nudge_janitor();
    }
    records.clear(ROOM_KEPT_BYTES);
    (records, failure.is_some())
}

/// Looks from time to time whether the store can write again. `false`: it is to end.
fn recover<D: Disk>(shared: &Shared<D>) -> bool {
    loop {
        let gathering = shared.gathering();
        let interval = shared.settings.probe_interval;
        let quiet = |now: &mut super::Gathering| !now.has_work() && !now.stop;
        let waited = shared.gathered.wait_timeout_while(gathering, interval, quiet);
        let (mut gathering, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if gathering.stop {
            return false;
        }
        if !waited.timed_out() {
            // Questions can be answered meanwhile; batches are refused.
            let group = gathering.take_group(empty_records());
            let wakes = gathering.finish_group(Ok(()));
            drop(gathering);
            call(wakes);
            shared.read(&group.fetches);
            continue;
        }
        drop(gathering);
        let mut probe = shared.journal().begin_probe();
        probe.run();
        let mut journal = shared.journal();
        let works = journal.finish_probe(probe);
        let usage = journal.usage();
        drop(journal);
        shared.nudge_janitor();
        if works {
            let mut gathering = shared.gathering();
            gathering.refusal = None;
            gathering.usage = usage;
            drop(gathering);
            shared.decided.notify_all();
            return true;
        }
    }
}

/// Tells everybody if the committer ends by a panic.
struct Watch<'a, D: Disk> {
    shared: &'a Shared<D>,
}

impl<D: Disk> Drop for Watch<'_, D> {
    fn drop(&mut self) {
        if thread::panicking() {
            let wakes = self.shared.gathering().give_up(StoreError::Io(io::ErrorKind::BrokenPipe));
            self.shared.decided.notify_all();
            call(wakes);
        }
    }
}

fn call(wakes: Vec<Wake>) {
    wakes.into_iter().for_each(|wake| wake());
}

/// Room for records that is kept between groups.
const ROOM_KEPT_BYTES: usize = 4 << 20;
