use super::super::{Package, PackageInfo, Plugin};
use super::*;

struct Idle;

impl PackageInfo for Idle {
    fn package(&self) -> Package {
        Package::default()
    }
}

#[async_trait::async_trait]
impl Plugin for Idle {}

fn idle() -> Registration {
    Registration {
        package: Package::default(),
        construct: |_scx, _name| Box::pin(async { Ok(Box::new(Idle) as Box<dyn Plugin>) }),
        check: |_written| unreachable!("nobody checks it"),
    }
}

/// Once whoever had found a plugin just before it lost its name started it: it ran, and nobody could
/// stop it.
#[tokio::test]
async fn a_plugin_that_has_lost_its_name_is_not_started_any_more() {
    let scx = ServerContext::new().build().await.unwrap();
    let plugins = scx.plugins();
    plugins.register(idle(), "a", false, false).await.unwrap();
    let found = plugins.entry("a").unwrap();
    plugins.register(idle(), "a", false, false).await.unwrap();
    assert!(found.claim().await.is_none());
    let (current, _instance) = plugins.claim("a").await.unwrap();
    assert!(!Arc::ptr_eq(&found, &current));
}
