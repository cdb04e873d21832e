//! What is printed of a configuration, as text. Plugins' configurations are printed by the same
//! functions: they take what any reading yields.

mod checked;
mod document;

pub use checked::{catalogue, checked, default_config, schema};
pub use document::{DocumentedPart, page};
