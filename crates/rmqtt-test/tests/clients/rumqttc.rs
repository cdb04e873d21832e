//! rumqttc: an independent client in Rust.
