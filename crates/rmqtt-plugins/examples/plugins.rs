//! A broker with a set of plugins of its own choice, one of them under a name of its own and one that
//! is started only once the broker runs: `plugins [ADDRESS]`.

use std::error::Error;
use std::net::SocketAddr;

use rmqtt::net::Builder;
use rmqtt::{MqttServer, ServerContext};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "0.0.0.0:1883".to_owned());
    let address: SocketAddr = address.parse()?;

    let scx = ServerContext::new()
        .plugins_config_map([
            ("sharing", "strategy = \"sticky\""),
            ("rmqtt-retainer", "max_retained_messages = 1000"),
        ])
        .build()
        .await?;
    rmqtt_plugins::retainer::register(&scx, true, true).await?;
    rmqtt_plugins::shared_subscription::register_named(&scx, "sharing", false, false).await?;

    let listener = Builder::new().name("external").laddr(address).bind()?.tcp()?;
    let address = listener.local_addr();
    MqttServer::new(scx.clone()).listener(listener).build().start().await?;
    scx.plugins().start("sharing").await?;
    for plugin in scx.plugins().statuses().await {
        eprintln!("plugin {}: active {}, {}", plugin.name, plugin.active, plugin.attrs);
    }
    eprintln!("external/tcp listens on {address}");
    Err(scx.failure().await.into())
}
