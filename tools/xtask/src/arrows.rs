//! Which crate may import which, and what keeps the pure crates pure.
//!
//! Module boundaries erode: any file may grow a `use`. A crate cannot reach what its manifest does
//! not name, so the rules that matter most stand on crate boundaries, and this check reads the
//! manifests. The rules themselves are data, in [`table`].
//!
//! | module | what it checks |
//! |---|---|
//! | [`imports`] | every declared dependency between crates of the workspace |
//! | [`runtimes`] | that no async runtime reaches a pure crate through its dependencies |
//! | [`purity`] | that no pure crate reads a clock, opens a socket or file, or is unsafe |

use std::fs;

use anyhow::{Context as _, Result};

use self::imports::Member;
use crate::findings::Findings;
use crate::workspace::Workspace;

mod imports;
mod purity;
mod runtimes;
mod table;

/// Reads the manifests and sources of the workspace and fails if they break a rule of the table.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut findings = Findings::default();
    let members: Vec<Member> =
        workspace.members().into_iter().map(|package| Member::new(workspace, package)).collect();
    imports::check(&members, &table::ROWS, &mut findings);
    check_dependencies(workspace, &mut findings);
    check_sources(workspace, &members, &mut findings)?;
    let arrows: usize = members.iter().map(|member| member.imports.len()).sum();
    findings.report("arrows", format_args!("{} crates, {arrows} arrows", members.len()))
}

fn check_dependencies(workspace: &Workspace, findings: &mut Findings) {
    let edges = workspace.normal_edges();
    let by_id = workspace.packages_by_id();
    let name_of = |id: &str| by_id.get(id).map_or("unknown", |package| package.name.as_str());
    for package in workspace.members() {
        if table::rules_of(&package.name).forbids_runtimes() {
            runtimes::check(&package.id, &edges, &name_of, findings);
        }
    }
}

fn check_sources(workspace: &Workspace, members: &[Member], findings: &mut Findings) -> Result<()> {
    let files = workspace.tracked_files()?;
    for member in members {
        let rules = table::rules_of(&member.name);
        let sources = format!("{}/src/", member.folder);
        for file in files.iter().filter(|file| file.starts_with(&sources) && file.ends_with(".rs"))
        {
            let text = fs::read_to_string(workspace.root().join(file))
                .with_context(|| format!("cannot read {file}"))?;
            purity::check(file, &text, rules, findings);
        }
    }
    Ok(())
}
