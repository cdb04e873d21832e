//! Every declared dependency between crates of the workspace, against the table.

use super::table::{PLUGIN_IMPORTS, PLUGINS_FOLDER, Row, Tier};
use crate::findings::Findings;
use crate::workspace::{Kind, Package, Workspace};

/// A crate of the workspace and the crates of the workspace that it depends on.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    /// Relative to the repository.
    pub(super) folder: String,
    pub(super) imports: Vec<Import>,
}

/// A dependency on another crate of the workspace.
#[derive(Debug)]
pub(super) struct Import {
    name: String,
    kind: Kind,
}

impl Member {
    /// The crate as its manifest describes it.
    pub(super) fn new(workspace: &Workspace, package: &Package) -> Self {
        let inside = package.dependencies.iter().filter(|dependency| dependency.path.is_some());
        Self {
            name: package.name.clone(),
            folder: workspace.folder_of(package),
            imports: inside
                .map(|dependency| Import { name: dependency.name.clone(), kind: dependency.kind })
                .collect(),
        }
    }

    /// A crate whose tests name the crate itself, to have it with its features, imports nothing.
    fn is_itself(&self, import: &Import) -> bool {
        import.kind == Kind::Dev && import.name == self.name
    }

    fn is_plugin(&self) -> bool {
        self.folder.starts_with(PLUGINS_FOLDER)
    }
}

/// What a crate may import, whether it has a row or is a plugin.
struct Permission<'a> {
    tier: Tier,
    named: &'a [&'a str],
    plugins: bool,
}

/// Notes every crate that the table does not know, every row without its crate, and every arrow
/// that the table does not allow.
pub(super) fn check(members: &[Member], rows: &[Row], findings: &mut Findings) {
    check_presence(members, rows, findings);
    for member in members {
        let folder_name = member.folder.rsplit('/').next().unwrap_or_default();
        if folder_name != member.name {
            findings.add(
                &member.folder,
                format_args!("the folder of the crate {} is named otherwise", member.name),
            );
        }
        let Some(permission) = permission_of(member, rows) else {
            findings.add(
                &member.name,
                "the crate has no row in the table of arrows (tools/xtask/src/arrows/table.rs)",
            );
            continue;
        };
        for import in &member.imports {
            if !member.is_itself(import) && !permission.allows(import, members, rows) {
                findings.add(&member.name, refusal(import, &permission));
            }
        }
    }
}

fn check_presence(members: &[Member], rows: &[Row], findings: &mut Findings) {
    for row in rows {
        let exists = members.iter().any(|member| member.name == row.name);
        if !exists && !row.planned {
            findings
                .add(row.name, "the table of arrows has a row for it, but there is no such crate");
        } else if exists && row.planned {
            findings
                .add(row.name, "the crate exists; strike `.planned()` from its row in the table");
        }
    }
}

fn permission_of<'a>(member: &Member, rows: &'a [Row]) -> Option<Permission<'a>> {
    if member.is_plugin() {
        let named = PLUGIN_IMPORTS;
        return Some(Permission { tier: Tier::Plugin, named, plugins: false });
    }
    let row = rows.iter().find(|row| row.name == member.name)?;
    Some(Permission { tier: row.tier, named: row.imports, plugins: row.imports_plugins })
}

impl Permission<'_> {
    /// A crate and its build script import what the row lists. Tests may also use the judges, and
    /// any crate of a lower tier.
    fn allows(&self, import: &Import, members: &[Member], rows: &[Row]) -> bool {
        if self.named.contains(&import.name.as_str()) {
            return true;
        }
        let target = members.iter().find(|member| member.name == import.name);
        if self.plugins && target.is_some_and(Member::is_plugin) {
            return true;
        }
        let tier = target.and_then(|target| permission_of(target, rows)).map(|target| target.tier);
        import.kind == Kind::Dev && tier.is_some_and(|tier| tier == Tier::Judge || tier < self.tier)
    }
}

fn refusal(import: &Import, permission: &Permission<'_>) -> String {
    let allowed = match (permission.named, permission.plugins) {
        ([], false) => "no crate of the workspace".to_owned(),
        (named, false) => named.join(", "),
        (named, true) => format!("{}, any plugin", named.join(", ")),
    };
    match import.kind {
        Kind::Normal => format!("may not import {}; its row allows {allowed}", import.name),
        Kind::Build => {
            format!("its build script may not import {}; its row allows {allowed}", import.name)
        }
        Kind::Dev => format!(
            "its tests may not import {}; they may use {allowed}, the judges and lower tiers",
            import.name
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrows::table::ROWS;

    fn member(folder: &str, imports: &[(&str, Kind)]) -> Member {
        let import = |(name, kind): &(&str, Kind)| Import { name: (*name).to_owned(), kind: *kind };
        Member {
            name: folder.rsplit('/').next().unwrap().to_owned(),
            folder: folder.to_owned(),
            imports: imports.iter().map(import).collect(),
        }
    }

    /// Checks the given crates among all those of the table that exist.
    fn complaints(mut members: Vec<Member>) -> Vec<String> {
        for row in ROWS.iter().filter(|row| !row.planned) {
            if members.iter().all(|member| member.name != row.name) {
                members.push(member(&format!("crates/{}", row.name), &[]));
            }
        }
        let mut findings = Findings::default();
        check(&members, &ROWS, &mut findings);
        findings.lines().to_vec()
    }

    #[test]
    fn an_arrow_of_the_table_is_allowed() {
        let session = member("crates/rmqtt-session", &[("rmqtt-codec", Kind::Normal)]);
        assert!(complaints(vec![session]).is_empty());
    }

    #[test]
    fn an_arrow_outside_the_table_is_refused_with_what_is_allowed() {
        let topic = member("crates/rmqtt-topic", &[("rmqtt-codec", Kind::Normal)]);
        let session = member("crates/rmqtt-session", &[("rmqtt-net", Kind::Build)]);
        assert_eq!(
            complaints(vec![topic, session]),
            [
                "rmqtt-topic: may not import rmqtt-codec; its row allows no crate of the workspace",
                "rmqtt-session: its build script may not import rmqtt-net; its row allows \
                 rmqtt-codec, rmqtt-topic, rmqtt-message",
            ]
        );
    }

    #[test]
    fn tests_may_use_judges_and_lower_tiers_but_not_higher_ones() {
        let codec = member("crates/rmqtt-codec", &[("rmqtt-test", Kind::Dev)]);
        let net = member("crates/rmqtt-net", &[("rmqtt-codec", Kind::Dev)]);
        assert!(complaints(vec![codec, net]).is_empty());
        let topic = member("crates/rmqtt-topic", &[("rmqtt-net", Kind::Dev)]);
        assert_eq!(complaints(vec![topic]).len(), 1);
    }

    #[test]
    fn a_crate_may_name_itself_for_its_tests_alone() {
        let plugins = member("crates/rmqtt-plugins", &[("rmqtt-plugins", Kind::Dev)]);
        assert!(complaints(vec![plugins]).is_empty());
        let plugins = member("crates/rmqtt-plugins", &[("rmqtt-plugins", Kind::Build)]);
        assert_eq!(complaints(vec![plugins]).len(), 1);
    }

    #[test]
    fn a_lower_tier_is_for_tests_only_unless_the_row_lists_it() {
        let net = member("crates/rmqtt-net", &[("rmqtt-codec", Kind::Normal)]);
        assert_eq!(complaints(vec![net]).len(), 1);
    }

    #[test]
    fn a_crate_without_a_row_is_an_error() {
        let complaints = complaints(vec![member("crates/rmqtt-surprise", &[])]);
        assert!(complaints[0].contains("no row"), "{complaints:?}");
    }

    #[test]
    fn a_row_without_its_crate_must_be_planned() {
        let mut findings = Findings::default();
        check(&[], &ROWS, &mut findings);
        let unplanned = ROWS.iter().filter(|row| !row.planned).count();
        assert_eq!(findings.lines().len(), unplanned);
    }

    #[test]
    fn a_crate_that_exists_is_no_longer_planned() {
        let planned = ROWS.iter().find(|row| row.planned).unwrap();
        let complaints = complaints(vec![member(&format!("crates/{}", planned.name), &[])]);
        assert!(complaints[0].contains(".planned()"), "{complaints:?}");
    }

    #[test]
    fn no_plugin_imports_a_plugin_but_the_one_that_gathers_them() {
        let one = || member("plugins/rmqtt-acl", &[("rmqtt", Kind::Normal)]);
        let all = member("crates/rmqtt-plugins", &[("rmqtt-acl", Kind::Normal)]);
        assert!(complaints(vec![one(), all]).is_empty());
        let other = member("plugins/rmqtt-web-hook", &[("rmqtt-acl", Kind::Normal)]);
        assert_eq!(complaints(vec![one(), other]).len(), 1);
    }

    #[test]
    fn the_folder_bears_the_name_of_the_crate() {
        let mut codec = member("crates/rmqtt-codec", &[]);
        codec.folder = "crates/codec".to_owned();
        assert!(complaints(vec![codec])[0].contains("named otherwise"));
    }
}
