"""Conversations of the Eclipse Paho client with a broker.

Usage: paho_client.py HOST PORT VERSION PREFIX SCENARIO, where VERSION is v31, v311 or v5 and PREFIX
begins every topic and client identifier. Ends with 0 if the conversation went as it should.
"""

import queue
import socket
import sys

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

HOST, PORT, VERSION, PREFIX, SCENARIO = sys.argv[1:]
PROTOCOL = {"v31": paho.MQTTv31, "v311": paho.MQTTv311, "v5": paho.MQTTv5}[VERSION]
IS_V5 = VERSION == "v5"
PATIENCE = 15


def topic(rest):
    return f"{PREFIX}/{rest}"


def properties(packet_type, **values):
    result = Properties(packet_type)
    for name, value in values.items():
        setattr(result, name, value)
    return result


class Peer:
    """A client whose callbacks become queues that are waited on."""

    def __init__(self, name, persistent=False, expiry=300, will=None, connect=None):
        self.persistent = persistent
        self.connected = queue.Queue()
        self.subscribed = queue.Queue()
        self.published = queue.Queue()
        self.messages = queue.Queue()
        self.closed = queue.Queue()
        arguments = {} if IS_V5 else {"clean_session": not persistent}
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2, PREFIX + name, protocol=PROTOCOL, **arguments
        )
        client = self.client
        client.on_connect = lambda _c, _u, flags, reason, props: self.connected.put(
            (flags, reason, props)
        )
        client.on_subscribe = lambda _c, _u, _mid, reasons, _p: self.subscribed.put(reasons)
        client.on_publish = lambda _c, _u, _mid, reason, _p: self.published.put(reason)
        client.on_message = lambda _c, _u, message: self.messages.put(message)
        client.on_disconnect = lambda _c, _u, _flags, reason, _p: self.closed.put(reason)
        if will is not None:
            client.will_set(**will)
        arguments = {}
        if IS_V5:
            values = dict(connect or {})
            if persistent:
                values["SessionExpiryInterval"] = expiry
            arguments["clean_start"] = not persistent
            arguments["properties"] = properties(PacketTypes.CONNECT, **values)
        client.connect(HOST, int(PORT), keepalive=30, **arguments)
        client.loop_start()
        self.flags, reason, self.connack = self.connected.get(timeout=PATIENCE)
        assert not reason.is_failure, reason

    def subscribe(self, filter_, qos=0, **options):
        if IS_V5:
            self.client.subscribe(filter_, options=SubscribeOptions(qos=qos, **options))
        else:
            self.client.subscribe(filter_, qos)
        reasons = self.subscribed.get(timeout=PATIENCE)
        assert [reason.value for reason in reasons] == [qos], reasons

    def publish(self, topic_, payload, qos=0, retain=False, **values):
        arguments = {}
        if values:
            arguments["properties"] = properties(PacketTypes.PUBLISH, **values)
        self.client.publish(topic_, payload, qos, retain, **arguments)
        self.published.get(timeout=PATIENCE)

    def receive(self, topic_, payload):
        message = self.messages.get(timeout=PATIENCE)
        got = (message.topic, message.payload.decode())
        assert got == (topic_, payload), (got, (topic_, payload))
        return message

    def leave(self):
        self.client.disconnect()
        self.closed.get(timeout=PATIENCE)
        self.client.loop_stop()

    def vanish(self):
        """Closes the socket without DISCONNECT."""
        self.client.loop_stop()
        self.client.socket().shutdown(socket.SHUT_RDWR)


def qos():
    subscriber, publisher = Peer("sub"), Peer("pub")
    subscriber.subscribe(topic("t"), 2)
    for level in (0, 1, 2):
        for number in range(20):
            publisher.publish(topic("t"), f"{level}.{number}", level)
        for number in range(20):
            assert subscriber.receive(topic("t"), f"{level}.{number}").qos == level


def retained():
    publisher = Peer("pub")
    publisher.publish(topic("t"), "kept", 1, True)
    subscriber = Peer("sub")
    subscriber.subscribe(topic("#"), 1)
    assert subscriber.receive(topic("t"), "kept").retain
    publisher.publish(topic("t"), "", 1, True)
    assert not subscriber.receive(topic("t"), "").retain
    publisher.publish(topic("u"), "sentinel", 1, True)
    late = Peer("late")
    late.subscribe(topic("#"), 1)
    late.receive(topic("u"), "sentinel")


def will():
    watcher = Peer("watch")
    watcher.subscribe(topic("w"), 1)
    Peer("c", will={"topic": topic("w"), "payload": "gone", "qos": 1}).vanish()
    watcher.receive(topic("w"), "gone")
    Peer("d", will={"topic": topic("w"), "payload": "never", "qos": 1}).leave()
    Peer("pub").publish(topic("w"), "sentinel", 1)
    watcher.receive(topic("w"), "sentinel")


def will_delay():
    watcher = Peer("watch")
    watcher.subscribe(topic("w"), 1)
    for name, seconds in (("slow", 8), ("fast", 3)):
        delay = properties(PacketTypes.WILLMESSAGE, WillDelayInterval=seconds)
        message = {"topic": topic("w"), "payload": name, "qos": 1, "properties": delay}
        Peer(name, persistent=True, will=message).vanish()
    Peer("pub").publish(topic("w"), "first", 1)
    for payload in ("first", "fast", "slow"):
        watcher.receive(topic("w"), payload)


def session():
    subscriber = Peer("sub", persistent=True)
    assert not subscriber.flags.session_present
    subscriber.subscribe(topic("t"), 2)
    subscriber.leave()
    publisher = Peer("pub")
    for number in range(20):
        publisher.publish(topic("t"), str(number), 1 + number % 2)
    subscriber = Peer("sub", persistent=True)
    assert subscriber.flags.session_present or VERSION == "v31"
    received = [
        int(subscriber.messages.get(timeout=PATIENCE).payload) for _ in range(20)
    ]
    # A message of QoS 2 is handed over only at its PUBREL: the order is kept within each QoS.
    assert [n for n in received if n % 2 == 0] == list(range(0, 20, 2))
    assert [n for n in received if n % 2 == 1] == list(range(1, 20, 2))


def shared():
    members = [Peer(f"m{number}") for number in range(3)]
    for number, member in enumerate(members):
        member.subscribe(f"$share/group/{topic('t')}", 1)
        member.subscribe(topic(f"end/{number}"), 1)
    publisher = Peer("pub")
    for number in range(30):
        publisher.publish(topic("t"), str(number), 1)
    received = []
    for number, member in enumerate(members):
        publisher.publish(topic(f"end/{number}"), "end", 1)
        while True:
            message = member.messages.get(timeout=PATIENCE)
            if message.topic != topic("t"):
                break
            received.append(int(message.payload))
    assert sorted(received) == list(range(30)), received


def topic_alias():
    subscriber, publisher = Peer("sub"), Peer("pub")
    assert publisher.connack.TopicAliasMaximum >= 1
    subscriber.subscribe(topic("t"), 1)
    publisher.publish(topic("t"), "named", 1, TopicAlias=1)
    publisher.publish("", "aliased", 1, TopicAlias=1)
    subscriber.receive(topic("t"), "named")
    subscriber.receive(topic("t"), "aliased")


def expiry():
    subscriber = Peer("sub", persistent=True)
    subscriber.subscribe(topic("t"), 1)
    subscriber.leave()
    publisher = Peer("pub")
    publisher.publish(topic("t"), "short", 1, MessageExpiryInterval=1)
    publisher.publish(topic("t"), "long", 1, MessageExpiryInterval=600)
    # The delayed will of another client tells when two seconds have passed.
    watcher = Peer("watch")
    watcher.subscribe(topic("w"), 1)
    delay = properties(PacketTypes.WILLMESSAGE, WillDelayInterval=3)
    message = {"topic": topic("w"), "payload": "now", "qos": 1, "properties": delay}
    Peer("timer", persistent=True, will=message).vanish()
    watcher.receive(topic("w"), "now")
    subscriber = Peer("sub", persistent=True)
    left = subscriber.receive(topic("t"), "long").properties.MessageExpiryInterval
    assert 500 <= left < 600, left


def request_response():
    responder, requester = Peer("responder"), Peer("requester")
    responder.subscribe(topic("request"), 1)
    requester.subscribe(topic("response"), 1)
    requester.publish(
        topic("request"),
        "question",
        1,
        ResponseTopic=topic("response"),
        CorrelationData=b"\x00\x01",
        UserProperty=[("a", "1"), ("a", "2")],
        ContentType="text/plain",
    )
    question = responder.receive(topic("request"), "question").properties
    assert question.UserProperty == [("a", "1"), ("a", "2")]
    assert question.ContentType == "text/plain"
    responder.publish(
        question.ResponseTopic, "answer", 1, CorrelationData=question.CorrelationData
    )
    answer = requester.receive(topic("response"), "answer").properties
    assert answer.CorrelationData == b"\x00\x01"


def take_over():
    old = Peer("c")
    old.client.on_connect = None
    old.client.reconnect_delay_set(600, 600)
    new = Peer("c")
    reason = old.closed.get(timeout=PATIENCE)
    assert not IS_V5 or reason.value == 0x8E, reason
    new.subscribe(topic("t"), 0)
    new.publish(topic("t"), "m")
    new.receive(topic("t"), "m")
    old.client.loop_stop()


def options():
    client, other = Peer("c"), Peer("other")
    client.subscribe(topic("t"), 1, noLocal=True, retainAsPublished=True)
    client.publish(topic("t"), "own", 1)
    other.publish(topic("t"), "other's", 1, True)
    assert client.receive(topic("t"), "other's").retain


{
    scenario.__name__: scenario
    for scenario in (
        qos,
        retained,
        will,
        will_delay,
        session,
        shared,
        topic_alias,
        expiry,
        request_response,
        take_over,
        options,
    )
}[SCENARIO]()
