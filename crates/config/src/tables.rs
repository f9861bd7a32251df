//! The forms of many tables of one kind: by position, `[[name]]`, and by name, `[name.NAME]`.
//!
//! Not for: what stands in one table; that is its `section`.

use std::marker::PhantomData;

use crate::form::{Form, Placed, wrong_type};
use crate::node::{Node, Value};
use crate::problem::Context;
use crate::section::{At, Section, section_shape};
use crate::shape::Shape;

/// Tables of one kind, `[[name]]`.
pub(crate) struct Tables<S> {
    max: usize,
    made: PhantomData<S>,
}

pub(crate) const fn tables<S>(max: usize) -> Tables<S> {
    Tables {
        max,
        made: PhantomData,
    }
}

impl<S: Section> Form for Tables<S> {
    type Value = Vec<Placed<S>>;

    fn shape(&self) -> Shape {
        Shape::Tables(section_shape::<S>(), self.max)
    }

    fn read(&self, name: &str, node: &Node, cx: &mut Context<'_>) -> Option<Self::Value> {
        let Value::List(items) = &node.value else {
            wrong_type(
                name,
                node,
                "a list of tables",
                format!("write [[{name}]] above each"),
                cx,
            );
            return None;
        };
        if items.len() > self.max {
            let message = format!("`{name}` has {} entries, more than {}", items.len(), self.max);
            cx.report(&node.place, message, "serve them with a second instance");
            return None;
        }
        let mut read = |item: &Node| {
            let Value::Table(table) = &item.value else {
                wrong_type(name, item, "a table", format!("write [[{name}]] above each"), cx);
                return None;
            };
            let value = S::read(
                &At {
                    path: name,
                    place: &item.place,
                },
                table,
                cx,
            )?;
            Some(Placed {
                value,
                place: item.place.clone(),
            })
        };
        let found: Vec<_> = items.iter().filter_map(&mut read).collect();
        if found.len() < items.len() {
            cx.incomplete.push(name.to_owned());
        }
        Some(found)
    }
}

/// Tables of one kind by name, `[groups.NAME]`.
pub(crate) struct Named<S> {
    max: usize,
    example: &'static str,
    made: PhantomData<S>,
}

pub(crate) const fn named<S>(example: &'static str, max: usize) -> Named<S> {
    Named {
        max,
        example,
        made: PhantomData,
    }
}

impl<S: Section> Form for Named<S> {
    type Value = Vec<(String, Placed<S>)>;

    fn shape(&self) -> Shape {
        Shape::Named(section_shape::<S>(), self.example, self.max)
    }

    fn read(&self, name: &str, node: &Node, cx: &mut Context<'_>) -> Option<Self::Value> {
        let Value::Table(table) = &node.value else {
            wrong_type(
                name,
                node,
                "tables by name",
                format!("write [{name}.{}]", self.example),
                cx,
            );
            return None;
        };
        if table.entries.len() > self.max {
            let message = format!(
                "`{name}` has {} tables, more than {}",
                table.entries.len(),
                self.max
            );
            cx.report(&node.place, message, format!("keep it to {}", self.max));
            return None;
        }
        let mut found = Vec::new();
        for entry in &table.entries {
            let Value::Table(inner) = &entry.node.value else {
                let hint = format!("write it under a name: [{name}.{}]", self.example);
                cx.report(
                    &entry.key_place,
                    format!("`{name}.{}` is no table", entry.key),
                    hint,
                );
                cx.incomplete.push(name.to_owned());
                continue;
            };
            let path = format!("{name}.{}", entry.key);
            if let Some(value) = S::read(
                &At {
                    path: &path,
                    place: &entry.key_place,
                },
                inner,
                cx,
            ) {
                found.push((
                    entry.key.clone(),
                    Placed {
                        value,
                        place: entry.key_place.clone(),
                    },
                ));
            }
        }
        Some(found)
    }
}
