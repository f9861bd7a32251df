//! Names of cameras, views and zones: short strings checked once, where they enter.

use std::fmt;
use std::sync::Arc;

/// Longest id accepted, in bytes. GB/T 28181 ids have 20 digits; URLs and tokens are not ids.
const ID_BYTES_MAX: usize = 64;

/// Views of one camera, at most: twice the presets of a usual patrol tour. Each costs the scene's memory of one view.
pub const VIEWS_MAX: usize = 16;

/// Why a string is no id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidId {
    /// The string is empty.
    Empty,
    /// The string has this many bytes, more than 64.
    TooLong(usize),
    /// The string holds this character; letters, digits, `-`, `_`, `.` and `:` are allowed.
    Character(char),
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "an id must not be empty"),
            Self::TooLong(n) => write!(f, "an id has at most {ID_BYTES_MAX} bytes, this one has {n}"),
            Self::Character(c) => {
                write!(f, "an id holds letters, digits, `-`, `_`, `.` and `:`, not {c:?}")
            }
        }
    }
}

impl std::error::Error for InvalidId {}

fn checked(text: &str) -> Result<Arc<str>, InvalidId> {
    if text.is_empty() {
        return Err(InvalidId::Empty);
    }
    if text.len() > ID_BYTES_MAX {
        return Err(InvalidId::TooLong(text.len()));
    }
    match text
        .chars()
        .find(|c| !(c.is_alphanumeric() || "-_.:".contains(*c)))
    {
        Some(c) => Err(InvalidId::Character(c)),
        None => Ok(Arc::from(text)),
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks `text` and makes it an id.
            pub fn new(text: &str) -> Result<Self, InvalidId> {
                checked(text).map(Self)
            }

            /// The id as written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }
    };
}

id!(
    /// A camera: the operator's own name for it, or its 20-digit GB/T 28181 id.
    CameraId
);
id!(
    /// A view of a camera: one preset of a PTZ head, or the only view of a fixed camera.
    ViewId
);
id!(
    /// A zone within one camera.
    ZoneId
);
id!(
    /// Ground that several views look at, with an origin and two axes of its own.
    FrameId
);

/// A stretch of one camera's stream without a break in parameters, timestamps or connection.
/// Pictures of different epochs share neither decoder state nor media time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u32);

impl Epoch {
    /// The epoch after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_refused_with_its_reason() {
        let long = "x".repeat(65);
        let rows = [
            ("", Err(InvalidId::Empty)),
            ("a b", Err(InvalidId::Character(' '))),
            ("a/b", Err(InvalidId::Character('/'))),
            (long.as_str(), Err(InvalidId::TooLong(65))),
            ("34020000001320000001", Ok("34020000001320000001")),
            ("东门-2", Ok("东门-2")),
        ];
        for (text, want) in rows {
            let got = CameraId::new(text);
            assert_eq!(
                got.as_ref().map(CameraId::as_str),
                want.as_ref().copied(),
                "{text:?}"
            );
        }
    }
}
