//! What CONNACK will carry, while its client still authenticates.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rmqtt_codec::UserPropertiesBuf;
use rmqtt_session::ConnectInfo;

/// User Properties of clients whose authentication needs more than one packet: `client_connect` is
/// asked for the first, and CONNACK follows the last. They are forgotten with their CONNECT.
#[derive(Debug, Default)]
pub(super) struct Welcomes(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// By the address of the CONNECT, which nobody else gets while somebody here knows of it.
    by_connect: HashMap<usize, (Weak<ConnectInfo>, UserPropertiesBuf)>,
    /// Entries at which those of clients that have gone are cleared away.
    clear_at: usize,
}

/// Entries that are kept without a look whether their clients are there.
const UNCLEARED: usize = 64;

impl Welcomes {
    /// Keeps them for the next step.
    pub(super) fn keep(&self, connect: &Arc<ConnectInfo>, properties: UserPropertiesBuf) {
        if properties.is_empty() {
            return;
        }
        let mut kept = self.kept();
        if kept.by_connect.len() >= kept.clear_at.max(UNCLEARED) {
            kept.by_connect.retain(|_, (connect, _)| connect.strong_count() > 0);
            kept.clear_at = 2 * kept.by_connect.len();
        }
        kept.by_connect.insert(address(connect), (Arc::downgrade(connect), properties));
    }

    /// Takes what an earlier step has kept.
    pub(super) fn take(&self, connect: &Arc<ConnectInfo>) -> UserPropertiesBuf {
        let kept = self.kept().by_connect.remove(&address(connect));
        kept.map(|(_, properties)| properties).unwrap_or_default()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing is half done while the lock is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn address(connect: &Arc<ConnectInfo>) -> usize {
    Arc::as_ptr(connect).addr()
}

#[cfg(test)]
mod tests {
    use rmqtt_codec::ProtocolVersion;
    use rmqtt_session::ListenerPolicy;

    use super::*;

    fn connect() -> Arc<ConnectInfo> {
        Arc::new(ConnectInfo {
            policy: Arc::new(ListenerPolicy::default()),
            peer: ([127, 0, 0, 1], 1).into(),
            version: ProtocolVersion::V5,
            client_id: "c".into(),
            client_id_assigned: false,
            clean_start: true,
            keep_alive_s: 0,
            session_expiry_s: 0,
            receive_maximum: 1,
            packet_size_max: u32::MAX,
            topic_alias_maximum: 0,
            username: None,
            password: None,
            will: None,
            user_properties: UserPropertiesBuf::new(),
        })
    }

    fn properties(value: &str) -> UserPropertiesBuf {
        let mut properties = UserPropertiesBuf::new();
        properties.push("name", value).unwrap();
        properties
    }

    #[test]
    fn each_client_gets_its_own_once() {
        let welcomes = Welcomes::default();
        let (first, second) = (connect(), connect());
        welcomes.keep(&first, properties("1"));
        welcomes.keep(&second, properties("2"));
        assert_eq!(welcomes.take(&second), properties("2"));
        assert_eq!(welcomes.take(&first), properties("1"));
        assert!(welcomes.take(&first).is_empty());
    }

    #[test]
    fn those_of_clients_that_have_gone_are_cleared_away() {
        let welcomes = Welcomes::default();
        let stays = connect();
        welcomes.keep(&stays, properties("stays"));
        for _ in 0..10_000 {
            welcomes.keep(&connect(), properties("goes"));
        }
        assert!(welcomes.kept().by_connect.len() <= UNCLEARED);
        assert_eq!(welcomes.take(&stays), properties("stays"));
    }
}
