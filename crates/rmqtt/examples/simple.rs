//! A broker with one listener: `simple [ADDRESS]`, by default on every address, port 1883.

use std::error::Error;
use std::net::SocketAddr;

use rmqtt::net::Builder;
use rmqtt::{MqttServer, ServerContext};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "0.0.0.0:1883".to_owned());
    let address: SocketAddr = address.parse()?;

    let scx = ServerContext::new().build().await?;
    let listener = Builder::new().name("external").laddr(address).bind()?.tcp()?;
    eprintln!("{} listens on {}", listener.name(), listener.local_addr());

    MqttServer::new(scx).listener(listener).build().run().await?;
    Ok(())
}
