// Conversations of MQTT.js with a broker.
//
// Usage: node mqttjs_client.js HOST PORT VERSION PREFIX SCENARIO, as paho_client.py; MQTT.js is
// found through NODE_PATH. Ends with 0 if the conversation went as it should.

const assert = require("node:assert");
const mqtt = require("mqtt");

const [host, port, version, prefix, scenario] = process.argv.slice(2);
const protocol = {
  v31: { protocolId: "MQIsdp", protocolVersion: 3 },
  v311: { protocolVersion: 4 },
  v5: { protocolVersion: 5 },
}[version];
const isV5 = version === "v5";
const topic = (rest) => `${prefix}/${rest}`;

setTimeout(() => {
  console.error("no end before the deadline");
  process.exit(1);
}, 20_000).unref();

// A connected client with a queue of the messages it received.
async function peer(name, options = {}) {
  const client = await mqtt.connectAsync(`mqtt://${host}:${port}`, {
    clientId: prefix + name,
    reconnectPeriod: 0,
    ...protocol,
    ...options,
  });
  const messages = [];
  const waiting = [];
  client.on("message", (name_, payload, packet) => {
    const message = { topic: name_, payload: payload.toString(), packet };
    if (waiting.length > 0) waiting.shift()(message);
    else messages.push(message);
  });
  client.receive = async (name_, payload) => {
    const message =
      messages.shift() ?? (await new Promise((resolve) => waiting.push(resolve)));
    assert.deepStrictEqual([message.topic, message.payload], [name_, payload]);
    return message.packet;
  };
  return client;
}

const persistent = isV5
  ? { clean: false, properties: { sessionExpiryInterval: 300 } }
  : { clean: false };

const scenarios = {
  async qos() {
    const subscriber = await peer("sub");
    const publisher = await peer("pub");
    await subscriber.subscribeAsync(topic("t"), { qos: 2 });
    for (const qos of [0, 1, 2]) {
      for (let number = 0; number < 20; number++) {
        await publisher.publishAsync(topic("t"), `${qos}.${number}`, { qos });
      }
      for (let number = 0; number < 20; number++) {
        const packet = await subscriber.receive(topic("t"), `${qos}.${number}`);
        assert.strictEqual(packet.qos, qos);
      }
    }
  },

  async retained() {
    const publisher = await peer("pub");
    await publisher.publishAsync(topic("t"), "kept", { qos: 1, retain: true });
    const subscriber = await peer("sub");
    await subscriber.subscribeAsync(topic("#"), { qos: 1 });
    const packet = await subscriber.receive(topic("t"), "kept");
    assert.strictEqual(packet.retain, true);
  },

  async will() {
    const watcher = await peer("watch");
    await watcher.subscribeAsync(topic("w"), { qos: 1 });
    const client = await peer("c", { will: { topic: topic("w"), payload: "gone", qos: 1 } });
    client.stream.destroy();
    await watcher.receive(topic("w"), "gone");
  },

  async session() {
    let subscriber = await peer("sub", persistent);
    await subscriber.subscribeAsync(topic("t"), { qos: 2 });
    await subscriber.endAsync();
    const publisher = await peer("pub");
    for (let number = 0; number < 20; number++) {
      await publisher.publishAsync(topic("t"), `${number}`, { qos: 1 + (number % 2) });
    }
    // Messages that follow CONNACK at once must find a listener.
    subscriber = mqtt.connect(`mqtt://${host}:${port}`, {
      clientId: `${prefix}sub`,
      reconnectPeriod: 0,
      ...protocol,
      ...persistent,
    });
    const received = [];
    await new Promise((resolve) => {
      subscriber.on("message", (_, payload) => {
        if (received.push(Number(payload.toString())) === 20) resolve();
      });
    });
    // A message of QoS 2 is handed over only at its PUBREL: the order is kept within each QoS.
    for (const parity of [0, 1]) {
      assert.deepStrictEqual(
        received.filter((number) => number % 2 === parity),
        [...Array(10).keys()].map((number) => 2 * number + parity),
      );
    }
  },

  async topicAlias() {
    const subscriber = await peer("sub", { properties: { topicAliasMaximum: 5 } });
    const publisher = await peer("pub", { autoAssignTopicAlias: true });
    await subscriber.subscribeAsync(topic("+"), { qos: 1 });
    for (let number = 0; number < 10; number++) {
      const name = topic(`${number % 3}`);
      await publisher.publishAsync(name, `${number}`, { qos: 1 });
      await subscriber.receive(name, `${number}`);
    }
  },
};

scenarios[scenario]().then(
  () => process.exit(0),
  (problem) => {
    console.error(problem);
    process.exit(1);
  },
);
