//! `rmqttd`: options, settings, log, data directory, context, plugins, listeners, and then until a
//! signal comes.

use std::process::ExitCode;

use rmqtt_conf::{Options, Sources, report};

use configuration::{Configuration, Invocation};
use console::{print, say};

mod allocator;
mod configuration;
mod console;
mod data_dir;
mod files;
mod limits;
mod listeners;
mod logging;
mod overload;
mod plugins;
mod prepared;
mod reload;
mod screen;
mod server;
mod signals;
mod systemd;

/// What `-V` prints.
const VERSION: &str = concat!(
    "rmqtt/",
    env!("CARGO_PKG_VERSION"),
    "-",
    env!("RMQTTD_BUILD_TIME"),
    " rustc/",
    env!("RMQTTD_RUSTC_VERSION")
);

fn main() -> ExitCode {
    let options = Options::from_command_line();
    if options.version {
        return print(VERSION);
    }
    if options.print_default_config {
        return print(&report::default_config());
    }
    if options.print_config_schema {
        return print(&report::schema());
    }
    let invocation = Invocation { options, sources: Sources::of_this_process() };
    if invocation.options.check_config {
        return match Configuration::read(&invocation) {
            Ok(configuration) => print(&configuration.report()),
            Err(problems) => {
                say(problems);
                ExitCode::FAILURE
            }
        };
    }
    server::run(invocation)
}
