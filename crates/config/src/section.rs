//! Tables of the configuration file, each declared once.
//!
//! [`section!`] takes a struct whose fields carry doc, type, form, and default or example, and makes of
//! it the struct, the reading with every check, and the description that schema, reference page and
//! example file are written from. There is no second place where a key is mentioned.

use std::marker::PhantomData;

use crate::form::Form;
use crate::nearest::unknown_key_hint;
use crate::node::{Node, Table, Value, parse};
use crate::problem::{Context, Place};
use crate::shape::{Key, Presence, SectionShape, Shape};

/// Declares a table of the configuration; see the module.
macro_rules! section {
    (
        $(#[doc = $about:literal])*
        $(#[derive($derive:ident)])?
        $vis:vis struct $name:ident {
            $( $(#[doc = $doc:literal])* $field:ident: $type:ty = $spec:expr; )*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone $(, $derive)?)]
        $vis struct $name {
            $( $(#[doc = $doc])* pub $field: $type, )*
        }

        impl $crate::section::Section for $name {
            const NAMES: &'static [&'static str] = &[$(stringify!($field)),*];

            fn about() -> String {
                $crate::section::joined(&[$($about),*])
            }

            fn keys() -> Vec<$crate::shape::Key> {
                vec![$($crate::section::key::<$type>(stringify!($field), &[$($doc),*], &$spec)),*]
            }

            fn read(
                at: &$crate::section::At<'_>,
                table: &$crate::node::Table,
                cx: &mut $crate::problem::Context<'_>,
            ) -> Option<Self> {
                $crate::section::check_names::<Self>(at, table, cx);
                $( let $field = $crate::section::Spec::get(&$spec, stringify!($field), at, table, cx); )*
                Some(Self { $($field: $field?),* })
            }
        }
    };
}
pub(crate) use section;

/// A declared table.
pub(crate) trait Section: Sized {
    const NAMES: &'static [&'static str];
    fn about() -> String;
    fn keys() -> Vec<Key>;
    /// Reads every key, so that every problem is found; `None` after a problem without which there is no value.
    fn read(at: &At<'_>, table: &Table, cx: &mut Context<'_>) -> Option<Self>;
}

/// Where a table stands: its dotted name and its header.
pub(crate) struct At<'a> {
    pub(crate) path: &'a str,
    pub(crate) place: &'a Place,
}

impl At<'_> {
    fn key(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }
}

pub(crate) fn section_shape<S: Section>() -> SectionShape {
    SectionShape {
        about: S::about(),
        keys: S::keys(),
    }
}

pub(crate) fn key<T>(name: &'static str, doc: &[&str], spec: &dyn Spec<Value = T>) -> Key {
    let (shape, presence) = spec.describe();
    Key {
        name,
        doc: joined(doc),
        shape,
        presence,
    }
}

/// Doc comment lines as text.
pub(crate) fn joined(lines: &[&str]) -> String {
    lines
        .iter()
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A form together with what happens when the key is absent.
pub(crate) trait Spec {
    type Value;
    fn describe(&self) -> (Shape, Presence);
    fn get(&self, name: &str, at: &At<'_>, table: &Table, cx: &mut Context<'_>) -> Option<Self::Value>;
}

/// A key with a default, written as a TOML value.
pub(crate) struct Or<F>(pub(crate) F, pub(crate) &'static str);

impl<F: Form> Spec for Or<F> {
    type Value = F::Value;

    fn describe(&self) -> (Shape, Presence) {
        (self.0.shape(), Presence::Default(self.1))
    }

    fn get(&self, name: &str, at: &At<'_>, table: &Table, cx: &mut Context<'_>) -> Option<F::Value> {
        if let Some(value) = given(&self.0, name, at, table, cx) {
            return Some(value);
        }
        let default = default_node(at.place, self.1, cx)?;
        self.0.read(&at.key(name), &default, cx)
    }
}

/// What the table says, if anything that can be read.
fn given<F: Form>(
    form: &F,
    name: &str,
    at: &At<'_>,
    table: &Table,
    cx: &mut Context<'_>,
) -> Option<F::Value> {
    form.read(&at.key(name), table.get(name)?, cx)
}

/// A default as a node that stands at `place`, so that default paths are relative to the same folder.
fn default_node(place: &Place, toml: &str, cx: &mut Context<'_>) -> Option<Node> {
    let Value::Table(table) = parse(&place.file, &format!("default = {toml}"), cx)?.value else {
        return None;
    };
    let node = table.entries.into_iter().next()?.node;
    Some(Node {
        place: place.clone(),
        ..node
    })
}

/// A key that may be absent, with an example.
pub(crate) struct Optional<F>(pub(crate) F, pub(crate) &'static str);

impl<F: Form> Spec for Optional<F> {
    type Value = Option<F::Value>;

    fn describe(&self) -> (Shape, Presence) {
        (
            self.0.shape(),
            Presence::Optional {
                example: self.1,
                shown: false,
            },
        )
    }

    fn get(&self, name: &str, at: &At<'_>, table: &Table, cx: &mut Context<'_>) -> Option<Self::Value> {
        Some(given(&self.0, name, at, table, cx))
    }
}

/// A key that may be absent and is live in the example file.
pub(crate) struct Shown<F>(pub(crate) F, pub(crate) &'static str);

impl<F: Form> Spec for Shown<F> {
    type Value = Option<F::Value>;

    fn describe(&self) -> (Shape, Presence) {
        (
            self.0.shape(),
            Presence::Optional {
                example: self.1,
                shown: true,
            },
        )
    }

    fn get(&self, name: &str, at: &At<'_>, table: &Table, cx: &mut Context<'_>) -> Option<Self::Value> {
        Some(given(&self.0, name, at, table, cx))
    }
}

/// A key that must be there, with an example.
pub(crate) struct Required<F>(pub(crate) F, pub(crate) &'static str);

impl<F: Form> Spec for Required<F> {
    type Value = F::Value;

    fn describe(&self) -> (Shape, Presence) {
        (self.0.shape(), Presence::Required { example: self.1 })
    }

    fn get(&self, name: &str, at: &At<'_>, table: &Table, cx: &mut Context<'_>) -> Option<F::Value> {
        if let Some(node) = table.get(name) {
            return self.0.read(&at.key(name), node, cx);
        }
        // The example file lies two folders below the root of the repository; most others do not.
        let hint = format!("add a line like `{name} = {}`", self.1.replace("../", ""));
        cx.report_missing(at.place, format!("`{}` is missing", at.key(name)), hint);
        None
    }
}

/// A table of its own, `[name]`; absent, it is read as empty.
pub(crate) struct Nested<S>(PhantomData<S>);

pub(crate) const fn nested<S>() -> Nested<S> {
    Nested(PhantomData)
}

impl<S: Section> Spec for Nested<S> {
    type Value = S;

    fn describe(&self) -> (Shape, Presence) {
        (Shape::Table(section_shape::<S>()), Presence::Table)
    }

    fn get(&self, name: &str, at: &At<'_>, table: &Table, cx: &mut Context<'_>) -> Option<S> {
        let path = at.key(name);
        match table.get(name) {
            None => S::read(
                &At {
                    path: &path,
                    place: at.place,
                },
                &Table::default(),
                cx,
            ),
            Some(Node {
                place,
                value: Value::Table(inner),
            }) => S::read(&At { path: &path, place }, inner, cx),
            Some(other) => {
                let message = format!("`{path}` must be a table, not {}", other.what());
                cx.report(
                    &other.place,
                    message,
                    format!("write [{path}] and its keys below"),
                );
                None
            }
        }
    }
}

/// Tables that may be absent: a form of tables, empty when absent.
pub(crate) struct Any<F>(pub(crate) F);

impl<F: Form> Spec for Any<F>
where
    F::Value: Default,
{
    type Value = F::Value;

    fn describe(&self) -> (Shape, Presence) {
        (self.0.shape(), Presence::Table)
    }

    fn get(&self, name: &str, at: &At<'_>, table: &Table, cx: &mut Context<'_>) -> Option<F::Value> {
        Some(given(&self.0, name, at, table, cx).unwrap_or_default())
    }
}

/// Reports every key that the table does not know.
pub(crate) fn check_names<S: Section>(at: &At<'_>, table: &Table, cx: &mut Context<'_>) {
    for entry in &table.entries {
        if !S::NAMES.contains(&entry.key.as_str()) {
            let message = format!("unknown key `{}`", at.key(&entry.key));
            let hint = if cx.is_full() {
                String::new()
            } else if at.path.is_empty() && cx.main_names.contains(&entry.key.as_str()) {
                format!("`{}` belongs in the main file", entry.key)
            } else if cx.main_names.contains(&entry.key.as_str()) {
                format!(
                    "`{}` belongs at the top of the file, above the first [table]",
                    entry.key
                )
            } else {
                unknown_key_hint(&entry.key, S::NAMES)
            };
            cx.report(&entry.key_place, message, hint);
        }
    }
}
