//! The forms a value can have: each reads, checks and describes itself.
//!
//! Not for: whether a key must be there (that is `section`) or what values mean together (`resolve`).

use std::fmt::Display;
use std::marker::PhantomData;
use std::path::PathBuf;

use curbwatch_types::{Point, Polygon, PolygonProblem};

use crate::nearest::nearest;
use crate::node::{Node, Value};
use crate::problem::{Context, Place};
use crate::refusal::Refusal;
use crate::shape::Shape;

/// Corners of a polygon at most. The crossing test is quadratic; a kerb needs 4 to 20.
pub(crate) const POLYGON_POINTS_MAX: usize = 128;

/// Longest text value in bytes.
const TEXT_BYTES_MAX: usize = 2048;

/// A form: reads a [`Node`] as a value of its type, or reports why not.
pub(crate) trait Form {
    type Value;
    /// For schema, reference and example.
    fn shape(&self) -> Shape;
    /// `name` is the dotted key for messages. `None` after a problem was reported.
    fn read(&self, name: &str, node: &Node, cx: &mut Context<'_>) -> Option<Self::Value>;
}

/// Reports a value that is no `want`.
pub(crate) fn wrong_type(name: &str, node: &Node, want: &str, hint: impl Into<String>, cx: &mut Context<'_>) {
    cx.report(
        &node.place,
        format!("`{name}` must be {want}, not {}", node.what()),
        hint,
    );
}

fn outside<T: Display>(
    name: &str,
    node: &Node,
    found: impl Display,
    (min, max): (T, T),
    cx: &mut Context<'_>,
) {
    cx.report(
        &node.place,
        format!("`{name}` is {found}, outside {min} to {max}"),
        format!("give a value from {min} to {max}"),
    );
}

/// A number within bounds, read as `f32` or `f64`.
pub(crate) struct Number<T> {
    min: f64,
    max: f64,
    made: PhantomData<T>,
}

/// A number type of the configuration.
pub(crate) trait Real {
    fn from_f64(value: f64) -> Self;
}

impl Real for f32 {
    fn from_f64(value: f64) -> Self {
        value as f32
    }
}

impl Real for f64 {
    fn from_f64(value: f64) -> Self {
        value
    }
}

pub(crate) const fn number<T>(min: f64, max: f64) -> Number<T> {
    Number {
        min,
        max,
        made: PhantomData,
    }
}

impl<T: Real> Form for Number<T> {
    type Value = T;

    fn shape(&self) -> Shape {
        Shape::Number {
            min: self.min,
            max: self.max,
        }
    }

    fn read(&self, name: &str, node: &Node, cx: &mut Context<'_>) -> Option<T> {
        let Some(found) = node.number() else {
            let hint = format!("write a number from {} to {}, without quotes", self.min, self.max);
            wrong_type(name, node, "a number", hint, cx);
            return None;
        };
        if (self.min..=self.max).contains(&found) {
            return Some(T::from_f64(found));
        }
        outside(name, node, found, (self.min, self.max), cx);
        None
    }
}

/// A whole number within bounds.
pub(crate) struct Whole<T> {
    min: u64,
    max: u64,
    made: PhantomData<T>,
}

pub(crate) const fn whole<T>(min: u64, max: u64) -> Whole<T> {
    Whole {
        min,
        max,
        made: PhantomData,
    }
}

impl<T: TryFrom<u64>> Form for Whole<T> {
    type Value = T;

    fn shape(&self) -> Shape {
        Shape::Whole {
            min: self.min,
            max: self.max,
        }
    }

    fn read(&self, name: &str, node: &Node, cx: &mut Context<'_>) -> Option<T> {
        let Some(found) = node.whole() else {
            let hint = format!(
                "write a whole number from {} to {}, without quotes",
                self.min, self.max
            );
            wrong_type(name, node, "a whole number", hint, cx);
            return None;
        };
        let checked = u64::try_from(found)
            .ok()
            .filter(|n| (self.min..=self.max).contains(n));
        let value = checked.and_then(|n| T::try_from(n).ok());
        if value.is_none() {
            outside(name, node, found, (self.min, self.max), cx);
        }
        value
    }
}

/// Text that `parse` turns into a `T`.
pub(crate) struct Text<T> {
    /// What it is, for the reference: "an address like `127.0.0.1:8088`".
    pub(crate) what: &'static str,
    /// The refusal's message continues "`key` ".
    pub(crate) parse: fn(&str) -> Result<T, Refusal>,
}

impl<T> Form for Text<T> {
    type Value = T;

    fn shape(&self) -> Shape {
        Shape::Text { what: self.what }
    }

    fn read(&self, name: &str, node: &Node, cx: &mut Context<'_>) -> Option<T> {
        let Some(text) = node.text() else {
            wrong_type(
                name,
                node,
                "text",
                format!("write {}, in double quotes", self.what),
                cx,
            );
            return None;
        };
        if text.len() > TEXT_BYTES_MAX {
            let message = format!("`{name}` has {} bytes, more than {TEXT_BYTES_MAX}", text.len());
            cx.report(&node.place, message, "shorten it");
            return None;
        }
        match (self.parse)(text) {
            Ok(value) => Some(value),
            Err(refusal) => {
                cx.report(&node.place, format!("`{name}` {}", refusal.message), refusal.hint);
                None
            }
        }
    }
}

/// One of a few words.
pub(crate) struct Choice<T: 'static>(pub(crate) &'static [(T, &'static str)]);

impl<T: Copy> Form for Choice<T> {
    type Value = T;

    fn shape(&self) -> Shape {
        Shape::Choice(self.0.iter().map(|(_, name)| *name).collect())
    }

    fn read(&self, name: &str, node: &Node, cx: &mut Context<'_>) -> Option<T> {
        let names = || self.0.iter().map(|(_, name)| *name);
        let list = || names().map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(", ");
        let Some(text) = node.text() else {
            wrong_type(name, node, "text", format!("choose one of {}", list()), cx);
            return None;
        };
        if let Some((value, _)) = self.0.iter().find(|(_, name)| *name == text) {
            return Some(*value);
        }
        let hint = match nearest(text, names()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "write one of them".to_owned(),
        };
        cx.report(&node.place, format!("`{name}` must be one of {}", list()), hint);
        None
    }
}

/// What must be found at a path.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Must {
    /// A file, now.
    BeFile,
    /// A folder, now.
    BeFolder,
    /// Nothing: it is made when needed.
    Nothing,
}

/// A path, relative to the folder of the file it stands in.
pub(crate) struct FilePath(pub(crate) Must);

impl Form for FilePath {
    type Value = PathBuf;

    fn shape(&self) -> Shape {
        let what = match self.0 {
            Must::BeFile => "a path of a file",
            Must::BeFolder => "a path of a folder",
            Must::Nothing => "a path",
        };
        Shape::Text { what }
    }

    fn read(&self, name: &str, node: &Node, cx: &mut Context<'_>) -> Option<PathBuf> {
        let Some(text) = node.text() else {
            wrong_type(name, node, "text", "write a path in double quotes", cx);
            return None;
        };
        if text.is_empty() || text.contains('\0') || text.len() > TEXT_BYTES_MAX {
            cx.report(
                &node.place,
                format!("`{name}` is no path"),
                "write a path, relative to this file or absolute",
            );
            return None;
        }
        let path = node.place.folder().join(text);
        let (found, what) = match self.0 {
            Must::BeFile => (path.is_file(), "file"),
            Must::BeFolder => (path.is_dir(), "folder"),
            Must::Nothing => (true, ""),
        };
        if found {
            return Some(path);
        }
        cx.report(
            &node.place,
            format!("`{name}`: there is no {what} {}", path.display()),
            format!(
                "check the path (it is relative to the folder of {})",
                node.place.file.display()
            ),
        );
        None
    }
}

/// A list of values of one form.
pub(crate) struct List<F>(pub(crate) F, pub(crate) usize);

impl<F: Form> Form for List<F> {
    type Value = Vec<F::Value>;

    fn shape(&self) -> Shape {
        Shape::List(Box::new(self.0.shape()), self.1)
    }

    fn read(&self, name: &str, node: &Node, cx: &mut Context<'_>) -> Option<Self::Value> {
        let items = bounded_list(name, node, self.1, cx)?;
        Some(
            items
                .iter()
                .filter_map(|item| self.0.read(name, item, cx))
                .collect(),
        )
    }
}

fn bounded_list<'n>(name: &str, node: &'n Node, max: usize, cx: &mut Context<'_>) -> Option<&'n [Node]> {
    let Value::List(items) = &node.value else {
        wrong_type(name, node, "a list", "put it in [ ]", cx);
        return None;
    };
    if items.len() > max {
        let message = format!("`{name}` has {} entries, more than {max}", items.len());
        cx.report(&node.place, message, format!("keep it to {max}"));
        return None;
    }
    Some(items)
}

/// A polygon: `[[x, y], ...]`, relative coordinates.
pub(crate) struct Corners;

impl Form for Corners {
    type Value = Polygon;

    fn shape(&self) -> Shape {
        Shape::Points
    }

    fn read(&self, name: &str, node: &Node, cx: &mut Context<'_>) -> Option<Polygon> {
        let items = bounded_list(name, node, POLYGON_POINTS_MAX, cx)?;
        let mut points = Vec::with_capacity(items.len());
        for item in items {
            let pair = match &item.value {
                Value::List(pair) => pair.as_slice(),
                _ => &[],
            };
            let [Some(x), Some(y)] = [pair.first(), pair.get(1)].map(|n| n.and_then(Node::number)) else {
                return bad_point(name, item, cx);
            };
            if pair.len() != 2 {
                return bad_point(name, item, cx);
            }
            points.push(Point::new(x as f32, y as f32));
        }
        match Polygon::new(points) {
            Ok(polygon) => Some(polygon),
            Err(problem) => {
                let place = match problem {
                    PolygonProblem::OutsidePicture(i) => items.get(i).map_or(&node.place, |n| &n.place),
                    _ => &node.place,
                };
                let hint = match problem {
                    PolygonProblem::TooFewPoints(_) => "add corners",
                    PolygonProblem::OutsidePicture(_) => "divide pixels by the picture's width and height",
                    PolygonProblem::CrossesItself(..) => {
                        "list the corners in the order in which one walks around it"
                    }
                    PolygonProblem::NoArea => "move the corners apart",
                };
                cx.report(place, format!("`{name}`: {problem}"), hint);
                None
            }
        }
    }
}

fn bad_point(name: &str, item: &Node, cx: &mut Context<'_>) -> Option<Polygon> {
    cx.report(
        &item.place,
        format!("`{name}`: a corner is two numbers"),
        "write it as [x, y], each 0 to 1",
    );
    None
}

/// A value that remembers where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Placed<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

/// A form whose value remembers where it stands.
pub(crate) struct Where<F>(pub(crate) F);

impl<F: Form> Form for Where<F> {
    type Value = Placed<F::Value>;

    fn shape(&self) -> Shape {
        self.0.shape()
    }

    fn read(&self, name: &str, node: &Node, cx: &mut Context<'_>) -> Option<Self::Value> {
        let value = self.0.read(name, node, cx)?;
        Some(Placed {
            value,
            place: node.place.clone(),
        })
    }
}
