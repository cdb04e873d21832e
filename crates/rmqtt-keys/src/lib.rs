//! Configuration keys: what was written, where it was written, and how it is read.
//!
//! | step | type | knows |
//! |---|---|---|
//! | what was written | [`Written`] | raw values of files, environment and command line, each with its [`Place`] |
//! | asking for it | [`Reader`], [`Section`] | a read is the declaration of the key: [`Key`], type, bounds, default |
//! | what exists | [`Catalogue`] | every key that a reader asks for, as data |
//! | what holds | [`Effective`] | every value with where it comes from |
//! | what is wrong | [`Problems`] | every problem at once, one line each |
//! | what is good to know | [`Warning`] | what is accepted and has no effect |
//!
//! There is no second list of the keys that could drift from the code that reads them: the template
//! of a configuration file, the JSON schema and the documentation are made of the catalogue. A key
//! of a file that nobody asks for is an error, so that a misspelled limit does not become a default
//! in silence. This crate knows no key by name.

mod catalogue;
mod choice;
mod duration;
mod effective;
mod environment;
mod json_text;
mod key;
mod key_path;
mod known;
mod line_index;
mod nearest;
mod place;
mod problem;
mod quantity;
mod raw_value;
mod reader;
mod schema;
mod section;
mod size;
mod template;
mod toml_text;
mod warning;
mod written;
mod yaml_text;

pub use catalogue::{Absent, Catalogue, CatalogueEntry, Kind, Status};
pub use choice::Choice;
pub use duration::{DurationError, format_duration, parse_duration};
pub use effective::{Effective, EffectiveValue};
pub use key::{Key, key};
pub use key_path::KeyPath;
pub use nearest::nearest_name;
pub use place::Place;
pub use problem::{Problem, Problems};
pub use raw_value::RawValue;
pub use reader::{Read, Reader};
pub use section::Section;
pub use size::{SizeError, format_size, parse_size};
pub use warning::Warning;
pub use written::{Written, WrittenValue};
