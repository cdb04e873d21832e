//! Keys and sections that exist but that this build does not have yet, as data.

use crate::key_path::KeyPath;

/// What a configuration may say to the original broker and not, so far, to this build. `*` stands
/// for any one part; an entry covers everything below it.
const NOT_YET: &[&str] = &[
    "circuit_breaker",
    "listener.quic",
    "listener.tcp.*.cert",
    "listener.tcp.*.cert_cn_as_username",
    "listener.tcp.*.cert_subject_dn_as_username",
    "listener.tcp.*.client_ca_certs",
    "listener.tcp.*.collect_cert_info",
    "listener.tcp.*.cross_certificate",
    "listener.tcp.*.idle_timeout",
    "listener.tcp.*.key",
    "listener.tcp.*.mqueue_rate_limit",
    "listener.tcp.*.proxy_protocol",
    "listener.tcp.*.proxy_protocol_timeout",
    "listener.tcp.*.workers",
    "listener.tls",
    "listener.ws",
    "listener.wss",
    "log.dir",
    "log.file",
    "node.busy",
    "node.cookie",
    "plugins",
    "rpc",
    "task",
];

/// Does this build lack what stands under `path`?
pub(crate) fn is_not_yet(path: &KeyPath) -> bool {
    NOT_YET.iter().any(|entry| {
        let parts: Vec<&str> = entry.split('.').collect();
        parts.len() <= path.parts().len()
            && parts.iter().zip(path.parts()).all(|(known, part)| *known == "*" || known == part)
    })
}

/// The entries as candidates for what a misspelled `path` meant.
pub(crate) fn candidates(path: &KeyPath) -> impl Iterator<Item = KeyPath> {
    NOT_YET.iter().map(|entry| {
        entry.split('.').enumerate().fold(KeyPath::default(), |candidate, (index, part)| {
            let same_place = path.parts().get(index).map_or("*", String::as_str);
            candidate.child(if part == "*" { same_place } else { part })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_covers_what_stands_below_it_and_nothing_else() {
        for (path, expected) in [
            ("listener.tls.external.addr", true),
            ("listener.tls", true),
            ("listener", false),
            ("listener.tcp.external.mqueue_rate_limit", true),
            ("listener.tcp.external.addr", false),
            ("node.busy.loadavg", true),
            ("node.id", false),
        ] {
            assert_eq!(is_not_yet(&KeyPath::from(path)), expected, "{path}");
        }
    }
}
