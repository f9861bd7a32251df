//! What stands in a file, with the place of everything: TOML (and CSV rows) as a tree of [`Node`]s.
//!
//! Not for: what a key means. This is the only module that knows the `toml` crate; its recovering
//! parser lets one check find every syntax error and still read the rest of the file.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use crate::problem::{Context, Place};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

/// A value as written.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    /// Unquoted text of a CSV field: becomes whatever its key asks for.
    Cell(String),
    Whole(i64),
    Number(f64),
    Flag(bool),
    Date,
    List(Vec<Node>),
    Table(Table),
}

/// Keys and values in the order of the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub(crate) entries: Vec<Entry>,
}

/// One key of a table.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_place: Place,
    pub(crate) node: Node,
}

impl Table {
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|e| e.key == key).map(|e| &e.node)
    }
}

impl Node {
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Cell(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn whole(&self) -> Option<i64> {
        match &self.value {
            Value::Whole(n) => Some(*n),
            Value::Cell(text) => text.parse().ok(),
            _ => None,
        }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        match &self.value {
            Value::Whole(n) => Some(*n as f64),
            Value::Number(n) => Some(*n),
            Value::Cell(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// What it is, in the words of a message.
    pub(crate) fn what(&self) -> &'static str {
        match self.value {
            Value::Text(_) | Value::Cell(_) => "text",
            Value::Whole(_) => "a whole number",
            Value::Number(_) => "a number with a fraction",
            Value::Flag(_) => "true or false",
            Value::Date => "a date",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

/// Reads `text` as TOML. Syntax errors are reported, one a line; what can be read in spite of them is
/// returned. `None` when a table header is broken: then nobody knows which keys belong where.
pub(crate) fn parse(file: &Arc<Path>, text: &str, cx: &mut Context<'_>) -> Option<Node> {
    let lines = Lines::new(file, text);
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut headers_hold = true;
    let mut last_line = 0;
    for error in &errors {
        let place = lines.place(error.span().map_or(0, |span| span.start));
        headers_hold &= !lines.text_of(place.line).trim_start().starts_with('[');
        if place.line != last_line {
            last_line = place.line;
            cx.report(
                &place,
                format!("not valid TOML: {}", error.message()),
                syntax_hint(error.message()),
            );
        }
    }
    if !errors.is_empty() {
        cx.broken.push(Arc::clone(file));
    }
    let spans: Vec<Range<usize>> = errors.iter().filter_map(toml::de::Error::span).collect();
    headers_hold.then(|| Node {
        place: Place::start(file),
        value: Value::Table(table(document.get_ref(), &spans, &lines, cx)),
    })
}

fn syntax_hint(message: &str) -> &'static str {
    if message.contains("duplicate") {
        "keep one of the two"
    } else if message.contains("quot") || message.contains("string") {
        "put text in double quotes, closed on the same line"
    } else if message.contains("array") || message.contains("table") || message.contains('[') {
        "close every bracket that was opened"
    } else {
        "write one `key = value` a line: text in double quotes, lists in [ ], comments after #"
    }
}

/// `errors` are where syntax errors stand: a value that holds one is left out, what it seems to be is
/// an accident of the recovery.
fn table(from: &DeTable<'_>, errors: &[Range<usize>], lines: &Lines<'_>, cx: &mut Context<'_>) -> Table {
    let mut found: Vec<_> = from.iter().collect();
    found.sort_by_key(|(key, _)| key.span().start);
    let entries = found
        .into_iter()
        .filter(|(_, value)| {
            let span = value.span();
            let is_broken = errors
                .iter()
                .any(|e| span.start <= e.start && e.start <= span.end);
            !is_broken || holds_tables(value.get_ref())
        })
        .filter_map(|(key, value)| {
            let place = lines.place(value.span().start);
            Some(Entry {
                key: key.get_ref().to_string(),
                key_place: lines.place(key.span().start),
                node: Node {
                    value: convert(value.get_ref(), &place, errors, lines, cx)?,
                    place,
                },
            })
        })
        .collect();
    Table { entries }
}

/// Whether a value is written as headers and keys of its own.
fn holds_tables(value: &DeValue<'_>) -> bool {
    match value {
        DeValue::Table(_) => true,
        DeValue::Array(items) => items
            .iter()
            .any(|item| matches!(item.get_ref(), DeValue::Table(_))),
        _ => false,
    }
}

fn convert(
    from: &DeValue<'_>,
    place: &Place,
    errors: &[Range<usize>],
    lines: &Lines<'_>,
    cx: &mut Context<'_>,
) -> Option<Value> {
    Some(match from {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(n) => Value::Whole(
            i64::from_str_radix(n.as_str(), n.radix())
                .inspect_err(|_| {
                    cx.report(
                        place,
                        "this whole number is too large",
                        "write a number below 2^63",
                    );
                })
                .ok()?,
        ),
        DeValue::Float(n) => Value::Number(
            n.as_str()
                .parse()
                .inspect_err(|_| cx.report(place, "this is no number", "write it like 2.5"))
                .ok()?,
        ),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .filter_map(|item| {
                    let place = lines.place(item.span().start);
                    Some(Node {
                        value: convert(item.get_ref(), &place, errors, lines, cx)?,
                        place,
                    })
                })
                .collect(),
        ),
        DeValue::Table(entries) => Value::Table(table(entries, errors, lines, cx)),
    })
}

/// Where the lines of a file begin.
struct Lines<'a> {
    file: &'a Arc<Path>,
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(file: &'a Arc<Path>, text: &'a str) -> Self {
        let after_newlines = text
            .bytes()
            .enumerate()
            .filter(|(_, b)| *b == b'\n')
            .map(|(i, _)| i + 1);
        Self {
            file,
            text,
            starts: std::iter::once(0).chain(after_newlines).collect(),
        }
    }

    fn place(&self, offset: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let column = self
            .text
            .get(start..offset)
            .map_or(1, |before| before.chars().count() + 1);
        Place {
            file: Arc::clone(self.file),
            line,
            column,
        }
    }

    fn text_of(&self, line: usize) -> &str {
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        self.text
            .get(start..)
            .and_then(|rest| rest.lines().next())
            .unwrap_or("")
    }
}
