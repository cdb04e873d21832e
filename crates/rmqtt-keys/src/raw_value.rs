//! A value as it was written.

use std::fmt;

/// A value as it was written, before anyone asked what it means. Displayed as TOML writes it.
#[derive(Clone, Debug, PartialEq)]
pub enum RawValue {
    /// A string.
    Text(String),
    /// Text without a type, of the environment or the command line: it means what its key takes.
    Untyped(String),
    /// An integer, in its decimal form: it may be larger than any integer type.
    Integer(String),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A date or a time, which no key takes.
    Datetime(String),
    /// A list. An item that is a section is [`RawValue::Section`] here, and what it holds stands
    /// under `list[0]`, `list[1]` and so on.
    List(Vec<Self>),
    /// A section; what it holds stands under its own key paths.
    Section,
    /// A key without a value, which only YAML and JSON have.
    Nothing,
}

impl RawValue {
    /// What it is, for those who may not see it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Untyped(_) => "a text",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Boolean(_) => "true or false",
            Self::Datetime(_) => "a date or time",
            Self::List(_) => "a list",
            Self::Section => "a section",
            Self::Nothing => "nothing",
        }
    }

    /// The characters of a text, typed or not.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Untyped(text) => Some(text),
            _ => None,
        }
    }

    /// A truth value, also as a word or digit that nobody takes for anything else.
    pub(crate) fn as_boolean(&self) -> Option<bool> {
        let word = match self {
            Self::Boolean(value) => return Some(*value),
            Self::Text(text) | Self::Untyped(text) | Self::Integer(text) => text.to_lowercase(),
            _ => return None,
        };
        match word.as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        }
    }

    /// The digits of an integer, also of one that stands in quotes.
    pub(crate) fn as_integer(&self) -> Option<&str> {
        match self {
            Self::Integer(text) | Self::Untyped(text) | Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A number, with or without a fraction, also one that stands in quotes.
    pub(crate) fn as_number(&self) -> Option<f64> {
        match self {
            Self::Float(number) => Some(*number),
            Self::Integer(text) | Self::Untyped(text) | Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The items of a list; text without a type is split at blanks.
    pub(crate) fn as_list(&self) -> Option<Vec<Self>> {
        match self {
            Self::List(items) => Some(items.clone()),
            Self::Untyped(text) => {
                Some(text.split_whitespace().map(|word| Self::Untyped(word.to_owned())).collect())
            }
            _ => None,
        }
    }
}

impl fmt::Display for RawValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Untyped(text) => f.write_str(&quoted(text)),
            Self::Integer(digits) => f.write_str(digits),
            Self::Float(number) if number.is_nan() => f.write_str("nan"),
            Self::Float(number) => write!(f, "{number:?}"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Datetime(text) => f.write_str(text),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Section => f.write_str("a section"),
            Self::Nothing => f.write_str("nothing"),
        }
    }
}

/// The text as a basic string of TOML.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_shown_on_one_line_as_toml_writes_it() {
        let list = RawValue::List(vec![RawValue::Text("a\"\n\u{1}".into()), RawValue::Float(1.0)]);
        assert_eq!(list.to_string(), "[\"a\\\"\\n\\u0001\", 1.0]");
        assert_eq!(RawValue::Float(f64::NAN).to_string(), "nan");
        assert_eq!(RawValue::Float(f64::NEG_INFINITY).to_string(), "-inf");
    }

    #[test]
    fn text_without_a_type_means_what_is_asked_for() {
        let untyped = |text: &str| RawValue::Untyped(text.to_owned());
        assert_eq!(untyped("12").as_integer(), Some("12"));
        assert_eq!(untyped("12").as_text(), Some("12"));
        assert_eq!(untyped("0.5").as_number(), Some(0.5));
        assert_eq!(untyped(" a  b ").as_list(), Some(vec![untyped("a"), untyped("b")]));
        assert_eq!(RawValue::Text("a b".into()).as_list(), None);
    }

    #[test]
    fn numbers_and_truth_values_may_stand_in_quotes() {
        let text = |text: &str| RawValue::Text(text.to_owned());
        let untyped = |text: &str| RawValue::Untyped(text.to_owned());
        for (words, value) in [
            (["true", "YES", "On", "1"], Some(true)),
            (["False", "no", "off", "0"], Some(false)),
            (["2", "", "y", " true"], None),
        ] {
            for word in words {
                assert_eq!(text(word).as_boolean(), value, "{word}");
                assert_eq!(untyped(word).as_boolean(), value, "{word}");
            }
        }
        assert_eq!(RawValue::Integer("1".into()).as_boolean(), Some(true));
        assert_eq!(RawValue::Integer("2".into()).as_boolean(), None);
        assert_eq!(RawValue::Float(1.0).as_boolean(), None);
        assert_eq!(text("12").as_integer(), Some("12"));
        assert_eq!(text("0.5").as_number(), Some(0.5));
    }
}
