//! What the declarations tell about tables, keys and values: all that schema, reference page and
//! example file are written from.
//!
//! Not for: reading values (`form`) or writing the pages (`publish`).

/// A table's description.
pub(crate) struct SectionShape {
    pub(crate) about: String,
    pub(crate) keys: Vec<Key>,
}

/// A key's description.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) doc: String,
    pub(crate) shape: Shape,
    pub(crate) presence: Presence,
}

/// Whether a key must be there; the texts are TOML values.
pub(crate) enum Presence {
    Required {
        example: &'static str,
    },
    Default(&'static str),
    /// `shown`: live in the example file, not commented out.
    Optional {
        example: &'static str,
        shown: bool,
    },
    /// A table, or tables: without it, what its own keys say.
    Table,
}

/// What a form tells about itself.
pub(crate) enum Shape {
    Number { min: f64, max: f64 },
    Whole { min: u64, max: u64 },
    Text { what: &'static str },
    Choice(Vec<&'static str>),
    Points,
    List(Box<Shape>, usize),
    Table(SectionShape),
    Tables(SectionShape, usize),
    Named(SectionShape, &'static str, usize),
}
