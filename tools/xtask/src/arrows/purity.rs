//! That no pure crate reads a clock, opens a socket or a file, sleeps, or is unsafe.

use super::table::Rules;
use crate::findings::Findings;
use crate::rust_source::{paths, tokens};

/// Paths that neither a pure crate nor a port may name, and what it uses instead.
const FORBIDDEN: [(&str, &str); 5] = [
    ("Instant::now", "time is an input, `Now`"),
    ("SystemTime::now", "time is an input, `Now`"),
    ("std::net", "links belong to the edge; the address types are in `core::net`"),
    ("thread::sleep", "time is an input, `Now`"),
    ("unsafe", "only the shell and the edge may name modules that hold unsafe code"),
];

/// Paths that a port may name, but a pure crate may not.
const FORBIDDEN_IN_PURE: [(&str, &str); 4] = [
    ("std::fs", "files belong to the ports and the edge"),
    ("std::env", "configuration arrives as a value"),
    ("std::process", "the outside belongs to the edge"),
    ("std::thread", "threads belong to the shell"),
];

/// Notes every line of the source text that names what the rules forbid.
pub(super) fn check(file: &str, text: &str, rules: Rules, findings: &mut Findings) {
    let more: &[_] = match rules {
        Rules::Pure => &FORBIDDEN_IN_PURE,
        Rules::Port => &[],
        Rules::Free => return,
    };
    let tokens = tokens(text);
    for path in paths(&tokens) {
        let named = FORBIDDEN.iter().chain(more).find(|(forbidden, _)| path.contains(forbidden));
        if let Some((forbidden, instead)) = named {
            findings.add(
                format_args!("{file}:{}", path.line),
                format_args!("`{forbidden}` has no place in this crate: {instead}"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(rules: Rules, text: &str) -> Vec<String> {
        let mut findings = Findings::default();
        check("a.rs", text, rules, &mut findings);
        let place = |line: &String| line.split(": ").next().unwrap().to_owned();
        findings.lines().iter().map(place).collect()
    }

    #[test]
    fn clocks_sockets_files_and_unsafe_code_are_found() {
        for text in [
            "let t = Instant::now();",
            "let t = std::time::SystemTime::now();",
            "use std::{fmt, net::TcpStream};",
            "std::thread::sleep(d);",
            "use std::fs;",
            "unsafe { f() }",
            "unsafe impl Send for A {}",
        ] {
            assert_eq!(lines(Rules::Pure, text), ["a.rs:1"], "{text}");
        }
    }

    #[test]
    fn prose_may_speak_of_what_code_may_not_use() {
        let text = "//! Nothing unsafe, no std::net.\nconst A: &str = \"Instant::now\";";
        assert!(lines(Rules::Pure, text).is_empty());
    }

    #[test]
    fn addresses_are_values() {
        assert!(lines(Rules::Pure, "use core::net::SocketAddr;").is_empty());
    }

    #[test]
    fn a_port_may_use_files_and_threads_but_no_clock() {
        assert!(lines(Rules::Port, "use std::{fs::File, thread};").is_empty());
        assert_eq!(lines(Rules::Port, "\nInstant::now()"), ["a.rs:2"]);
    }
}
