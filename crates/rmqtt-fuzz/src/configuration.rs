//! Text of a configuration file, and variables of the environment.
//!
//! An input is a byte that names the format, the text up to the byte 0xFF, and variables, each up to
//! the next such byte: `NAME=value`.

use std::path::Path;
use std::sync::Arc;

use rmqtt_keys::{Problems, Written};

use crate::input::Input;

mod complaints;
mod json;
mod quantities;
mod settings;
mod values;

/// The formats, each with what reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Toml,
    Json,
    Yaml,
}

/// # Panics
/// When something does not hold.
pub fn run(input: &[u8]) {
    let mut input = Input::new(input);
    let format = input.one_of(&[Format::Toml, Format::Json, Format::Yaml]);
    let text = String::from_utf8_lossy(input.until(0xFF));
    let file: Arc<Path> = Arc::from(Path::new("some.file"));
    let read = format.read(&text, &file);
    if format == Format::Json {
        json::check(&text, &read);
    }
    let mut written = match read {
        Ok(written) => {
            complaints::check_places(&written, &text, &file);
            values::check(&written);
            written
        }
        Err(problems) => {
            complaints::check_syntax(&problems, &text, &file);
            Written::default()
        }
    };
    let mut variables = Vec::new();
    while !input.is_empty() {
        let variable = String::from_utf8_lossy(input.until(0xFF)).into_owned();
        quantities::check(&variable);
        variables.push(settings::variable(&variable));
    }
    written.add_environment("RMQTT_", variables);
    if !written.is_empty() {
        settings::check(&written);
    }
}

impl Format {
    fn read(self, text: &str, file: &Arc<Path>) -> Result<Written, Problems> {
        match self {
            Self::Toml => Written::from_toml(text, file),
            Self::Json => Written::from_json(text, file),
            Self::Yaml => Written::from_yaml(text, file),
        }
    }
}
