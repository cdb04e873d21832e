//! A broker with two listeners of different terms: `multi [EXTERNAL INTERNAL]`. The external one
//! admits nobody without credentials; the internal one admits everybody and takes larger packets.

use std::error::Error;
use std::net::SocketAddr;

use rmqtt::net::Builder;
use rmqtt::{MqttServer, RetainedLimits, ServerContext};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut address = |default: &str| -> Result<SocketAddr, std::net::AddrParseError> {
        arguments.next().unwrap_or_else(|| default.to_owned()).parse()
    };
    let external = Builder::new()
        .name("external")
        .laddr(address("0.0.0.0:1883")?)
        .allow_anonymous(false)
        .bind()?
        .tcp()?;
    let internal = Builder::new()
        .name("internal")
        .laddr(address("127.0.0.1:11883")?)
        .allow_anonymous(true)
        .max_packet_size(16 << 20)
        .bind()?
        .tcp()?;
    for listener in [&external, &internal] {
        eprintln!("{} listens on {}", listener.name(), listener.local_addr());
    }

    let scx = ServerContext::new().retain(RetainedLimits::default()).build().await?;
    let server = MqttServer::new(scx).listener(external).listener_by_id(internal, 1).build();
    server.run().await?;
    Ok(())
}
