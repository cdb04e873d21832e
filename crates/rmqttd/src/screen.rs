//! What the operator is told once the node serves: one screen of plain lines in the log.

use rmqtt::Listening;

use crate::listeners;

/// What the lines are made of.
pub(crate) struct Screen<'a> {
    pub(crate) version: &'a str,
    pub(crate) node_id: u64,
    /// The data directory.
    pub(crate) data: String,
    /// Where the log goes.
    pub(crate) log: String,
    /// `None` for no limit.
    pub(crate) open_files: Option<u64>,
    /// Bytes; `None` for no bound.
    pub(crate) memory_max: Option<u64>,
    /// Names of the plugins that run.
    pub(crate) plugins: Vec<String>,
    /// Each with who may connect.
    pub(crate) listeners: Vec<(&'a Listening, String)>,
}

impl Screen<'_> {
    /// Writes the lines.
    pub(crate) fn show(&self) {
        for line in self.lines() {
            tracing::info!("{line}");
        }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            format!("{}, process {}, node {}", self.version, std::process::id(), self.node_id),
            format!("data: {}", self.data),
            "sessions and messages are kept in memory only: they end with the process".to_owned(),
            format!("log: {}", self.log),
            format!("limits: {}, {}", self.files_line(), self.memory_line()),
            format!("plugins: {}", self.plugins_line()),
        ];
        lines.extend(self.listeners.iter().map(|(listening, admission)| {
            let name = listeners::in_line(&listening.name);
            format!("listener {name}: listening on {}, {admission}", listening.addr)
        }));
        lines.push("rmqttd is ready".to_owned());
        lines
    }

    fn files_line(&self) -> String {
        match self.open_files {
            Some(files) => format!("{files} open files, connections included"),
            None => "open files without a limit".to_owned(),
        }
    }

    fn memory_line(&self) -> String {
        match self.memory_max {
            Some(bytes) if bytes < 1 << 20 => format!("{bytes} bytes of memory (node.memory_max)"),
            Some(bytes) => format!("{} MiB of memory (node.memory_max)", bytes >> 20),
            None => "memory without a bound (node.memory_max)".to_owned(),
        }
    }

    fn plugins_line(&self) -> String {
        if self.plugins.is_empty() { "none runs".to_owned() } else { self.plugins.join(", ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_version_data_log_limits_plugins_and_listeners() {
        let listening =
            Listening { name: "external/tcp".to_owned(), addr: "127.0.0.1:1883".parse().unwrap() };
        let screen = Screen {
            version: "rmqtt/1",
            node_id: 7,
            data: "/data".to_owned(),
            log: "the console".to_owned(),
            open_files: Some(1_024),
            memory_max: Some(3 << 20),
            plugins: vec!["a".to_owned(), "b".to_owned()],
            listeners: vec![(&listening, "everybody may connect".to_owned())],
        };
        let expected = [
            &format!("rmqtt/1, process {}, node 7", std::process::id()),
            "data: /data",
            "sessions and messages are kept in memory only: they end with the process",
            "log: the console",
            "limits: 1024 open files, connections included, 3 MiB of memory (node.memory_max)",
            "plugins: a, b",
            "listener external/tcp: listening on 127.0.0.1:1883, everybody may connect",
            "rmqttd is ready",
        ];
        assert_eq!(screen.lines(), expected);
    }

    #[test]
    fn what_there_is_not_is_said_too() {
        let screen = Screen {
            version: "",
            node_id: 0,
            data: String::new(),
            log: String::new(),
            open_files: None,
            memory_max: None,
            plugins: Vec::new(),
            listeners: Vec::new(),
        };
        let lines = screen.lines();
        let limits = "limits: open files without a limit, memory without a bound (node.memory_max)";
        assert!(lines.iter().any(|line| line == limits), "{lines:?}");
        assert!(lines.iter().any(|line| line == "plugins: none runs"), "{lines:?}");
    }
}
