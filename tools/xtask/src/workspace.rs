//! The repository as `cargo metadata` and `git` describe it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

use crate::process;

/// The workspace: its crates, all packages that they build on, and its folders.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    #[serde(rename = "workspace_root")]
    root: PathBuf,
    #[serde(rename = "target_directory")]
    target: PathBuf,
    resolve: Resolve,
}

/// A package: a crate of the workspace or one from a registry.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    /// The licence expression, if the manifest states one.
    pub(crate) license: Option<String>,
    manifest_path: PathBuf,
    /// The dependencies as the manifest declares them, optional ones included.
    pub(crate) dependencies: Vec<Dependency>,
}

/// A dependency as a manifest declares it.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    #[serde(deserialize_with = "kind_or_normal")]
    pub(crate) kind: Kind,
    /// The folder of a dependency that lies in the repository.
    pub(crate) path: Option<PathBuf>,
}

/// What a dependency is needed for.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// The crate itself.
    #[default]
    Normal,
    /// Its build script.
    Build,
    /// Its tests, examples and benchmarks.
    Dev,
}

#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Debug, Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

#[derive(Debug, Deserialize)]
struct EdgeKind {
    #[serde(deserialize_with = "kind_or_normal")]
    kind: Kind,
}

impl Workspace {
    /// Asks cargo for the workspace of the working directory, with default features.
    pub(crate) fn load() -> Result<Self> {
        let output = process::cargo()
            .args(["metadata", "--format-version", "1"])
            .output()
            .context("cannot start `cargo metadata`")?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "`cargo metadata` failed: {}", complaint.trim());
        serde_json::from_slice(&output.stdout).context("cannot read what `cargo metadata` printed")
    }

    /// The folder of the repository.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's target directory, as its settings and environment choose it.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The crates of the workspace, by name.
    pub(crate) fn members(&self) -> Vec<&Package> {
        let is_member = |package: &&Package| self.workspace_members.contains(&package.id);
        let mut members: Vec<&Package> = self.packages.iter().filter(is_member).collect();
        members.sort_by_key(|package| &package.name);
        members
    }

    /// The folder of a workspace crate, relative to the repository, with `/` between its parts.
    pub(crate) fn folder_of(&self, member: &Package) -> String {
        let folder = member.manifest_path.parent().unwrap_or(&self.root);
        folder.strip_prefix(&self.root).unwrap_or(folder).to_string_lossy().replace('\\', "/")
    }

    /// All packages of the default build and its tests, crates of the workspace included.
    pub(crate) fn resolved_packages(&self) -> Vec<&Package> {
        let by_id = self.packages_by_id();
        let mut packages: Vec<&Package> = self
            .resolve
            .nodes
            .iter()
            .filter_map(|node| by_id.get(node.id.as_str()).copied())
            .collect();
        packages.sort_by_key(|package| (&package.name, &package.version));
        packages
    }

    /// What each package needs to be compiled into a program (build scripts and tests left out), by
    /// package id, as ids.
    pub(crate) fn normal_edges(&self) -> HashMap<&str, Vec<&str>> {
        let is_normal = |edge: &&Edge| edge.dep_kinds.iter().any(|kind| kind.kind == Kind::Normal);
        self.resolve
            .nodes
            .iter()
            .map(|node| {
                let targets = node.deps.iter().filter(is_normal).map(|edge| edge.pkg.as_str());
                (node.id.as_str(), targets.collect())
            })
            .collect()
    }

    /// Every package by its id.
    pub(crate) fn packages_by_id(&self) -> HashMap<&str, &Package> {
        self.packages.iter().map(|package| (package.id.as_str(), package)).collect()
    }

    /// The files that git tracks, and those it would if they were added: relative to the
    /// repository, with `/` between their parts, sorted. A file that was deleted but not yet
    /// committed as such is left out.
    pub(crate) fn tracked_files(&self) -> Result<Vec<String>> {
        let mut git = Command::new("git");
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let output = git.current_dir(&self.root).output().context("cannot start git")?;
        if !output.status.success() {
            bail!("`git ls-files` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let names = String::from_utf8(output.stdout).context("a file name is not UTF-8")?;
        let mut files: Vec<String> = names
            .split_terminator('\0')
            .filter(|name| self.root.join(name).exists())
            .map(str::to_owned)
            .collect();
        files.sort();
        files.dedup();
        Ok(files)
    }
}

/// Cargo writes `null` for an ordinary dependency.
fn kind_or_normal<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
    Ok(Option::<Kind>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_without_kind_is_a_normal_one() {
        let read = |kind: &str| {
            let text = format!(r#"{{"name": "a", "kind": {kind}, "path": null}}"#);
            serde_json::from_str::<Dependency>(&text).unwrap().kind
        };
        assert_eq!(read("null"), Kind::Normal);
        assert_eq!(read("\"build\""), Kind::Build);
        assert_eq!(read("\"dev\""), Kind::Dev);
    }
}
