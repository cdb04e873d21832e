//! The program as its operator meets it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod checking;
mod daemon;
mod data_dir;
#[cfg(target_os = "linux")]
mod early;
mod ending;
mod flags;
mod home;
#[cfg(target_os = "linux")]
mod log;
#[cfg(target_os = "linux")]
mod manager;
mod original;
#[cfg(target_os = "linux")]
mod overload;
mod plugins;
mod printed;
mod problems;
#[cfg(target_os = "linux")]
mod reload;
mod shipped;
mod sources;
#[cfg(target_os = "linux")]
mod systemd;
