//! Schema, reference page and example file, written from the declarations.
//!
//! Not for: a single word about a key that its declaration does not hold. The files are committed
//! under `docs/ref/`; a test fails when one is stale, `cargo xtask generate` rewrites them.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::form::POLYGON_POINTS_MAX;
use crate::lists::MainFile;
use crate::node::{Node, Value, parse};
use crate::problem::Context;
use crate::section::Section;
use crate::shape::{Key, Presence, SectionShape, Shape};

/// The generated files: path from the root of the repository, and content.
pub fn generated() -> Vec<(&'static str, String)> {
    vec![
        ("docs/ref/config.md", reference()),
        ("docs/ref/curbwatch.example.toml", example()),
        ("docs/ref/curbwatch.schema.json", schema()),
    ]
}

fn root() -> SectionShape {
    SectionShape {
        about: MainFile::about(),
        keys: MainFile::keys(),
    }
}

/// The JSON Schema (draft 2020-12) of the main file. An included TOML list holds its `include`,
/// `groups`, `cameras` and `zones` only.
pub fn schema() -> String {
    let mut schema = match section_schema(&root()) {
        Json::Object(map) => map.into_iter().collect(),
        _ => Vec::new(),
    };
    schema.push((
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    ));
    schema.push(("title".to_owned(), json!("Curbwatch configuration")));
    let mut text = serde_json::to_string_pretty(&object(schema)).unwrap_or_default();
    text.push('\n');
    text
}

/// An object with its keys in order, whatever features `serde_json` is built with.
fn object(mut entries: Vec<(String, Json)>) -> Json {
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    Json::Object(Map::from_iter(entries))
}

fn entry(key: &str, value: impl Into<Json>) -> (String, Json) {
    (key.to_owned(), value.into())
}

fn section_schema(section: &SectionShape) -> Json {
    let properties = section
        .keys
        .iter()
        .map(|key| entry(key.name, key_schema(key)))
        .collect();
    let is_required = |key: &&Key| match &key.presence {
        Presence::Required { .. } => true,
        Presence::Table => matches!(&key.shape, Shape::Table(inner) if needs_a_key(inner)),
        _ => false,
    };
    let required: Vec<&str> = section
        .keys
        .iter()
        .filter(is_required)
        .map(|key| key.name)
        .collect();
    let mut entries = vec![
        entry("type", "object"),
        entry("description", section.about.clone()),
        ("properties".to_owned(), object(properties)),
        entry("additionalProperties", false),
    ];
    if !required.is_empty() {
        entries.push(entry("required", required));
    }
    object(entries)
}

fn needs_a_key(section: &SectionShape) -> bool {
    section
        .keys
        .iter()
        .any(|key| matches!(key.presence, Presence::Required { .. }))
}

fn key_schema(key: &Key) -> Json {
    let mut entries = shape_schema(&key.shape);
    if !key.doc.is_empty() {
        entries.retain(|(name, _)| name != "description");
        entries.push(entry("description", key.doc.clone()));
    }
    match &key.presence {
        Presence::Default(toml) => entries.push(entry("default", json_of(toml))),
        Presence::Optional { example, .. } | Presence::Required { example } => {
            entries.push(entry("examples", vec![json_of(example)]));
        }
        Presence::Table => {}
    }
    object(entries)
}

fn shape_schema(shape: &Shape) -> Vec<(String, Json)> {
    match shape {
        Shape::Number { min, max } => {
            vec![
                entry("type", "number"),
                entry("minimum", *min),
                entry("maximum", *max),
            ]
        }
        Shape::Whole { min, max } => {
            vec![
                entry("type", "integer"),
                entry("minimum", *min),
                entry("maximum", *max),
            ]
        }
        Shape::Text { .. } => vec![entry("type", "string")],
        Shape::Choice(names) => vec![entry("type", "string"), entry("enum", names.clone())],
        Shape::Points => {
            let number = object(vec![
                entry("type", "number"),
                entry("minimum", 0),
                entry("maximum", 1),
            ]);
            let corner = object(vec![
                entry("type", "array"),
                entry("items", number),
                entry("minItems", 2),
                entry("maxItems", 2),
            ]);
            vec![
                entry("type", "array"),
                entry("items", corner),
                entry("minItems", 3),
                entry("maxItems", POLYGON_POINTS_MAX),
            ]
        }
        Shape::List(item, max) => {
            vec![
                entry("type", "array"),
                entry("items", object(shape_schema(item))),
                entry("maxItems", *max),
            ]
        }
        Shape::Table(section) => match section_schema(section) {
            Json::Object(map) => map.into_iter().collect(),
            _ => Vec::new(),
        },
        Shape::Tables(section, max) => {
            vec![
                entry("type", "array"),
                entry("items", section_schema(section)),
                entry("maxItems", *max),
            ]
        }
        Shape::Named(section, _, max) => vec![
            entry("type", "object"),
            entry("additionalProperties", section_schema(section)),
            entry("maxProperties", *max),
        ],
    }
}

/// A TOML value of a declaration as JSON; `null` for one that is no TOML, which a test refuses.
fn json_of(toml: &str) -> Json {
    fn convert(node: &Node) -> Json {
        match &node.value {
            Value::Text(text) | Value::Cell(text) => json!(text),
            Value::Whole(n) => json!(n),
            Value::Number(n) => json!(n),
            Value::Flag(flag) => json!(flag),
            Value::List(items) => Json::Array(items.iter().map(convert).collect()),
            Value::Date | Value::Table(_) => Json::Null,
        }
    }
    let file: Arc<Path> = Arc::from(Path::new("declaration"));
    let parsed = parse(
        &file,
        &format!("value = {toml}"),
        &mut Context::new(&|_| None, MainFile::NAMES),
    );
    match parsed.map(|node| node.value) {
        Some(Value::Table(table)) => table.get("value").map_or(Json::Null, convert),
        _ => Json::Null,
    }
}

/// A table of the file with the header it stands under: `[store]`, `[[cameras]]`, `[groups.NAME]`.
struct Heading<'s> {
    reference: String,
    example: String,
    section: &'s SectionShape,
}

/// Every table in the order of the declarations.
fn headings<'s>(prefix: &str, section: &'s SectionShape, into: &mut Vec<Heading<'s>>) {
    for key in &section.keys {
        let path = format!("{prefix}{}", key.name);
        let mut push = |reference: String, example: String, section: &'s SectionShape| {
            if section
                .keys
                .iter()
                .any(|key| !matches!(key.presence, Presence::Table))
            {
                into.push(Heading {
                    reference,
                    example,
                    section,
                });
            }
            headings(&format!("{path}."), section, into);
        };
        match &key.shape {
            Shape::Table(inner) => push(format!("[{path}]"), format!("[{path}]"), inner),
            Shape::Tables(inner, _) => push(format!("[[{path}]]"), format!("[[{path}]]"), inner),
            Shape::Named(inner, name, _) => push(format!("[{path}.NAME]"), format!("[{path}.{name}]"), inner),
            _ => {}
        }
    }
}

/// The reference page, Markdown.
pub fn reference() -> String {
    let root = root();
    let mut page = String::from(
        "# Configuration reference\n\n\
         <!-- Written by `cargo xtask generate` from the declarations in crates/config. Do not edit. -->\n\n\
         One TOML file. A key that is not on this page is an error. Paths are relative to the folder of the\n\
         file they stand in. The same declarations give the JSON Schema\n\
         ([curbwatch.schema.json](curbwatch.schema.json), `curbwatch schema`) and a file to start from\n\
         ([curbwatch.example.toml](curbwatch.example.toml)). How the parts play together:\n\
         [the guide](../guide/configuration.md).\n",
    );
    let mut found = Vec::new();
    headings("", &root, &mut found);
    section_page("Top level", &root, &mut page);
    for heading in &found {
        section_page(&format!("`{}`", heading.reference), heading.section, &mut page);
    }
    page
}

fn section_page(title: &str, section: &SectionShape, page: &mut String) {
    // Writing to a `String` cannot fail.
    let _ = write!(page, "\n## {title}\n\n{}\n\n", section.about);
    page.push_str("| key | value | default | meaning |\n|---|---|---|---|\n");
    for key in &section.keys {
        let default = match &key.presence {
            Presence::Required { .. } => "**required**".to_owned(),
            Presence::Default(toml) => format!("`{toml}`"),
            Presence::Optional { .. } => "none".to_owned(),
            Presence::Table => continue,
        };
        let doc = key.doc.replace('\n', " ").replace('|', "\\|");
        let _ = writeln!(
            page,
            "| `{}` | {} | {default} | {doc} |",
            key.name,
            in_words(&key.shape)
        );
    }
}

fn in_words(shape: &Shape) -> String {
    match shape {
        Shape::Number { min, max } => format!("number, {min} to {max}"),
        Shape::Whole { min, max } => format!("whole number, {min} to {max}"),
        Shape::Text { what } => (*what).to_owned(),
        Shape::Choice(names) => names
            .iter()
            .map(|n| format!("`\"{n}\"`"))
            .collect::<Vec<_>>()
            .join(", "),
        Shape::Points => format!("list of 3 to {POLYGON_POINTS_MAX} corners `[x, y]`"),
        Shape::List(item, max) => format!("list of at most {max}: {}", in_words(item)),
        Shape::Table(_) | Shape::Tables(..) | Shape::Named(..) => "table".to_owned(),
    }
}

/// The commented example file: every key, those with a default commented out.
pub fn example() -> String {
    let root = root();
    let mut file = String::from(
        "# Curbwatch: every key there is. A line that begins with `#` and no blank is a default, or an example of\n\
         # a key without one: take the `#` away to set it. Written by `cargo xtask generate`; copy before editing.\n\
         # Paths are relative to the folder of this file.\n",
    );
    let mut found = Vec::new();
    headings("", &root, &mut found);
    keys_example(&root, &mut file);
    for heading in &found {
        file.push('\n');
        comment(&heading.section.about, &mut file);
        let _ = writeln!(file, "{}", heading.example);
        keys_example(heading.section, &mut file);
    }
    file
}

fn keys_example(section: &SectionShape, file: &mut String) {
    for key in &section.keys {
        let (mark, value) = match &key.presence {
            Presence::Required { example } | Presence::Optional { example, shown: true } => ("", *example),
            Presence::Optional {
                example,
                shown: false,
            } => ("#", *example),
            Presence::Default(toml) => ("#", *toml),
            Presence::Table => continue,
        };
        file.push('\n');
        comment(&key.doc, file);
        let _ = writeln!(file, "# {}", capital(&in_words(&key.shape)).replace('`', ""));
        let _ = writeln!(file, "{mark}{} = {value}", key.name);
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).chain(['.']).collect()
    })
}

fn comment(text: &str, file: &mut String) {
    for line in text.lines() {
        let _ = writeln!(file, "# {line}");
    }
}
