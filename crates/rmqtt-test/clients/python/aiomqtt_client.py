"""Conversations of the aiomqtt client with a broker.

Usage: aiomqtt_client.py HOST PORT VERSION PREFIX SCENARIO, as paho_client.py.
"""

import asyncio
import sys

import aiomqtt

HOST, PORT, VERSION, PREFIX, SCENARIO = sys.argv[1:]
PROTOCOL = {
    "v31": aiomqtt.ProtocolVersion.V31,
    "v311": aiomqtt.ProtocolVersion.V311,
    "v5": aiomqtt.ProtocolVersion.V5,
}[VERSION]
PATIENCE = 15


def topic(rest):
    return f"{PREFIX}/{rest}"


def peer(name, **arguments):
    return aiomqtt.Client(
        HOST, int(PORT), identifier=PREFIX + name, protocol=PROTOCOL, **arguments
    )


async def receive(client, count):
    messages = []
    async with asyncio.timeout(PATIENCE):
        async for message in client.messages:
            messages.append((str(message.topic), message.payload.decode(), message.qos))
            if len(messages) == count:
                return messages


async def qos():
    async with peer("sub") as subscriber, peer("pub") as publisher:
        await subscriber.subscribe(topic("+"), qos=2)
        for level in (0, 1, 2):
            for number in range(20):
                await publisher.publish(topic("t"), str(number), qos=level)
            expected = [(topic("t"), str(number), level) for number in range(20)]
            assert await receive(subscriber, 20) == expected


async def retained_and_will():
    will = aiomqtt.Will(topic("w"), "never", qos=1)
    async with peer("pub", will=will) as publisher:
        await publisher.publish(topic("t"), "kept", qos=1, retain=True)
    async with peer("sub") as subscriber:
        await subscriber.subscribe(topic("#"), qos=1)
        assert await receive(subscriber, 1) == [(topic("t"), "kept", 1)]
        await subscriber.publish(topic("s"), "sentinel", qos=1)
        assert await receive(subscriber, 1) == [(topic("s"), "sentinel", 1)]


async def many_clients():
    async def one(number):
        async with peer(f"c{number}") as client:
            await client.subscribe(topic(f"{number}"), qos=1)
            for round_ in range(10):
                await client.publish(topic(f"{number}"), str(round_), qos=1)
            expected = [(topic(f"{number}"), str(round_), 1) for round_ in range(10)]
            assert await receive(client, 10) == expected

    await asyncio.gather(*(one(number) for number in range(50)))


SCENARIOS = (qos, retained_and_will, many_clients)
asyncio.run({scenario.__name__: scenario for scenario in SCENARIOS}[SCENARIO]())
