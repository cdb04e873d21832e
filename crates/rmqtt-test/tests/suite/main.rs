//! The black-box suite: one module per area, every test with each driver and each version it
//! applies to.

mod abuse;
mod connect;
mod connect_fields;
mod disconnect;
mod enhanced_auth;
mod expiry;
mod flow_control;
mod keep_alive;
mod malformed;
mod malformed_properties;
mod packet_size;
mod process;
mod publish;
mod qos1;
mod qos2;
mod request_response;
mod retain;
mod retain_unavailable;
mod rmqtt_extensions;
mod sent_packets;
mod session;
mod shared_subscription;
mod stress;
mod subscribe;
mod takeover;
mod topic_alias;
mod unsubscribe;
mod will;
