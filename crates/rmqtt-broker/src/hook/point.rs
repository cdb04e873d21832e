use core::fmt;
use core::ops::BitOr;

/// A point of a client's or a message's life at which others look on or have a say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Point {
    /// The broker is about to take connections.
    BeforeStartup,
    /// A CONNECT has come.
    ClientConnect,
    /// Its credentials have to be judged.
    ClientAuthenticate,
    /// Its CONNACK is about to be sent.
    ClientConnack,
    /// The client is connected.
    ClientConnected,
    /// The client's connection has ended.
    ClientDisconnected,
    /// The client was heard.
    ClientKeepalive,
    /// A session has begun.
    SessionCreated,
    /// A session is over.
    SessionTerminated,
    /// A client wants a subscription.
    ClientSubscribe,
    /// Whether it may have it.
    ClientSubscribeCheckAcl,
    /// The subscription is made.
    SessionSubscribed,
    /// A client wants a subscription no longer.
    ClientUnsubscribe,
    /// The subscription is gone.
    SessionUnsubscribed,
    /// A message comes.
    MessagePublish,
    /// Whether it may be published.
    MessagePublishCheckAcl,
    /// The message is on its way to its receivers. (A point of ours: who only looks on sees here
    /// what was allowed, with the topic that it was routed by.)
    MessagePublished,
    /// The message is about to be sent to a client.
    MessageDelivered,
    /// The client has acknowledged the message.
    MessageAcked,
    /// A message is dropped.
    MessageDropped,
    /// Whether a message is past its time.
    MessageExpiryCheck,
    /// Nobody is subscribed to a message.
    MessageNonsubscribed,
    /// A message waits for a client that is not connected.
    OfflineMessage,
    /// A connection has ended that left messages unacknowledged.
    OfflineInflightMessages,
    /// A message of another node that only plugins understand.
    GrpcMessageReceived,
}

impl Point {
    /// Every point.
    pub const ALL: [Self; 25] = [
        Self::BeforeStartup,
        Self::ClientConnect,
        Self::ClientAuthenticate,
        Self::ClientConnack,
        Self::ClientConnected,
        Self::ClientDisconnected,
        Self::ClientKeepalive,
        Self::SessionCreated,
        Self::SessionTerminated,
        Self::ClientSubscribe,
        Self::ClientSubscribeCheckAcl,
        Self::SessionSubscribed,
        Self::ClientUnsubscribe,
        Self::SessionUnsubscribed,
        Self::MessagePublish,
        Self::MessagePublishCheckAcl,
        Self::MessagePublished,
        Self::MessageDelivered,
        Self::MessageAcked,
        Self::MessageDropped,
        Self::MessageExpiryCheck,
        Self::MessageNonsubscribed,
        Self::OfflineMessage,
        Self::OfflineInflightMessages,
        Self::GrpcMessageReceived,
    ];

    /// Its name, as `client_connect`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BeforeStartup => "before_startup",
            Self::ClientConnect => "client_connect",
            Self::ClientAuthenticate => "client_authenticate",
            Self::ClientConnack => "client_connack",
            Self::ClientConnected => "client_connected",
            Self::ClientDisconnected => "client_disconnected",
            Self::ClientKeepalive => "client_keepalive",
            Self::SessionCreated => "session_created",
            Self::SessionTerminated => "session_terminated",
            Self::ClientSubscribe => "client_subscribe",
            Self::ClientSubscribeCheckAcl => "client_subscribe_check_acl",
            Self::SessionSubscribed => "session_subscribed",
            Self::ClientUnsubscribe => "client_unsubscribe",
            Self::SessionUnsubscribed => "session_unsubscribed",
            Self::MessagePublish => "message_publish",
            Self::MessagePublishCheckAcl => "message_publish_check_acl",
            Self::MessagePublished => "message_published",
            Self::MessageDelivered => "message_delivered",
            Self::MessageAcked => "message_acked",
            Self::MessageDropped => "message_dropped",
            Self::MessageExpiryCheck => "message_expiry_check",
            Self::MessageNonsubscribed => "message_nonsubscribed",
            Self::OfflineMessage => "offline_message",
            Self::OfflineInflightMessages => "offline_inflight_messages",
            Self::GrpcMessageReceived => "grpc_message_received",
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of points: those at which somebody listens.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Points(u32);

impl Points {
    /// No point.
    pub const NONE: Self = Self(0);

    /// Who has a say in whether a client is admitted.
    pub(crate) const CONNECT: Self =
        Self::of(&[Point::ClientConnect, Point::ClientAuthenticate, Point::ClientConnack]);
    /// Who has a say in a subscription.
    pub(crate) const SUBSCRIBE: Self =
        Self::of(&[Point::ClientSubscribe, Point::ClientSubscribeCheckAcl]);
    /// Who has a say in a publication.
    pub(crate) const PUBLISH: Self =
        Self::of(&[Point::MessagePublish, Point::MessagePublishCheckAcl]);
    /// Who looks on while a message is given to a session.
    pub(crate) const DELIVERY: Self = Self::of(&[
        Point::MessageDelivered,
        Point::MessageAcked,
        Point::MessageDropped,
        Point::MessageExpiryCheck,
        Point::OfflineMessage,
    ]);
    /// Who wants to know the sender of a message that has left its publisher's session.
    pub(crate) const SENDER: Self = Self::of(&[
        Point::MessagePublished,
        Point::MessageDelivered,
        Point::MessageAcked,
        Point::MessageDropped,
        Point::MessageExpiryCheck,
        Point::MessageNonsubscribed,
        Point::OfflineMessage,
        Point::OfflineInflightMessages,
    ]);

    /// These points.
    #[must_use]
    pub const fn of(points: &[Point]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < points.len() {
            bits |= 1 << points[index] as u8;
            index += 1;
        }
        Self(bits)
    }

    /// The points of both, in a constant.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `point` is in the set.
    #[must_use]
    pub const fn contains(self, point: Point) -> bool {
        self.0 & 1 << point as u8 != 0
    }

    /// Whether the sets have a point in common.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The points, in their order.
    pub fn iter(self) -> impl Iterator<Item = Point> {
        Point::ALL.into_iter().filter(move |point| self.contains(*point))
    }
}

impl BitOr for Points {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.or(other)
    }
}

impl FromIterator<Point> for Points {
    fn from_iter<I: IntoIterator<Item = Point>>(points: I) -> Self {
        points.into_iter().fold(Self::NONE, |set, point| set | Self::of(&[point]))
    }
}

impl fmt::Debug for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_has_its_own_bit_and_name() {
        for (index, point) in Point::ALL.into_iter().enumerate() {
            assert_eq!(point as usize, index);
            assert_eq!(Points::of(&[point]).iter().collect::<Vec<_>>(), [point]);
            assert!(Point::ALL[..index].iter().all(|other| other.name() != point.name()));
        }
    }
}
