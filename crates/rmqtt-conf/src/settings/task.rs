//! `[task]`: keys of the original's shared executor.

use rmqtt_keys::Section;

/// Accepts the keys, which mean nothing here.
pub(crate) fn read(section: &mut Section<'_, '_>) {
    const REASON: &str = "there is no shared executor: each session belongs to one worker, whose \
                          number is runtime.workers";
    section.retired("exec_workers", REASON);
    section.retired("exec_queue_max", REASON);
}
