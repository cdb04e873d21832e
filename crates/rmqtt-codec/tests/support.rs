//! Bytes written as people read them, and the two steps of decoding in one.

use rmqtt_codec::{DecodeError, Packet, ProtocolVersion, split_frame};

/// The bytes of a text like `"30 0003 61"`. Inside, `'a/b'` stands for a string with its length in
/// two bytes before it, and `[…]` for a block with its length in one byte before it.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut block_at = 0;
    let mut characters = text.chars().filter(|c| !c.is_whitespace());
    while let Some(character) = characters.next() {
        match character {
            '\'' => {
                let string: String = characters.by_ref().take_while(|c| *c != '\'').collect();
                out.extend_from_slice(
                    &u16::try_from(string.len()).expect("a short string").to_be_bytes(),
                );
                out.extend_from_slice(string.as_bytes());
            }
            '[' => {
                block_at = out.len();
                out.push(0);
            }
            ']' => out[block_at] = u8::try_from(out.len() - block_at - 1).expect("a short block"),
            high => {
                let low = characters.next().expect("whole bytes");
                out.push(digit(high) << 4 | digit(low));
            }
        }
    }
    out
}

/// A packet with this first byte and content; the length between them is computed.
pub(crate) fn packet(first_byte: u8, content: &str) -> Vec<u8> {
    with_length(first_byte, &bytes(content))
}

/// A packet with this first byte and content of fewer than 16,384 bytes.
fn with_length(first_byte: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![first_byte];
    let length = content.len();
    if length < 0x80 {
        out.push(length as u8);
    } else {
        assert!(length < 0x4000, "content of two length bytes at most");
        out.extend_from_slice(&[length as u8 | 0x80, (length >> 7) as u8]);
    }
    out.extend_from_slice(content);
    out
}

/// Decodes `input`, which is one whole packet or wrong.
pub(crate) fn decode(input: &[u8], version: ProtocolVersion) -> Result<Packet<'_>, DecodeError> {
    let frame = split_frame(input, u32::MAX)?.expect("a whole packet");
    assert_eq!(frame.wire_len, input.len(), "one packet");
    Packet::decode(&frame, version)
}

fn digit(character: char) -> u8 {
    character.to_digit(16).expect("a hexadecimal digit") as u8
}
