//! The life of a plugin, from its registration to its end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rmqtt::hook::{Future, Handler, Point, Register};
use rmqtt::plugin::serde_json::{Value, json};
use rmqtt::plugin::{Plugin, PluginError, Ports, Registration, async_trait};
use rmqtt::{MqttServer, RetainedLimits, ServerContext};
use tokio::sync::Semaphore;

/// What plugins of one test have done, in order.
#[derive(Clone)]
struct Diary {
    notes: Arc<Mutex<Vec<String>>>,
    /// A permit for each that lingers.
    may_stop: Arc<Semaphore>,
}

impl Default for Diary {
    fn default() -> Self {
        Self { notes: Arc::default(), may_stop: Arc::new(Semaphore::new(0)) }
    }
}

impl Diary {
    fn note(&self, plugin: &str, what: &str) {
        self.notes.lock().unwrap().push(format!("{plugin} {what}"));
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.notes.lock().unwrap())
    }
}

tokio::task_local! {
    static DIARY: Diary;
}

/// Behaves as its name says: `…-retain…` offers retained messages, `…-stays…` refuses to stop,
/// `…-fails…` cannot start, though its handler is called by then, `…-panics…` panics in its start, `…-lingers…` stops when it may.
#[derive(Plugin)]
struct Actor {
    name: String,
    diary: Diary,
    register: Register,
}

/// The handler of an actor.
struct BeforeStartup(String, Diary);

impl Handler for BeforeStartup {
    fn before_startup(&self) -> Future<()> {
        self.1.note(&self.0, "is asked");
        Box::pin(async {})
    }
}

impl Actor {
    async fn new(scx: ServerContext, name: impl Into<String>) -> rmqtt::plugin::Result<Self> {
        let (name, diary) = (name.into(), DIARY.get());
        diary.note(&name, "new");
        let mut register = scx.hooks().register(&name);
        register.add(Point::BeforeStartup, Arc::new(BeforeStartup(name.clone(), diary.clone())));
        Ok(Self { name, diary, register })
    }

    fn note(&self, what: &str) {
        self.diary.note(&self.name, what);
    }
}

#[async_trait]
impl Plugin for Actor {
    fn offer(&self, ports: &mut Ports) {
        if self.name.contains("retain") {
            ports.retain(RetainedLimits::default());
        }
    }

    async fn init(&mut self) -> rmqtt::plugin::Result {
        self.note("init");
        Ok(())
    }

    async fn get_config(&self) -> rmqtt::plugin::Result<Value> {
        Ok(json!({ "name": self.name }))
    }

    async fn load_config(&mut self) -> rmqtt::plugin::Result {
        self.note("load_config");
        Ok(())
    }

    async fn start(&mut self) -> rmqtt::plugin::Result {
        self.register.start();
        if self.name.contains("fails") {
            return Err("nothing works".into());
        }
        assert!(!self.name.contains("panics"), "something unforeseen");
        self.note("start");
        Ok(())
    }

    async fn stop(&mut self) -> rmqtt::plugin::Result<bool> {
        self.note("stop");
        if self.name.contains("stays") {
            return Ok(false);
        }
        self.register.stop();
        if self.name.contains("lingers") {
            self.diary.may_stop.acquire().await?.forget();
        }
        Ok(true)
    }

    async fn attrs(&self) -> Value {
        json!("attributes")
    }

    async fn send(&self, message: Value) -> rmqtt::plugin::Result<Value> {
        Ok(json!([message]))
    }
}

rmqtt::register!(Actor::new);

async fn test<F: std::future::Future<Output = ()>>(body: impl FnOnce(ServerContext, Diary) -> F) {
    let diary = Diary::default();
    let context = ServerContext::new().build().await.unwrap();
    DIARY.scope(diary.clone(), body(context, diary)).await;
}

#[tokio::test]
async fn a_plugin_that_is_not_default_is_made_when_it_is_started() {
    test(|scx, diary| async move {
        register_named(&scx, "a", false, false).await.unwrap();
        let error = scx.plugins().get_config("a").await.unwrap_err();
        assert_eq!(error.to_string(), "plugin a: the plug-in is not initialized");
        assert!(diary.take().is_empty());
        scx.plugins().start("a").await.unwrap();
        assert_eq!(diary.take(), ["a new", "a init", "a start"]);
        assert!(scx.plugins().stop("a").await.unwrap());
        scx.plugins().start("a").await.unwrap();
        scx.plugins().start("a").await.unwrap();
        assert_eq!(diary.take(), ["a stop", "a start"], "it is initialized once");
    })
    .await;
}

#[tokio::test]
async fn a_default_plugin_works_once_it_is_registered() {
    test(|scx, diary| async move {
        register(&scx, true, false).await.unwrap();
        let name = "rmqtt";
        assert_eq!(diary.take(), ["rmqtt new", "rmqtt init", "rmqtt start"]);
        let status = scx.plugins().status(name).await.unwrap();
        assert!(status.inited && status.active && !status.immutable);
        assert_eq!((status.package.name, status.attrs), ("rmqtt", json!("attributes")));
        assert_eq!(scx.plugins().get_config(name).await.unwrap(), json!({ "name": name }));
        assert_eq!(scx.plugins().send(name, json!(1)).await.unwrap(), json!([1]));
        scx.plugins().load_config(name).await.unwrap();
        assert_eq!(diary.take(), ["rmqtt load_config"]);
    })
    .await;
}

#[tokio::test]
async fn a_plugin_that_refuses_to_stop_stays_active() {
    test(|scx, _diary| async move {
        register_named(&scx, "stays", true, false).await.unwrap();
        assert!(!scx.plugins().stop("stays").await.unwrap());
        assert!(scx.plugins().status("stays").await.unwrap().active);
    })
    .await;
}

#[tokio::test]
async fn an_immutable_plugin_is_asked_but_never_changed() {
    test(|scx, diary| async move {
        register_named(&scx, "a", true, true).await.unwrap();
        diary.take();
        let plugins = scx.plugins();
        let refused = [
            plugins.start("a").await.unwrap_err(),
            plugins.stop("a").await.unwrap_err(),
            plugins.load_config("a").await.unwrap_err(),
        ];
        for error in refused {
            assert_eq!(error.to_string(), "plugin a: the plug-in is immutable");
        }
        assert!(diary.take().is_empty());
        plugins.get_config("a").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_name_that_is_registered_again_ends_the_plugin_before() {
    test(|scx, diary| async move {
        register_named(&scx, "stays-retain", true, false).await.unwrap();
        diary.take();
        register_named(&scx, "stays-retain", false, false).await.unwrap();
        assert_eq!(diary.take(), ["stays-retain stop"]);
        assert!(!scx.plugins().status("stays-retain").await.unwrap().inited);
        assert!(!scx.retain_is_available());
    })
    .await;
}

/// Once the second of two registrations of one name found nobody to end while the first still waited
/// for the plugin before. Both were made, and the first to be ready was in no table any more: nobody
/// could stop it.
#[tokio::test]
async fn of_registrations_at_the_same_time_the_last_stays_and_all_others_are_ended() {
    test(|scx, diary| async move {
        let name = "lingers-retain";
        register_named(&scx, name, true, false).await.unwrap();
        diary.take();
        let (second, third, start, ()) = tokio::join!(
            biased;
            register_named(&scx, name, true, false),
            register_named(&scx, name, true, false),
            scx.plugins().start(name),
            // All of them wait by now.
            async { diary.may_stop.add_permits(3) },
        );
        second.unwrap();
        third.unwrap();
        start.unwrap();
        let expected = ["stop", "new", "init", "start", "stop", "new", "init", "start"];
        assert_eq!(diary.take(), expected.map(|what| format!("{name} {what}")));
        assert!(scx.retain_is_available());
        assert!(scx.shutdown(Duration::from_secs(20)).await);
        assert_eq!(diary.take(), [format!("{name} stop")], "one was left");
    })
    .await;
}

#[tokio::test]
async fn a_name_that_nobody_has_is_an_error() {
    test(|scx, _diary| async move {
        let error = scx.plugins().start("a").await.unwrap_err();
        assert_eq!(error.to_string(), "there is no plugin a");
    })
    .await;
}

#[tokio::test]
async fn a_failure_and_a_panic_end_the_start_with_the_plugins_name() {
    test(|scx, _diary| async move {
        let failed = register_named(&scx, "fails-retain", true, false).await.unwrap_err();
        assert_eq!(failed.to_string(), "plugin fails-retain cannot start: nothing works");
        let panicked = register_named(&scx, "panics-retain", true, false).await.unwrap_err();
        assert_eq!(
            panicked.to_string(),
            "plugin panics-retain panicked when it was to start: something unforeseen"
        );
        assert!(scx.plugins().status("fails-retain").await.unwrap().inited);
        assert!(!scx.plugins().status("panics-retain").await.unwrap().inited, "it is gone");
        register_named(&scx, "retain", true, false).await.expect("nobody has kept the port");
    })
    .await;
}

/// Once the handlers of a plugin that failed in the middle of its start went on being called.
#[tokio::test]
async fn what_a_start_that_failed_has_begun_is_ended() {
    test(|scx, diary| async move {
        for name in ["fails", "fails-stays"] {
            register_named(&scx, name, true, false).await.unwrap_err();
            let expected = ["new", "init", "stop"].map(|what| format!("{name} {what}"));
            assert_eq!(diary.take(), expected);
        }
        register_named(&scx, "works", true, false).await.unwrap();
        diary.take();
        assert!(scx.plugins().status("fails").await.unwrap().inited);
        let stays = scx.plugins().status("fails-stays").await.unwrap();
        assert!(!stays.inited, "it has not stopped, so it is gone");
        MqttServer::new(scx.clone()).build().start().await.unwrap();
        assert_eq!(diary.take(), ["works is asked"]);
        assert!(scx.shutdown(Duration::from_secs(20)).await);
    })
    .await;
}

#[tokio::test]
async fn a_plugin_that_is_not_active_is_not_stopped_again() {
    test(|scx, diary| async move {
        register_named(&scx, "a", true, false).await.unwrap();
        assert!(scx.plugins().stop("a").await.unwrap());
        diary.take();
        assert!(scx.plugins().stop("a").await.unwrap());
        assert!(diary.take().is_empty());
        register_named(&scx, "never-started", false, false).await.unwrap();
        let error = scx.plugins().stop("never-started").await.unwrap_err();
        assert!(matches!(error, PluginError::NotInitialised { .. }), "{error}");
    })
    .await;
}

#[tokio::test]
async fn two_plugins_cannot_have_one_port_at_a_time() {
    test(|scx, _diary| async move {
        register_named(&scx, "retain-one", true, false).await.unwrap();
        let error = register_named(&scx, "retain-two", true, false).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "both retain-one and retain-two offer retained messages: only one of them can run"
        );
        assert!(scx.retain_is_available());
        assert!(scx.plugins().stop("retain-one").await.unwrap());
        assert!(!scx.retain_is_available());
        scx.plugins().start("retain-two").await.unwrap();
        assert!(scx.retain_is_available());
    })
    .await;
}

#[tokio::test]
async fn what_the_program_has_set_up_itself_no_plugin_offers() {
    let diary = Diary::default();
    let limits = RetainedLimits::default();
    let scx = ServerContext::new().retain(limits).build().await.unwrap();
    let registered = DIARY.scope(diary, register_named(&scx, "retain", true, false)).await;
    assert_eq!(
        registered.unwrap_err().to_string(),
        "both the program itself and retain offer retained messages: only one of them can run"
    );
    assert!(scx.retain_is_available());
}

#[tokio::test]
async fn the_end_of_the_broker_ends_its_plugins() {
    test(|scx, diary| async move {
        register_named(&scx, "a", true, true).await.unwrap();
        register_named(&scx, "b", true, false).await.unwrap();
        diary.take();
        assert!(scx.shutdown(Duration::from_secs(20)).await);
        assert_eq!(diary.take(), ["b stop", "a stop"]);
        assert_eq!(scx.plugins().names(), Vec::<String>::new());
        let late = register_named(&scx, "c", true, false).await;
        assert!(matches!(late, Err(PluginError::Ended { .. })));
    })
    .await;
}

#[test]
fn a_registration_knows_the_package() {
    let registration: Registration = registration();
    assert_eq!(registration.package.name, "rmqtt");
}
