//! The table `[package.metadata.plugins]`, and the source that registers what stands in it.
//!
//! ```toml
//! [package.metadata.plugins]
//! rmqtt-counter = { name = "rmqtt-counter", default_startup = true, immutable = false }
//! ```
//!
//! The key is a dependency of this crate; all fields may be left out.

use std::fmt::Write as _;

use toml::{Table, Value};

/// One plugin that is compiled in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BuiltIn {
    /// The dependency that it is.
    package: String,
    /// The name under which it is registered. Default: the dependency's.
    name: String,
    /// It is started unless the configuration disables it.
    default_startup: bool,
    /// It is neither started, stopped nor reloaded on request.
    immutable: bool,
}

/// Reads the table of a manifest, in the order of its keys.
///
/// # Errors
/// A sentence that names the entry that is wrong.
pub(crate) fn read(manifest: &str) -> Result<Vec<BuiltIn>, String> {
    let manifest: Table = manifest.parse().map_err(|error| format!("Cargo.toml: {error}"))?;
    let section = |path: &[&str]| {
        let mut table = &manifest;
        for name in path {
            table = table.get(*name)?.as_table()?;
        }
        Some(table)
    };
    let Some(plugins) = section(&["package", "metadata", "plugins"]) else {
        return Ok(Vec::new());
    };
    let mut built_in: Vec<BuiltIn> = Vec::new();
    for (package, entry) in plugins {
        if !section(&["dependencies"]).is_some_and(|table| table.contains_key(package)) {
            return Err(format!(
                "[package.metadata.plugins] names {package}, which is no dependency: add it to \
                 [dependencies], or take it out of the table"
            ));
        }
        let plugin = entry_of(package, entry)?;
        if let Some(first) = built_in.iter().find(|other| other.name == plugin.name) {
            return Err(format!(
                "[package.metadata.plugins] gives {} and {package} the same name {}",
                first.package, plugin.name
            ));
        }
        built_in.push(plugin);
    }
    Ok(built_in)
}

fn entry_of(package: &str, entry: &Value) -> Result<BuiltIn, String> {
    let wrong = |what: &str| format!("[package.metadata.plugins] {package}: {what}");
    let fields = entry.as_table().ok_or_else(|| wrong("a table is expected"))?;
    let mut plugin = BuiltIn {
        package: package.to_owned(),
        name: package.to_owned(),
        default_startup: false,
        immutable: false,
    };
    for (field, value) in fields {
        let flag = || value.as_bool().ok_or_else(|| wrong(&format!("{field} is true or false")));
        match field.as_str() {
            "name" => {
                let name = value.as_str().filter(|name| !name.is_empty());
                name.ok_or_else(|| wrong("name is a text"))?.clone_into(&mut plugin.name);
            }
            "default_startup" => plugin.default_startup = flag()?,
            "immutable" => plugin.immutable = flag()?,
            _ => return Err(wrong(&format!("unknown field {field}"))),
        }
    }
    Ok(plugin)
}

/// The source of `plugin.rs`: what is compiled in, and a function that registers all of it.
pub(crate) fn source(plugins: &[BuiltIn]) -> String {
    let mut list = String::new();
    let mut calls = String::new();
    for BuiltIn { package, name, default_startup, immutable } in plugins {
        let path = package.replace('-', "_");
        // Writing to a text does not fail.
        let _ = writeln!(
            list,
            "    BuiltIn {{ name: {name:?}, registration: {path}::registration, \
             default_startup: {default_startup} }},"
        );
        let _ = writeln!(
            calls,
            "    {path}::register_named(scx, {name:?}, starts({name:?}), {immutable}).await?;"
        );
    }
    format!(
        "/// The plugins of this build, sorted.\n\
         pub(crate) static BUILT_IN: &[BuiltIn] = &[\n{list}];\n\n\
         /// Registers them; those for which `starts` is true are started.\n\
         ///\n\
         /// # Errors\n\
         /// One of them could not start. Those after it are not registered.\n\
         async fn registers(\n    \
             scx: &::rmqtt::ServerContext,\n    \
             starts: impl Fn(&str) -> bool,\n\
         ) -> Result<(), ::rmqtt::plugin::PluginError> {{\n{calls}    Ok(())\n}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(table: &str) -> String {
        format!(
            "[package]\nname = \"x\"\n[dependencies]\nrmqtt-a = \"1\"\nrmqtt-b = \"1\"\n\
             [package.metadata.plugins]\n{table}\n"
        )
    }

    #[test]
    fn fields_have_defaults_and_entries_are_sorted() {
        let table = "rmqtt-b = { name = \"bee\", default_startup = true, immutable = true }\n\
                     rmqtt-a = {}";
        let plugin = |package: &str, name: &str, default_startup, immutable| BuiltIn {
            package: package.to_owned(),
            name: name.to_owned(),
            default_startup,
            immutable,
        };
        let expected =
            [plugin("rmqtt-a", "rmqtt-a", false, false), plugin("rmqtt-b", "bee", true, true)];
        assert_eq!(read(&manifest(table)).unwrap(), expected);
        assert_eq!(read("[package]\n").unwrap(), []);
    }

    #[test]
    fn an_entry_that_is_no_dependency_is_named() {
        assert_eq!(
            read(&manifest("rmqtt-c = {}")).unwrap_err(),
            "[package.metadata.plugins] names rmqtt-c, which is no dependency: add it to \
             [dependencies], or take it out of the table"
        );
    }

    #[test]
    fn a_wrong_entry_is_named() {
        for (entry, what) in [
            ("rmqtt-a = 1", "rmqtt-a: a table is expected"),
            ("rmqtt-a = { immutable = 1 }", "rmqtt-a: immutable is true or false"),
            (
                "rmqtt-a = { default_startup = \"yes\" }",
                "rmqtt-a: default_startup is true or false",
            ),
            ("rmqtt-a = { name = \"\" }", "rmqtt-a: name is a text"),
            ("rmqtt-a = { startup = true }", "rmqtt-a: unknown field startup"),
            (
                "rmqtt-a = {}\nrmqtt-b = { name = \"rmqtt-a\" }",
                "gives rmqtt-a and rmqtt-b the same name rmqtt-a",
            ),
        ] {
            let error = read(&manifest(entry)).unwrap_err();
            assert_eq!(error, format!("[package.metadata.plugins] {what}"));
        }
    }

    #[test]
    fn the_source_registers_each_under_its_name() {
        let table = "rmqtt-b = { name = \"bee\", default_startup = true, immutable = true }";
        let source = source(&read(&manifest(table)).unwrap());
        assert!(source.contains(
            "BuiltIn { name: \"bee\", registration: rmqtt_b::registration, default_startup: true }"
        ));
        assert!(
            source.contains("rmqtt_b::register_named(scx, \"bee\", starts(\"bee\"), true).await?;")
        );
    }
}
