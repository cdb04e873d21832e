use std::future::pending;
use std::time::Duration;

use rmqtt_codec::{PacketId, ProtocolVersion, SubscriptionOptions};
use rmqtt_message::SessionId;
use rmqtt_session::ListenerPolicy;
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::*;
use crate::hook::HookManager;

const DEADLINE: Duration = Duration::from_secs(30);

/// Never comes to an end with what it is asked.
struct Undecided;

impl Handler for Undecided {
    fn client_subscribe(
        &self,
        _client: &Arc<Client>,
        _subscribe: &Subscribe<'_>,
    ) -> Answer<String> {
        Answer::later(pending())
    }

    fn client_subscribe_check_acl(
        &self,
        _client: &Arc<Client>,
        _subscribe: &Subscribe<'_>,
    ) -> Answer<SubscribeAcl> {
        Answer::later(pending())
    }

    fn client_unsubscribe(
        &self,
        _client: &Arc<Client>,
        _unsubscribe: &Unsubscribe<'_>,
    ) -> Answer<String> {
        Answer::later(pending())
    }
}

/// Two such handlers at each of these points, and what answers them.
fn judge() -> Judge {
    let manager = HookManager::new();
    let mut register = manager.register("test");
    for point in [Point::ClientSubscribe, Point::ClientSubscribeCheckAcl, Point::ClientUnsubscribe]
    {
        register.add(point, Arc::new(Undecided));
        register.add(point, Arc::new(Undecided));
    }
    register.start();
    let workshop = Workshop::new(Handle::current(), DEADLINE);
    Judge { snapshot: manager.snapshot(), workshop }
}

fn client() -> Arc<Client> {
    Arc::new(Client {
        session: SessionId(1),
        client_id: "c".into(),
        username: None,
        peer: ([127, 0, 0, 1], 1).into(),
        policy: Arc::new(ListenerPolicy::default()),
        version: ProtocolVersion::V5,
        clean_start: true,
        keep_alive_s: 0,
        session_expiry_s: 0,
        connected_wall_ms: 0,
        superuser: false,
        anonymous: true,
    })
}

/// Once the deadline was that of one handler and one filter: a SUBSCRIBE with many filters kept its
/// client waiting for as many deadlines.
#[tokio::test(start_paused = true)]
async fn a_packet_has_one_deadline_for_all_its_filters_and_handlers() {
    let begin = Instant::now();
    let filters = ["a", "b", "c"];
    let wanted = filters.map(|filter| {
        Ok(WantedSubscription {
            filter: filter.into(),
            share: None,
            limit: None,
            options: SubscriptionOptions::default(),
        })
    });
    let packet_id = PacketId::new(1).unwrap();
    let request = SubscribeRequest { packet_id, subscription_id: None, wanted: wanted.into() };
    let judged = judge().subscribe(client(), true, request).await;
    assert_eq!(begin.elapsed(), DEADLINE);
    assert_eq!(judged.wanted, vec![Err(ReasonCode::NotAuthorized); 3]);

    let begin = Instant::now();
    let filters =
        filters.map(|filter| Ok(UnwantedSubscription { filter: filter.into(), share: None }));
    let request = UnsubscribeRequest { packet_id, filters: filters.into() };
    let judged = judge().unsubscribe(client(), request.clone()).await;
    assert_eq!(begin.elapsed(), DEADLINE);
    assert_eq!(judged, request, "nobody has changed it");
}
