use std::fmt::Write as _;

use rmqtt_message::{MessageId, SessionId};
use rmqtt_session::ClientIds;

use super::WorkerConfig;

/// Gives names: to messages, sessions, and clients that come without one. No two workers give the
/// same.
#[derive(Debug)]
pub(super) struct Names {
    node: u64,
    incarnation: u64,
    last_message: u64,
    last_session: u64,
    step: u64,
    random: u64,
}

impl Names {
    pub(super) fn new(config: &WorkerConfig, seed: u64) -> Self {
        Self {
            node: config.node,
            incarnation: config.incarnation,
            last_message: u64::from(config.index),
            // Behind those of earlier lives, and apart from those of other workers.
            last_session: config.last_session.0 + u64::from(config.index),
            step: u64::from(config.workers),
            random: seed,
        }
    }

    pub(super) fn message(&mut self) -> MessageId {
        self.last_message += self.step;
        MessageId { node: self.node, incarnation: self.incarnation, seq: self.last_message }
    }

    pub(super) fn session(&mut self) -> SessionId {
        self.last_session += self.step;
        SessionId(self.last_session)
    }

    /// A seed for whoever else chooses.
    pub(super) fn seed(&mut self) -> u64 {
        self.random()
    }

    /// SplitMix64: a full cycle over 64 bits.
    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

impl ClientIds for Names {
    /// 32 hexadecimal digits: the node's life and the number make it unique, the rest makes it hard
    /// to guess.
    fn next_client_id(&mut self) -> String {
        self.last_session += self.step;
        let unique =
            self.incarnation.rotate_left(32) ^ self.node.rotate_left(16) ^ self.last_session;
        let mut id = String::with_capacity(32);
        write!(id, "{unique:016x}{:016x}", self.random()).expect("a String takes everything");
        id
    }
}
