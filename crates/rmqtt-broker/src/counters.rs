/// What a worker has seen, as plain integers of its own; a reader sums those of all workers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Links accepted.
    pub links_opened: u64,
    /// Links ended, for any reason.
    pub links_closed: u64,
    /// Links that the peer has closed without saying goodbye.
    pub links_ended_by_peer: u64,
    /// Links that broke.
    pub links_broken: u64,
    /// CONNECTs refused.
    pub connects_refused: u64,
    /// Silent or half-sent links closed to make room.
    pub links_shed: u64,
    /// PUBLISH packets routed for clients.
    pub messages_received: u64,
    /// Messages put into clients' output.
    pub messages_sent: u64,
    /// Messages put into sessions' queues.
    pub messages_queued: u64,
    /// Messages that nobody was subscribed to.
    pub messages_unmatched: u64,
    /// Dropped: the expiry has passed.
    pub dropped_expired: u64,
    /// Dropped: QoS 0 towards a slow reader.
    pub dropped_slow_reader: u64,
    /// Dropped: the session's queue was full.
    pub dropped_queue_full: u64,
    /// Dropped: larger than the client takes.
    pub dropped_too_large: u64,
    /// Dropped: still waiting when its session ended.
    pub dropped_session_ended: u64,
    /// Dropped: every member of the shared group had just ended its session.
    pub dropped_no_member: u64,
    /// Publishes that were not taken.
    pub publishes_refused: u64,
    /// Publishers paused for a receiver's queue.
    pub publishers_paused: u64,
    /// Deliveries to sessions that had ended meanwhile.
    pub stale_deliveries: u64,
}

impl Counters {
    /// Adds another worker's.
    pub fn add(&mut self, other: &Self) {
        let Self {
            links_opened,
            links_closed,
            links_ended_by_peer,
            links_broken,
            connects_refused,
            links_shed,
            messages_received,
            messages_sent,
            messages_queued,
            messages_unmatched,
            dropped_expired,
            dropped_slow_reader,
            dropped_queue_full,
            dropped_too_large,
            dropped_session_ended,
            dropped_no_member,
            publishes_refused,
            publishers_paused,
            stale_deliveries,
        } = other;
        self.links_opened += links_opened;
        self.links_closed += links_closed;
        self.links_ended_by_peer += links_ended_by_peer;
        self.links_broken += links_broken;
        self.connects_refused += connects_refused;
        self.links_shed += links_shed;
        self.messages_received += messages_received;
        self.messages_sent += messages_sent;
        self.messages_queued += messages_queued;
        self.messages_unmatched += messages_unmatched;
        self.dropped_expired += dropped_expired;
        self.dropped_slow_reader += dropped_slow_reader;
        self.dropped_queue_full += dropped_queue_full;
        self.dropped_too_large += dropped_too_large;
        self.dropped_session_ended += dropped_session_ended;
        self.dropped_no_member += dropped_no_member;
        self.publishes_refused += publishes_refused;
        self.publishers_paused += publishers_paused;
        self.stale_deliveries += stale_deliveries;
    }
}
