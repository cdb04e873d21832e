//! The table of ARCHITECTURE.md, "Crates and arrows", as data.
//!
//! A change here changes the architecture, so it comes with a record under `docs/adr/`.

/// Where a crate stands. Within the order, a later tier is built on earlier ones.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Tier {
    /// Values and rules: no clock, no input or output, no thread, no async runtime.
    Pure,
    /// A narrow trait that a back end implements, with its first implementation.
    Port,
    /// What touches the outside: sockets, files, the environment.
    Edge,
    /// What carries out the decisions of the pure crates.
    Shell,
    /// One concern each, built on the shell.
    Plugin,
    /// The program that is shipped.
    Binary,
    /// Programs that judge the others: simulation and black-box tests.
    Judge,
    /// Programs for those who work on the broker.
    Tool,
}

/// One crate of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) tier: Tier,
    /// The crates of the workspace that this one may depend on.
    pub(super) imports: &'static [&'static str],
    /// Whether it may also depend on any plugin.
    pub(super) imports_plugins: bool,
    /// Whether the crate is named here before it is written. The mark goes when the crate comes.
    pub(super) planned: bool,
}

/// What the sources and dependencies of a crate may not hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rules {
    /// No runtime, clock, socket, file, sleep or unsafe code.
    Pure,
    /// As pure, but files and threads are the business of some.
    Port,
    /// Nothing that this check knows of.
    Free,
}

/// The crates, from the innermost outwards.
pub(super) const ROWS: [Row; 22] = [
    row(Tier::Pure, "rmqtt-codec", &[]),
    row(Tier::Pure, "rmqtt-topic", &[]),
    row(Tier::Pure, "rmqtt-message", &["rmqtt-codec", "rmqtt-topic"]),
    row(Tier::Pure, "rmqtt-session", &["rmqtt-codec", "rmqtt-topic", "rmqtt-message"]),
    row(
        Tier::Pure,
        "rmqtt-broker",
        &["rmqtt-codec", "rmqtt-topic", "rmqtt-message", "rmqtt-session"],
    ),
    row(Tier::Port, "rmqtt-store", &["rmqtt-codec", "rmqtt-message"]),
    row(Tier::Port, "rmqtt-cluster", &["rmqtt-message"]),
    row(Tier::Edge, "rmqtt-net", &[]),
    row(Tier::Edge, "rmqtt-keys", &[]),
    row(Tier::Edge, "rmqtt-conf", &["rmqtt-keys"]),
    row(Tier::Edge, "rmqtt-macros", &[]),
    row(
        Tier::Shell,
        "rmqtt",
        &[
            "rmqtt-codec",
            "rmqtt-topic",
            "rmqtt-message",
            "rmqtt-session",
            "rmqtt-broker",
            "rmqtt-store",
            "rmqtt-cluster",
            "rmqtt-net",
            "rmqtt-keys",
            "rmqtt-macros",
        ],
    ),
    row(Tier::Plugin, "rmqtt-plugins", &[]).with_plugins(),
    row(Tier::Binary, "rmqttd", &["rmqtt", "rmqtt-conf", "rmqtt-keys", "rmqtt-net"]).with_plugins(),
    row(
        Tier::Judge,
        "rmqtt-sim",
        &[
            "rmqtt-codec",
            "rmqtt-topic",
            "rmqtt-message",
            "rmqtt-session",
            "rmqtt-broker",
            "rmqtt-store",
            "rmqtt-cluster",
        ],
    ),
    row(
        Tier::Judge,
        "rmqtt-fuzz",
        &[
            "rmqtt-codec",
            "rmqtt-topic",
            "rmqtt-message",
            "rmqtt-session",
            "rmqtt-broker",
            "rmqtt-keys",
            "rmqtt-conf",
        ],
    ),
    row(Tier::Judge, "rmqtt-test-macros", &[]),
    row(Tier::Judge, "rmqtt-test", &["rmqtt-codec", "rmqtt-test-macros"]),
    row(Tier::Judge, "rmqtt-soak", &["rmqtt-test"]),
    row(Tier::Tool, "rmqtt-bench", &["rmqtt-codec"]).planned(),
    row(Tier::Judge, "instruction-count", &[]),
    row(Tier::Tool, "xtask", &[]),
];

/// The folder whose crates are plugins. They have no rows of their own.
pub(super) const PLUGINS_FOLDER: &str = "plugins/";

/// What a plugin may depend on: the shell, and the port that it implements, if it implements one.
pub(super) const PLUGIN_IMPORTS: &[&str] = &["rmqtt", "rmqtt-store", "rmqtt-cluster"];

/// What the sources and dependencies of the named crate may not hold.
pub(super) fn rules_of(name: &str) -> Rules {
    match ROWS.iter().find(|row| row.name == name).map(|row| row.tier) {
        Some(Tier::Pure) => Rules::Pure,
        Some(Tier::Port) => Rules::Port,
        _ => Rules::Free,
    }
}

impl Rules {
    pub(super) fn forbids_runtimes(self) -> bool {
        self != Self::Free
    }
}

const fn row(tier: Tier, name: &'static str, imports: &'static [&'static str]) -> Row {
    Row { name, tier, imports, imports_plugins: false, planned: false }
}

impl Row {
    const fn planned(self) -> Self {
        Self { planned: true, ..self }
    }

    const fn with_plugins(self) -> Self {
        Self { imports_plugins: true, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With this, no set of allowed imports can make a cycle, and no inner crate an outer one.
    #[test]
    fn every_row_imports_only_rows_above_it() {
        for (index, row) in ROWS.iter().enumerate() {
            for import in row.imports {
                assert!(
                    ROWS[..index].iter().any(|above| above.name == *import),
                    "{} imports {import}, which does not stand above it",
                    row.name
                );
            }
        }
    }

    #[test]
    fn no_crate_imports_a_higher_tier() {
        let tier_of = |name: &str| ROWS.iter().find(|row| row.name == name).unwrap().tier;
        for row in ROWS {
            assert!(row.imports.iter().all(|import| tier_of(import) <= row.tier), "{}", row.name);
        }
    }

    #[test]
    fn only_the_binary_and_a_judge_import_the_configuration() {
        let importers = ROWS.iter().filter(|row| row.imports.contains(&"rmqtt-conf"));
        assert_eq!(importers.map(|row| row.name).collect::<Vec<_>>(), ["rmqttd", "rmqtt-fuzz"]);
    }
}
