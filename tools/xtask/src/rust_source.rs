//! Rust text as tokens and paths, without comments and literals.
//!
//! This is no parser: it knows just enough of the language to tell code from prose, so that a
//! comment may speak of `unsafe` where the code may not use it.

/// A word or a punctuation mark of the code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Token<'a> {
    /// The token as it is written. `::` is one token; any other punctuation mark is one of its own.
    pub(crate) text: &'a str,
    /// The line it stands on, from 1.
    pub(crate) line: usize,
}

/// A path as it is written, with the groups of `use` declarations written out.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Path<'a> {
    /// What stands between the `::`.
    pub(crate) segments: Vec<&'a str>,
    /// The line its last segment stands on, from 1.
    pub(crate) line: usize,
}

impl Path<'_> {
    /// Whether the segments of `pattern`, which are separated by `::`, follow one another in this
    /// path.
    pub(crate) fn contains(&self, pattern: &str) -> bool {
        let pattern: Vec<&str> = pattern.split("::").collect();
        self.segments.windows(pattern.len()).any(|window| window == pattern)
    }
}

/// The tokens of a Rust source text, in order.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer { text, at: 0, line: 1 };
    let mut tokens = Vec::new();
    while let Some(first) = lexer.rest().chars().next() {
        let start = lexer.at;
        let line = lexer.line;
        if lexer.skip_prose(first) {
            continue;
        }
        if is_word(first) {
            lexer.skip_while(is_word);
        } else if lexer.rest().starts_with("::") {
            lexer.advance(2);
        } else {
            lexer.advance(first.len_utf8());
        }
        tokens.push(Token { text: &text[start..lexer.at], line });
    }
    tokens
}

/// The paths among the tokens. A single word is a path of one segment.
pub(crate) fn paths<'a>(tokens: &[Token<'a>]) -> Vec<Path<'a>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        at = read_path(tokens, at, &[], &mut found);
    }
    found
}

/// Reads the path that begins at `at`, if one does, and returns where to go on.
fn read_path<'a>(
    tokens: &[Token<'a>],
    mut at: usize,
    prefix: &[&'a str],
    found: &mut Vec<Path<'a>>,
) -> usize {
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token| token.text == text);
    let mut segments = prefix.to_vec();
    let mut line = 0;
    while let Some(token) = tokens.get(at).filter(|token| token.text.starts_with(is_word)) {
        segments.push(token.text);
        line = token.line;
        at += 1;
        if !is(at, "::") {
            break;
        }
        at += 1;
        if is(at, "{") {
            at += 1;
            while at < tokens.len() && !is(at, "}") {
                at = read_path(tokens, at, &segments, found);
            }
            return at + 1;
        }
    }
    if line == 0 {
        return at + 1;
    }
    found.push(Path { segments, line });
    at
}

/// A position in a source text.
struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn advance(&mut self, bytes: usize) {
        let passed = &self.text[self.at..self.at + bytes];
        self.line += passed.matches('\n').count();
        self.at += bytes;
    }

    fn skip_while(&mut self, keep: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.advance(rest.find(|character| !keep(character)).unwrap_or(rest.len()));
    }

    /// Goes behind the next occurrence of `end`, or to the end of the text.
    fn skip_past(&mut self, end: &str) {
        let rest = self.rest();
        self.advance(rest.find(end).map_or(rest.len(), |found| found + end.len()));
    }

    /// Skips a blank, a comment, a literal or a lifetime, whichever begins here; false if none does.
    fn skip_prose(&mut self, first: char) -> bool {
        let rest = self.rest();
        if first.is_whitespace() {
            self.skip_while(char::is_whitespace);
        } else if rest.starts_with("//") {
            self.skip_while(|character| character != '\n');
        } else if rest.starts_with("/*") {
            self.skip_block_comment();
        } else if let Some(hashes) = raw_string_hashes(rest) {
            self.skip_past("\"");
            self.skip_past(&format!("\"{}", "#".repeat(hashes)));
        } else if first == '"' {
            self.skip_quoted('"');
        } else if first == '\'' {
            self.skip_apostrophe();
        } else {
            return false;
        }
        true
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 0;
        loop {
            let rest = self.rest();
            let Some(mark) = rest.find("/*").into_iter().chain(rest.find("*/")).min() else {
                self.advance(rest.len());
                return;
            };
            depth += if rest[mark..].starts_with("/*") { 1 } else { -1 };
            self.advance(mark + 2);
            if depth == 0 {
                return;
            }
        }
    }

    fn skip_quoted(&mut self, quote: char) {
        let mut escaped = true; // The opening quote does not end the literal.
        let end = self.rest().find(|character| {
            let ends = character == quote && !escaped;
            escaped = character == '\\' && !escaped;
            ends
        });
        self.advance(end.map_or(self.rest().len(), |end| end + 1));
    }

    /// Skips a character literal or a lifetime.
    fn skip_apostrophe(&mut self) {
        let mut after = self.rest().chars().skip(1);
        let first = after.next();
        if first == Some('\\') || after.next() == Some('\'') {
            self.skip_quoted('\'');
        } else {
            self.advance(1);
            self.skip_while(is_word);
        }
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The number of `#` of the raw string literal that begins here, if one does.
fn raw_string_hashes(rest: &str) -> Option<usize> {
    let rest = rest.strip_prefix(['b', 'c']).unwrap_or(rest).strip_prefix('r')?;
    let after = rest.trim_start_matches('#');
    after.starts_with('"').then(|| rest.len() - after.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_are_no_tokens() {
        assert_eq!(words("a // unsafe\n/* unsafe /* nested */ unsafe */ b"), ["a", "b"]);
    }

    #[test]
    fn literals_are_no_tokens() {
        assert_eq!(
            words(r#"a("un\"safe", 'x', '\'', '"') b"#),
            "a ( , , , ) b".split(' ').collect::<Vec<_>>()
        );
        assert_eq!(words("r#\"unsafe \" fn\"# a"), ["a"]);
        assert_eq!(words("'\\n' a '\\u{41}' b"), ["a", "b"]);
        assert_eq!(words("br\"unsafe\" a"), ["a"]);
    }

    #[test]
    fn a_lifetime_does_not_open_a_literal() {
        assert_eq!(words("&'a str, 'b'"), ["&", "str", ","]);
    }

    #[test]
    fn lines_are_counted_through_comments_and_literals() {
        let tokens = tokens("/* \n */ \"\n\" here");
        assert_eq!(tokens, [Token { text: "here", line: 3 }]);
    }

    #[test]
    fn groups_of_a_use_declaration_are_written_out() {
        let tokens = tokens("use std::{fs, net::{TcpStream, UdpSocket}, time::Instant};");
        let paths: Vec<String> =
            paths(&tokens).iter().map(|path| path.segments.join("::")).collect();
        assert_eq!(
            paths,
            ["use", "std::fs", "std::net::TcpStream", "std::net::UdpSocket", "std::time::Instant"]
        );
    }

    #[test]
    fn a_path_contains_segments_that_follow_one_another() {
        let tokens = tokens("let now = std::time::Instant::now();");
        let paths = paths(&tokens);
        assert!(paths.iter().any(|path| path.contains("Instant::now")));
        assert!(!paths.iter().any(|path| path.contains("time::now")));
        assert!(!paths.iter().any(|path| path.contains("stant::now")));
    }
}
