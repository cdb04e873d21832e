//! Third-party clients talk to the broker and to each other through it. A client that is not
//! installed fails its tests; nothing is skipped.

mod mosquitto;
mod mqttjs;
mod python;
mod rumqttc;
