//! The keys of one section, each read by its type.

use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::catalogue::{Absent, CatalogueEntry, Kind, Status};
use crate::choice::Choice;
use crate::duration::{format_duration, parse_duration};
use crate::effective::EffectiveValue;
use crate::key::Key;
use crate::key_path::{ANY, KeyPath};
use crate::raw_value::{RawValue, quoted};
use crate::reader::Reader;
use crate::size::{format_size, parse_size};

/// The keys of one section. A read declares its key. Every method yields the default for a key that
/// is absent, and for one that is wrong, after the problem has been noted.
#[derive(Debug)]
pub struct Section<'r, 'w> {
    reader: &'r mut Reader<'w>,
    path: KeyPath,
    pattern: KeyPath,
    /// Keys come into the catalogue, and nothing that was written is read.
    declares_only: bool,
    pending: Option<&'static str>,
}

impl<'r, 'w> Section<'r, 'w> {
    pub(crate) fn new(reader: &'r mut Reader<'w>, path: KeyPath, pattern: KeyPath) -> Self {
        Self { reader, path, pattern, declares_only: false, pending: None }
    }

    pub(crate) fn declaring(reader: &'r mut Reader<'w>, pattern: KeyPath) -> Self {
        Self { reader, path: pattern.clone(), pattern, declares_only: true, pending: None }
    }

    /// All its keys act only on what this build does not have. Unlike [`Key::pending`] it warns of
    /// nothing: whoever reads the section says what becomes of it.
    #[must_use]
    pub fn pending(self, brings: &'static str) -> Self {
        Self { pending: Some(brings), ..self }
    }

    /// The section of that name in this one.
    pub fn section(&mut self, name: &str) -> Section<'_, 'w> {
        Section {
            path: self.path.child(name),
            pattern: self.pattern.child(name),
            declares_only: self.declares_only,
            pending: self.pending,
            reader: self.reader,
        }
    }

    /// What `read` makes of each item of a list of sections. It is also called once for the
    /// catalogue, and that result is thrown away.
    pub fn sections<T>(
        &mut self,
        name: &str,
        mut read: impl FnMut(Section<'_, 'w>) -> T,
    ) -> Vec<T> {
        let list = self.path.child(name);
        let pattern = self.pattern.child(name).child(&format!("[{ANY}]"));
        read(Section { pending: self.pending, ..Section::declaring(self.reader, pattern.clone()) });
        let Some(entry) = (if self.declares_only { None } else { self.reader.ask(&list) }) else {
            return Vec::new();
        };
        let items = match &entry.value {
            RawValue::List(items) if items.iter().all(|item| *item == RawValue::Section) => items,
            _ => {
                self.reader.expected(&list, entry, "a list of sections");
                return Vec::new();
            }
        };
        (0..items.len())
            .map(|index| {
                let path = list.item(index);
                self.reader.ask(&path);
                let section = Section::new(self.reader, path, pattern.clone());
                read(Section { pending: self.pending, ..section })
            })
            .collect()
    }

    /// The path of one of its keys.
    #[must_use]
    pub fn key(&self, name: &str) -> KeyPath {
        self.path.child(name)
    }

    /// Was this key written, rightly or wrongly?
    #[must_use]
    pub fn is_written(&self, name: &str) -> bool {
        !self.declares_only && self.reader.is_written(&self.key(name))
    }

    /// Notes a problem of one of its keys.
    pub fn problem(&mut self, name: &str, message: impl Into<String>) {
        if !self.declares_only {
            let key = self.key(name);
            self.reader.problem(&key, message);
        }
    }

    /// Notes a warning of one of its keys.
    pub fn warn(&mut self, name: &str, message: impl Into<String>) {
        if !self.declares_only {
            let key = self.key(name);
            self.reader.warn(&key, message);
        }
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, key: Key<'_>, default: bool) -> bool {
        let absent = Absent::Value(default.to_string());
        self.read(key, &Kind::Boolean, absent, boolean).unwrap_or(default)
    }

    /// `true` or `false`; `absent` says what holds without either.
    pub fn optional_boolean(&mut self, key: Key<'_>, absent: &'static str) -> Option<bool> {
        self.read(key, &Kind::Boolean, Absent::Meaning(absent), boolean)
    }

    /// A whole number within `range`.
    pub fn integer<T>(&mut self, key: Key<'_>, range: RangeInclusive<T>, default: T) -> T
    where
        T: Copy + PartialOrd + FromStr + fmt::Display,
    {
        let absent = Absent::Value(default.to_string());
        self.read(key, &integer_kind(&range), absent, |value| integer(value, &range))
            .unwrap_or(default)
    }

    /// A whole number within `range`; `absent` says what holds without one.
    pub fn optional_integer<T>(
        &mut self,
        key: Key<'_>,
        range: RangeInclusive<T>,
        absent: &'static str,
    ) -> Option<T>
    where
        T: Copy + PartialOrd + FromStr + fmt::Display,
    {
        self.read(key, &integer_kind(&range), Absent::Meaning(absent), |value| {
            integer(value, &range)
        })
    }

    /// How many there may be; `None` for no limit, which is the default and every number below 1.
    pub fn limit(&mut self, key: Key<'_>) -> Option<usize> {
        let number = self.integer(key, isize::MIN..=isize::MAX, 0);
        usize::try_from(number).ok().filter(|max| *max > 0)
    }

    /// A number within `range`, with or without a fraction.
    pub fn number(&mut self, key: Key<'_>, range: RangeInclusive<f64>, default: f64) -> f64 {
        let (min, max) = (range.start().to_string(), range.end().to_string());
        let absent = Absent::Value(format!("{default:?}"));
        let expected = format!("a number from {min} to {max}");
        let number = self.read(key, &Kind::Number { min, max }, absent, |value| {
            value
                .as_number()
                .filter(|number| range.contains(number))
                .ok_or(Refusal::expected(&expected))
        });
        number.unwrap_or(default)
    }

    /// A text of 1 to `bytes_max` bytes.
    pub fn text(&mut self, key: Key<'_>, bytes_max: usize, default: &str) -> String {
        let absent = Absent::Value(quoted(default));
        self.read(key, &Kind::Text, absent, |value| text(value, bytes_max))
            .unwrap_or_else(|| default.to_owned())
    }

    /// A text of 1 to `bytes_max` bytes; `absent` says what holds without one.
    pub fn optional_text(
        &mut self,
        key: Key<'_>,
        bytes_max: usize,
        absent: &'static str,
    ) -> Option<String> {
        self.read(key, &Kind::Text, Absent::Meaning(absent), |value| text(value, bytes_max))
    }

    /// The name of a file or folder.
    pub fn path(&mut self, key: Key<'_>, default: &str) -> PathBuf {
        let absent = Absent::Value(quoted(default));
        self.read(key, &Kind::Path, absent, path).unwrap_or_else(|| PathBuf::from(default))
    }

    /// The name of a file or folder; `absent` says what holds without one.
    pub fn optional_path(&mut self, key: Key<'_>, absent: &'static str) -> Option<PathBuf> {
        self.read(key, &Kind::Path, Absent::Meaning(absent), path)
    }

    /// A duration.
    pub fn duration(&mut self, key: Key<'_>, default: Duration) -> Duration {
        let absent = Absent::Value(quoted(&format_duration(default)));
        self.read(key, &Kind::Duration, absent, duration).unwrap_or(default)
    }

    /// A duration of more than nothing.
    pub fn positive_duration(&mut self, key: Key<'_>, default: Duration) -> Duration {
        let absent = Absent::Value(quoted(&format_duration(default)));
        let duration = self.read(key, &Kind::Duration, absent, |value| match duration(value)? {
            Duration::ZERO => Err(Refusal::message("expected more than 0")),
            duration => Ok(duration),
        });
        duration.unwrap_or(default)
    }

    /// A duration; `absent` says what holds without one.
    pub fn optional_duration(&mut self, key: Key<'_>, absent: &'static str) -> Option<Duration> {
        self.read(key, &Kind::Duration, Absent::Meaning(absent), duration)
    }

    /// A size in bytes, within `range`.
    pub fn size(&mut self, key: Key<'_>, range: RangeInclusive<u64>, default: u64) -> u64 {
        let absent = Absent::Value(quoted(&format_size(default)));
        self.read(key, &Kind::Size, absent, |value| size(value, &range)).unwrap_or(default)
    }

    /// A size in bytes, within `range`; `absent` says what holds without one.
    pub fn optional_size(
        &mut self,
        key: Key<'_>,
        range: RangeInclusive<u64>,
        absent: &'static str,
    ) -> Option<u64> {
        self.read(key, &Kind::Size, Absent::Meaning(absent), |value| size(value, &range))
    }

    /// One word out of a closed list.
    pub fn choice<T: Choice>(&mut self, key: Key<'_>, default: T) -> T {
        let absent = Absent::Value(quoted(default.word()));
        self.read(key, &choice_kind::<T>(), absent, choice).unwrap_or(default)
    }

    /// One word out of a closed list; `absent` says what holds without one.
    pub fn optional_choice<T: Choice>(&mut self, key: Key<'_>, absent: &'static str) -> Option<T> {
        self.read(key, &choice_kind::<T>(), Absent::Meaning(absent), choice)
    }

    /// An address and port.
    pub fn socket_addr(&mut self, key: Key<'_>, default: SocketAddr) -> SocketAddr {
        let absent = Absent::Value(quoted(&default.to_string()));
        self.read(key, &Kind::SocketAddr, absent, socket_addr).unwrap_or(default)
    }

    /// An address and port that has to be written; `None` after a problem.
    pub fn required_socket_addr(&mut self, key: Key<'_>) -> Option<SocketAddr> {
        if !self.declares_only && !self.is_written(key.name) {
            self.problem(key.name, "required, such as \"0.0.0.0:1883\"");
        }
        self.read(key, &Kind::SocketAddr, Absent::Required, socket_addr)
    }

    /// A text that `parse` reads, or says in a sentence why it does not; `form` names the form, and
    /// `absent` what holds without one.
    pub fn form<T>(
        &mut self,
        key: Key<'_>,
        form: &'static str,
        absent: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let expected = format!("text of the form {form}");
        self.read(key, &Kind::Form(form), Absent::Meaning(absent), |value| {
            parsed(value, &expected, &parse)
        })
    }

    /// A list of texts, each of 1 to `bytes_max` bytes.
    pub fn texts(&mut self, key: Key<'_>, bytes_max: usize, default: &[&str]) -> Vec<String> {
        let shown: Vec<String> = default.iter().map(|item| quoted(item)).collect();
        let absent = Absent::Value(format!("[{}]", shown.join(", ")));
        let kind = Kind::List(Box::new(Kind::Text));
        self.read(key, &kind, absent, |value| list(value, |item| text(item, bytes_max)))
            .unwrap_or_else(|| default.iter().map(|item| (*item).to_owned()).collect())
    }

    /// A list of texts, each of which `parse` reads or says in a sentence why it does not; `form`
    /// names the form. Empty by default.
    pub fn forms<T>(
        &mut self,
        key: Key<'_>,
        form: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        let expected = format!("text of the form {form}");
        let kind = Kind::List(Box::new(Kind::Form(form)));
        self.read(key, &kind, Absent::Value("[]".to_owned()), |value| {
            list(value, |item| parsed(item, &expected, &parse))
        })
        .unwrap_or_default()
    }

    /// A key of the original that has no meaning here, for the given reason. Any value is accepted;
    /// whoever writes it is told once, however often it is written.
    pub fn retired(&mut self, name: &str, reason: &'static str) {
        let pattern = self.pattern.child(name);
        self.reader.catalogue.add(CatalogueEntry {
            path: pattern,
            kind: Kind::Anything,
            absent: Absent::Meaning("no effect"),
            unit: "",
            meaning: reason,
            secret: false,
            status: Status::Retired(reason),
        });
        if self.declares_only {
            return;
        }
        let path = self.key(name);
        if self.reader.ask(&path).is_some() {
            let message = format!("has no effect: {reason}");
            self.reader.warn_once(format!("{name} {reason}"), &path, message);
        }
    }

    fn read<T>(
        &mut self,
        key: Key<'_>,
        kind: &Kind,
        absent: Absent,
        accept: impl FnOnce(&RawValue) -> Result<T, Refusal>,
    ) -> Option<T> {
        let pending = self.pending.or(key.pending);
        self.reader.catalogue.add(CatalogueEntry {
            path: self.pattern.child(key.name),
            kind: kind.clone(),
            absent: absent.clone(),
            unit: key.unit,
            meaning: key.meaning,
            secret: key.secret,
            status: pending.map_or(Status::Acts, Status::Pending),
        });
        if self.declares_only {
            return None;
        }
        let path = self.key(key.name);
        let Some(entry) = self.reader.ask(&path) else {
            self.note_absent(path, absent);
            return None;
        };
        match accept(&entry.value) {
            Ok(value) => {
                let shown = match key.secret {
                    true => quoted(MASK),
                    false => shown_as(kind, &entry.value),
                };
                // Whoever writes a default does not expect anything of it.
                let is_default = absent == Absent::Value(shown.clone());
                let place = Some(entry.place.clone());
                let effective = EffectiveValue { value: Some(shown), place, absent: "" };
                self.reader.effective.values.insert(path.clone(), effective);
                if let Some(brings) = key.pending
                    && self.pending.is_none()
                    && !is_default
                {
                    let message = format!("has no effect yet: this build has no {brings}");
                    self.reader.warn_once(format!("pending {brings}"), &path, message);
                }
                Some(value)
            }
            // What was found is not shown.
            Err(Refusal::Expected(expected)) if key.secret => {
                self.reader.problem(&path, format!("expected {expected}"));
                None
            }
            Err(Refusal::Message(_)) if key.secret => {
                self.reader.problem(&path, format!("expected {}", kind.describe()));
                None
            }
            Err(Refusal::Expected(expected)) => {
                self.reader.expected(&path, entry, &expected);
                None
            }
            Err(Refusal::Message(message)) => {
                self.reader.problem(&path, message);
                None
            }
        }
    }

    fn note_absent(&mut self, path: KeyPath, absent: Absent) {
        let effective = match absent {
            Absent::Value(value) => EffectiveValue { value: Some(value), place: None, absent: "" },
            Absent::Meaning(absent) => EffectiveValue { value: None, place: None, absent },
            Absent::Required => return,
        };
        self.reader.effective.values.insert(path, effective);
    }
}

/// What stands in place of a secret.
const MASK: &str = "***";

/// The value as TOML writes it for a key of this kind that accepts it.
fn shown_as(kind: &Kind, value: &RawValue) -> String {
    let plain = || value.to_string();
    match (kind, value) {
        (Kind::Boolean, _) => value.as_boolean().map_or_else(plain, |value| value.to_string()),
        (
            Kind::Integer { .. } | Kind::Number { .. },
            RawValue::Untyped(text) | RawValue::Text(text),
        ) => match (text.parse::<i128>(), text.parse::<f64>()) {
            (Ok(number), _) => number.to_string(),
            (Err(_), Ok(number)) => RawValue::Float(number).to_string(),
            (Err(_), Err(_)) => plain(),
        },
        (Kind::Choice(words), RawValue::Untyped(text) | RawValue::Text(text)) => {
            let word = words.iter().find(|word| word.eq_ignore_ascii_case(text));
            word.map_or_else(plain, |word| quoted(word))
        }
        (Kind::List(item), RawValue::Untyped(_)) => {
            let items = value.as_list().unwrap_or_default();
            let items: Vec<String> = items.iter().map(|value| shown_as(item, value)).collect();
            format!("[{}]", items.join(", "))
        }
        _ => plain(),
    }
}

/// Why a value is not accepted.
enum Refusal {
    /// Something else was expected; what was found is added.
    Expected(String),
    /// A whole sentence.
    Message(String),
}

impl Refusal {
    fn expected(what: &str) -> Self {
        Self::Expected(what.to_owned())
    }

    fn message(sentence: impl Into<String>) -> Self {
        Self::Message(sentence.into())
    }
}

fn boolean(value: &RawValue) -> Result<bool, Refusal> {
    value.as_boolean().ok_or_else(|| Refusal::expected("true or false"))
}

fn integer_kind<T: fmt::Display>(range: &RangeInclusive<T>) -> Kind {
    Kind::Integer { min: range.start().to_string(), max: range.end().to_string() }
}

fn integer<T>(value: &RawValue, range: &RangeInclusive<T>) -> Result<T, Refusal>
where
    T: PartialOrd + FromStr + fmt::Display,
{
    let number = value.as_integer().and_then(|digits| digits.parse().ok());
    number.filter(|number| range.contains(number)).ok_or_else(|| {
        Refusal::Expected(format!("a whole number from {} to {}", range.start(), range.end()))
    })
}

fn text(value: &RawValue, bytes_max: usize) -> Result<String, Refusal> {
    let text = value.as_text().filter(|text| (1..=bytes_max).contains(&text.len()));
    text.map(str::to_owned)
        .ok_or_else(|| Refusal::Expected(format!("a text of 1 to {bytes_max} bytes")))
}

fn path(value: &RawValue) -> Result<PathBuf, Refusal> {
    let text = value.as_text().filter(|text| !text.is_empty());
    text.map(PathBuf::from).ok_or_else(|| Refusal::expected("the name of a file or folder"))
}

fn duration(value: &RawValue) -> Result<Duration, Refusal> {
    parsed(value, "a duration such as \"1h30m15s\"", |text| {
        parse_duration(text).map_err(|error| error.to_string())
    })
}

fn size(value: &RawValue, range: &RangeInclusive<u64>) -> Result<u64, Refusal> {
    parsed(value, "a size such as \"1M\"", |text| match parse_size(text) {
        Ok(bytes) if bytes > *range.end() => {
            Err(format!("expected at most {} bytes, found {bytes}", range.end()))
        }
        Ok(bytes) if bytes < *range.start() => {
            Err(format!("expected at least {} bytes, found {bytes}", range.start()))
        }
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(error.to_string()),
    })
}

fn choice_kind<T: Choice>() -> Kind {
    Kind::Choice(T::WORDS.iter().map(|(word, _)| *word).collect())
}

fn choice<T: Choice>(value: &RawValue) -> Result<T, Refusal> {
    value.as_text().and_then(T::from_word).ok_or_else(|| Refusal::Expected(T::expected()))
}

fn socket_addr(value: &RawValue) -> Result<SocketAddr, Refusal> {
    let addr = value.as_text().and_then(|text| text.parse().ok());
    addr.ok_or_else(|| Refusal::expected("an address and port such as \"0.0.0.0:1883\""))
}

fn parsed<T>(
    value: &RawValue,
    expected: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<T, Refusal> {
    let text = value.as_text().ok_or_else(|| Refusal::expected(expected))?;
    parse(text).map_err(|message| Refusal::Message(format!("{message} in {}", quoted(text))))
}

fn list<T>(
    value: &RawValue,
    item: impl Fn(&RawValue) -> Result<T, Refusal>,
) -> Result<Vec<T>, Refusal> {
    let items = value.as_list().ok_or_else(|| Refusal::expected("a list"))?;
    items.iter().map(item).collect()
}
