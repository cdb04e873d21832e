//! `docs/configuration.md` is what the code makes of it: the catalogues of all keys, and the tests
//! that show them. `RMQTT_REGENERATE=1` writes it anew.
//!
//! | module | what it holds |
//! |---|---|
//! | [`library`] | the names of RMQTT's library, against the code and the papers |
//! | [`shown`] | which test shows which key, read from the tests' sources |
//! | [`pending`] | what `docs/pending.toml` says of other names than keys, against the code and the papers |
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod library;
mod pending;
mod shown;

use std::fs;
use std::path::{Path, PathBuf};

use rmqtt_conf::report::{self, DocumentedPart};
use rmqtt_keys::{Catalogue, CatalogueEntry, Written};

use shown::Shown;

/// A configuration file of this build.
struct Part {
    title: String,
    /// What stands before its keys where they are mentioned outside of their file.
    prefix: &'static str,
    catalogue: Catalogue,
}

/// The main file, and those of the plugins that have keys.
fn parts() -> Vec<Part> {
    let main =
        Part { title: "`rmqtt.toml`".to_owned(), prefix: "", catalogue: report::catalogue() };
    let plugins = [
        rmqtt_counter::registration(),
        rmqtt_retainer::registration(),
        rmqtt_shared_subscription::registration(),
    ];
    let plugins = plugins.into_iter().map(|plugin| {
        let name = plugin.package.name;
        let read = (plugin.check)(&Written::default()).unwrap();
        Part { title: format!("`{name}.toml`"), prefix: name, catalogue: read.catalogue }
    });
    let with_keys = plugins.filter(|part| part.catalogue.iter().next().is_some());
    std::iter::once(main).chain(with_keys).collect()
}

impl Part {
    /// A key as tests and papers name it.
    fn name(&self, entry: &CatalogueEntry) -> String {
        match self.prefix {
            "" => entry.path.to_string(),
            prefix => format!("{prefix}: {}", entry.path),
        }
    }
}

/// The folder of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

#[test]
fn the_page_of_the_configuration_is_what_the_code_makes_of_it() {
    let shown = Shown::of_the_repository(&root());
    let parts = parts();
    let documented: Vec<_> = parts
        .iter()
        .map(|part| DocumentedPart {
            title: &part.title,
            catalogue: &part.catalogue,
            prefix: part.prefix,
        })
        .collect();
    let page = report::page(&documented, |key| shown.by(key));
    let file = root().join("docs/configuration.md");
    if std::env::var_os("RMQTT_REGENERATE").is_some() {
        fs::write(&file, page).unwrap();
        return;
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    let differing = page.lines().zip(written.lines()).find(|(made, written)| made != written);
    assert!(
        page == written,
        "docs/configuration.md is not what the code makes of it; RMQTT_REGENERATE=1 writes it anew. \
         The first difference: {differing:#?}"
    );
}

#[test]
fn every_key_that_a_test_shows_exists() {
    let shown = Shown::of_the_repository(&root());
    let parts = parts();
    let keys: Vec<String> =
        parts.iter().flat_map(|part| part.catalogue.iter().map(|entry| part.name(entry))).collect();
    let exists = |name: &str| keys.iter().any(|key| shown::matches(key, name));
    let unknown: Vec<&str> = shown.keys().filter(|name| !exists(name)).collect();
    assert!(unknown.is_empty(), "no such keys: {unknown:?}");
}
