//! `rmqttd`: options, settings, log, data directory, context, plugins, listeners, and then until a
//! signal comes.

use std::io::{self, Write};
use std::process::ExitCode;

use rmqtt_conf::{Options, Sources, report};

use configuration::Configuration;
use logging::Logging;

mod allocator;
mod configuration;
mod data_dir;
mod files;
mod limits;
mod listeners;
mod logging;
mod overload;
mod plugins;
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
    let sources = Sources::of_this_process();
    let configuration = match Configuration::read(&options, &sources) {
        Ok(configuration) => configuration,
        Err(problems) => {
            eprintln!("{problems}");
            return ExitCode::FAILURE;
        }
    };
    if options.check_config {
        return print(&configuration.report());
    }
    let settings = configuration.settings();
    let logging = Logging::start(&settings.log);
    configuration.log_warnings();
    match server::run(settings, &options, &sources, &logging) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            logging.end_with(&error);
            ExitCode::FAILURE
        }
    }
}

/// Prints to standard output, which may be closed.
fn print(text: &str) -> ExitCode {
    match writeln!(io::stdout(), "{}", text.trim_end()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
