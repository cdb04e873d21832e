//! `rmqttd`: options, settings, log, context, and then until a signal comes.

use std::io::{self, Write};
use std::process::ExitCode;

use rmqtt_conf::{Options, Settings};

mod files;
mod limits;
mod listeners;
mod logging;
mod server;
mod signals;

#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
        return print_line(VERSION);
    }
    let settings = match Settings::load(&options) {
        Ok(settings) => settings,
        Err(problems) => {
            eprintln!("{problems}");
            return ExitCode::FAILURE;
        }
    };
    logging::start(&settings.log);
    match server::run(&settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Prints to standard output, which may be closed.
fn print_line(line: &str) -> ExitCode {
    match writeln!(io::stdout(), "{line}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
