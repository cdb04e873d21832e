//! The checks that strings of a packet pass (section 1.5.4) and topic names besides (section 4.7).

use crate::DecodeError;

/// The string in `bytes`: well-formed UTF-8 [MQTT-1.5.4-1], which excludes surrogates, and without
/// U+0000 [MQTT-1.5.4-2]. A byte order mark is an ordinary character [MQTT-1.5.4-3].
pub(crate) fn check_text(bytes: &[u8]) -> Result<&str, DecodeError> {
    let text = std::str::from_utf8(bytes).map_err(|_| DecodeError::TextMalformed)?;
    if bytes.contains(&0) {
        return Err(DecodeError::TextContainsNull);
    }
    Ok(text)
}

/// The topic name in `bytes`: a string without wildcards [MQTT-3.3.2-2]. It may be empty; who
/// calls knows whether that is allowed.
#[inline]
pub(crate) fn check_topic_name(bytes: &[u8]) -> Result<&str, DecodeError> {
    let text = std::str::from_utf8(bytes).map_err(|_| DecodeError::TextMalformed)?;
    for &byte in bytes {
        match byte {
            0 => return Err(DecodeError::TextContainsNull),
            b'+' | b'#' => return Err(DecodeError::TopicNameInvalid),
            _ => {}
        }
    }
    Ok(text)
}
