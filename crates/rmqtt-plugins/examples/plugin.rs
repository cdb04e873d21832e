//! A broker with plugins that are configured by files: `plugin [ADDRESS [FOLDER]]`. A plugin without
//! a file in the folder takes the text that the program has for it, and without one its defaults.

use std::error::Error;
use std::net::SocketAddr;

use rmqtt::net::Builder;
use rmqtt::{MqttServer, ServerContext};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "0.0.0.0:1883".to_owned());
    let address: SocketAddr = address.parse()?;
    let folder = arguments.next().unwrap_or_else(|| "rmqtt-plugins".to_owned());

    let scx = ServerContext::new()
        .plugins_config_dir(folder)
        .plugins_config_map_add("rmqtt-retainer", "max_payload_size = \"64KB\"")
        .build()
        .await?;
    rmqtt_plugins::counter::register(&scx, true, false).await?;
    rmqtt_plugins::retainer::register(&scx, true, false).await?;
    rmqtt_plugins::shared_subscription::register(&scx, true, false).await?;

    let listener = Builder::new().name("external").laddr(address).bind()?.tcp()?;
    eprintln!("{} listens on {}", listener.name(), listener.local_addr());
    MqttServer::new(scx).listener(listener).build().run().await?;
    Ok(())
}
