use rmqtt_codec::ProtocolVersion;

/// A session expiry interval that stands for "never ends".
pub(crate) const NEVER_S: u32 = u32::MAX;

/// Session expiry as the broker grants it: MQTT 5 names its own, 3.x has clean session or the
/// listener's interval.
pub(crate) fn granted_s(
    version: ProtocolVersion,
    clean_start: bool,
    asked_s: Option<u32>,
    listener_s: u32,
    listener_max_s: u32,
) -> u32 {
    let wanted = match version {
        ProtocolVersion::V5 => asked_s.unwrap_or(0),
        _ if clean_start => 0,
        _ => listener_s,
    };
    if listener_max_s == 0 { wanted } else { wanted.min(listener_max_s) }
}

/// When a session whose connection ends at `from_ms` is over; `None`: never `[MQTT-3.1.2-23]`.
pub(crate) fn deadline(expiry_interval_s: u32, from_ms: i64) -> Option<u64> {
    (expiry_interval_s != NEVER_S).then(|| after(from_ms, expiry_interval_s))
}

/// So much later than `from_ms`; what was before the clock began is 0.
pub(crate) fn after(from_ms: i64, seconds: u32) -> u64 {
    u64::try_from(from_ms.saturating_add(i64::from(seconds) * 1000)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mqtt_5_names_its_expiry_and_3_x_has_the_listeners() {
        let v5 = ProtocolVersion::V5;
        assert_eq!(granted_s(v5, false, None, 7200, 0), 0);
        assert_eq!(granted_s(v5, true, Some(60), 7200, 0), 60);
        assert_eq!(granted_s(v5, true, Some(NEVER_S), 7200, 100), 100);
        for version in [ProtocolVersion::V31, ProtocolVersion::V311] {
            assert_eq!(granted_s(version, true, None, 7200, 0), 0);
            assert_eq!(granted_s(version, false, None, 7200, 0), 7200);
        }
    }

    #[test]
    fn the_largest_interval_never_ends() {
        assert_eq!(deadline(NEVER_S, 5), None);
        assert_eq!(deadline(2, 5), Some(2005));
        assert_eq!(deadline(2, -500), Some(1_500));
        assert_eq!(deadline(2, -2_500), Some(0));
    }
}
