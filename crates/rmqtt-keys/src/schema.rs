//! The catalogue as a JSON Schema.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::catalogue::{Absent, Catalogue, CatalogueEntry, Kind, Status};
use crate::key_path::ANY;

impl Catalogue {
    /// A JSON Schema (draft 2020-12) of a configuration file, indented by two blanks.
    #[must_use]
    pub fn to_json_schema(&self, title: &str) -> String {
        let mut root = Node::default();
        for entry in &self.entries {
            root.insert(entry.path.parts(), entry);
        }
        let mut object = root.object();
        let head = [
            ("$schema", Json::text("https://json-schema.org/draft/2020-12/schema")),
            ("title", Json::text(title)),
        ];
        object.splice(0..0, head.map(|(name, value)| (name.to_owned(), value)));
        let mut out = String::new();
        Json::Object(object).write(0, &mut out);
        out.push('\n');
        out
    }
}

/// A section and what it holds, or a key.
#[derive(Default)]
struct Node<'a> {
    children: BTreeMap<&'a str, Self>,
    key: Option<&'a CatalogueEntry>,
}

impl<'a> Node<'a> {
    fn insert(&mut self, parts: &'a [String], entry: &'a CatalogueEntry) {
        match parts.split_first() {
            None => self.key = Some(entry),
            Some((part, rest)) => self.children.entry(part).or_default().insert(rest, entry),
        }
    }

    fn object(&self) -> Vec<(String, Json)> {
        if let Some(entry) = self.key {
            return key_object(entry);
        }
        if let Some(item) = self.children.get("[*]") {
            return vec![
                ("type".to_owned(), Json::text("array")),
                ("items".to_owned(), Json::Object(item.object())),
            ];
        }
        let any = self.children.get(ANY).map(|child| Json::Object(child.object()));
        let properties: Vec<(String, Json)> = self
            .children
            .iter()
            .filter(|(name, _)| **name != ANY)
            .map(|(name, child)| ((*name).to_owned(), Json::Object(child.object())))
            .collect();
        let mut object = vec![("type".to_owned(), Json::text("object"))];
        if !properties.is_empty() {
            object.push(("properties".to_owned(), Json::Object(properties)));
        }
        let required: Vec<Json> = self
            .children
            .iter()
            .filter(|(_, child)| child.key.is_some_and(|key| key.absent == Absent::Required))
            .map(|(name, _)| Json::text(name))
            .collect();
        if !required.is_empty() {
            object.push(("required".to_owned(), Json::Array(required)));
        }
        let additional = any.unwrap_or(Json::Raw("false".to_owned()));
        object.push(("additionalProperties".to_owned(), additional));
        object
    }
}

fn key_object(entry: &CatalogueEntry) -> Vec<(String, Json)> {
    let mut object = kind_object(&entry.kind);
    let unit = if entry.unit.is_empty() { String::new() } else { format!(" ({})", entry.unit) };
    object.push(("description".to_owned(), Json::text(&format!("{}{unit}", entry.meaning))));
    if let Absent::Value(value) = &entry.absent {
        // Defaults are booleans, numbers, strings and lists of them, which JSON writes as TOML does.
        object.push(("default".to_owned(), Json::Raw(value.clone())));
    }
    if let Status::Retired(_) = entry.status {
        object.push(("deprecated".to_owned(), Json::Raw("true".to_owned())));
    }
    object
}

fn kind_object(kind: &Kind) -> Vec<(String, Json)> {
    let field = |name: &str, value: Json| (name.to_owned(), value);
    let number = |name: &str, min: &str, max: &str| {
        vec![
            field("type", Json::text(name)),
            field("minimum", Json::Raw(min.to_owned())),
            field("maximum", Json::Raw(max.to_owned())),
        ]
    };
    match kind {
        Kind::Boolean => vec![field("type", Json::text("boolean"))],
        Kind::Integer { min, max } => number("integer", min, max),
        Kind::Number { min, max } => number("number", min, max),
        Kind::Text | Kind::Path | Kind::Form(_) | Kind::SocketAddr => {
            vec![field("type", Json::text("string"))]
        }
        Kind::Duration => vec![
            field("type", Json::text("string")),
            field("pattern", Json::text("^(0|([0-9]+(ms|s|m|h|d|w|f))+)$")),
        ],
        Kind::Size => vec![
            field("type", Json::text("string")),
            field("pattern", Json::text("^([0-9]+(B|KB?|MB?|GB?))+$")),
        ],
        Kind::Choice(words) => {
            vec![field("enum", Json::Array(words.iter().map(|word| Json::text(word)).collect()))]
        }
        Kind::List(item) => vec![
            field("type", Json::text("array")),
            field("items", Json::Object(kind_object(item))),
        ],
        Kind::Anything => Vec::new(),
    }
}

/// JSON that is about to be written.
enum Json {
    /// A value in its written form.
    Raw(String),
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Json {
    fn text(text: &str) -> Self {
        // The escapes of a basic string of TOML, as far as `quoted` uses them, are those of JSON.
        Self::Raw(crate::raw_value::quoted(text))
    }

    fn write(&self, depth: usize, out: &mut String) {
        match self {
            Self::Raw(text) => out.push_str(text),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    item.write(depth, out);
                }
                out.push(']');
            }
            Self::Object(fields) if fields.is_empty() => out.push_str("{}"),
            Self::Object(fields) => {
                out.push('{');
                for (index, (name, value)) in fields.iter().enumerate() {
                    out.push_str(if index > 0 { ",\n" } else { "\n" });
                    let _ = write!(out, "{:width$}", "", width = 2 * (depth + 1));
                    let _ = write!(out, "{}: ", crate::raw_value::quoted(name));
                    value.write(depth + 1, out);
                }
                let _ = write!(out, "\n{:width$}}}", "", width = 2 * depth);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Reader, Written, key};

    #[test]
    fn a_schema_says_types_bounds_and_defaults_and_admits_no_other_key() {
        let written = Written::default();
        let mut reader = Reader::new(&written);
        reader.section("node").integer(key("id", "The node's number."), 0..=9_u8, 1);
        reader.declared_section(&"l".into()).required_socket_addr(key("addr", "Where."));
        let schema = reader.finish(()).unwrap().catalogue.to_json_schema("rmqtt.toml");
        assert_eq!(
            schema,
            r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "rmqtt.toml",
  "type": "object",
  "properties": {
    "l": {
      "type": "object",
      "additionalProperties": {
        "type": "object",
        "properties": {
          "addr": {
            "type": "string",
            "description": "Where."
          }
        },
        "required": ["addr"],
        "additionalProperties": false
      }
    },
    "node": {
      "type": "object",
      "properties": {
        "id": {
          "type": "integer",
          "minimum": 0,
          "maximum": 9,
          "description": "The node's number.",
          "default": 1
        }
      },
      "additionalProperties": false
    }
  },
  "additionalProperties": false
}
"#
        );
    }
}
