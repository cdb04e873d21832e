//! What only the build knows: what `rmqttd -V` prints (when, and with which compiler), and which
//! plugins are compiled in.
//!
//! The plugins are the table `[package.metadata.plugins]` of the manifest; see [`plugin_table`].

use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs, io};

#[path = "build/plugin_table.rs"]
mod plugin_table;

fn main() -> io::Result<()> {
    write_plugins()?;
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    println!("cargo::rustc-env=RMQTTD_BUILD_TIME={}", build_time());
    println!("cargo::rustc-env=RMQTTD_RUSTC_VERSION={}", rustc_version()?);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=Cargo.toml");
    println!("cargo::rerun-if-changed=src");
    Ok(())
}

/// Writes `plugin.rs`, which `src/plugins.rs` includes.
fn write_plugins() -> io::Result<()> {
    let manifest = fs::read_to_string("Cargo.toml")?;
    let plugins = plugin_table::read(&manifest).map_err(io::Error::other)?;
    let out_dir = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    fs::write(Path::new(&out_dir).join("plugin.rs"), plugin_table::source(&plugins))
}

/// `YYYYMMDDHHMMSS` in UTC; a reproducible build says by `SOURCE_DATE_EPOCH` what time it is.
fn build_time() -> String {
    let epoch = env::var("SOURCE_DATE_EPOCH").ok().and_then(|epoch| epoch.parse().ok());
    let seconds = epoch.unwrap_or_else(|| {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    });
    let (year, month, day) = date(seconds / 86_400);
    let of_day = seconds % 86_400;
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
}

/// Year, month and day of the Gregorian calendar, by counting from the first of January 1970.
fn date(mut days: u64) -> (u64, usize, u64) {
    let mut year = 1970;
    while days >= days_of_year(year) {
        days -= days_of_year(year);
        year += 1;
    }
    let february = days_of_year(year) - 337;
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while days >= months[month] {
        days -= months[month];
        month += 1;
    }
    (year, month + 1, days + 1)
}

fn days_of_year(year: u64) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    if leap { 366 } else { 365 }
}

/// `1.95.0` of `rustc 1.95.0 (…)`.
fn rustc_version() -> io::Result<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let printed = Command::new(rustc).arg("--version").output()?.stdout;
    let printed = String::from_utf8_lossy(&printed).into_owned();
    Ok(printed.split_whitespace().nth(1).unwrap_or("unknown").to_owned())
}
