//! The broker's configuration, and what memory follows from it.

/// Keys of the listener: queues that abuse fills within seconds, so that what happens at their
/// bounds happens all the time; sessions that malformed clients leave by chance end within minutes.
pub(crate) const LISTENER_KEYS: &str = "\
max_mqueue_len = 4000
max_mqueue_bytes = \"2M\"
max_packet_size = \"256K\"
handshake_timeout = \"3s\"
max_connections = 4000
session_expiry_interval = \"60s\"
max_session_expiry_interval = \"300s\"
";

/// What stands before the listener's section.
pub(crate) const PREAMBLE: &str = "[log]\nlevel = \"warn\"\n";

const MEGABYTE: u64 = 1 << 20;

/// The program, its threads' stacks, empty tables, what the allocator sets aside for each thread, and
/// what workers remember of topics: 65,536 each at most, of which malformed clients invent many.
const EMPTY_BYTES: u64 = 64 * MEGABYTE;

/// Sessions whose queues can be full at a time: the clients that read slowly or not at all, those
/// that are away, and as many that have just been given up.
const SESSIONS_FULL_MAX: u64 = 40;

/// The queue of one session.
const QUEUE_BYTES: u64 = 2 * MEGABYTE;

/// What a link's output may hold: twice its high-water mark of one megabyte, and a packet.
const OUTPUT_BYTES: u64 = 2 * MEGABYTE + MEGABYTE / 4;

/// Batches on their way between two workers, 16 megabytes each at most, in both directions.
const BATCHES_BYTES: u64 = 2 * 16 * MEGABYTE;

/// Everything that is bounded at its bound at the same time, and as much again for what the
/// allocator cannot give back at once.
pub(crate) const MEMORY_MAX: u64 =
    EMPTY_BYTES + 2 * (SESSIONS_FULL_MAX * (QUEUE_BYTES + OUTPUT_BYTES) + BATCHES_BYTES);
