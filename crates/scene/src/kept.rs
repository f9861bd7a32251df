//! How the parts of a scene are written into its memory and read from it: little-endian, in order, no names, nothing
//! skipped. A part says with [`kept!`] what it is made of; the compiler holds it to all of its fields.
//!
//! Not for: anybody else. What is written here is read here, by a program that keeps the same parts. Reading never
//! trusts: what does not add up is `None`, and nothing is reserved that the bytes do not hold.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use curbwatch_types::{
    AccessUnit, Appearance, BBox, CapturedAt, Luma, ObjectClass, Point, Score, Shot, ViewId, ViolationClass,
    Wall, ZoneId, ZoneKind,
};

/// Writes.
pub(crate) struct Writer {
    pub(crate) bytes: Vec<u8>,
    /// Pictures that are kept, by the time they were captured: within a camera it names a picture.
    pub(crate) pictures: BTreeSet<Wall>,
}

/// Reads.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    pictures: BTreeMap<Wall, &'a AccessUnit>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], pictures: &'a [AccessUnit]) -> Self {
        Self {
            rest: bytes,
            pictures: pictures.iter().map(|unit| (unit.captured_at.at, unit)).collect(),
        }
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*head)
    }

    fn slice(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(head)
    }

    /// Whether all was read.
    pub(crate) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }
}

/// The bytes end too soon or say what cannot be.
pub(crate) struct Torn;

/// What can be kept.
pub(crate) trait Kept: Sized {
    fn keep(&self, to: &mut Writer);
    fn recall(from: &mut Reader<'_>) -> Option<Self>;

    fn keep_option(of: Option<&Self>, to: &mut Writer) {
        of.is_some().keep(to);
        if let Some(some) = of {
            some.keep(to);
        }
    }

    fn recall_option(from: &mut Reader<'_>) -> Result<Option<Self>, Torn> {
        match bool::recall(from) {
            Some(true) => Self::recall(from).map(Some).ok_or(Torn),
            Some(false) => Ok(None),
            None => Err(Torn),
        }
    }
}

/// Keeps a struct field by field, in this order; one that is forgotten does not compile.
macro_rules! kept {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl crate::kept::Kept for $name {
            fn keep(&self, to: &mut crate::kept::Writer) {
                let Self { $($field),* } = self;
                $(crate::kept::Kept::keep($field, to);)*
            }

            fn recall(from: &mut crate::kept::Reader<'_>) -> Option<Self> {
                Some(Self { $($field: crate::kept::Kept::recall(from)?),* })
            }
        }
    };
}

/// Keeps an enum without data by its place in the list.
macro_rules! kept_choice {
    ($name:ident { $($member:ident),* $(,)? }) => {
        impl crate::kept::Kept for $name {
            fn keep(&self, to: &mut crate::kept::Writer) {
                let members = [$($name::$member),*];
                let place = members.iter().position(|m| m == self).unwrap_or_default();
                crate::kept::Kept::keep(&(place as u32), to);
            }

            fn recall(from: &mut crate::kept::Reader<'_>) -> Option<Self> {
                let members = [$($name::$member),*];
                members.get(<u32 as crate::kept::Kept>::recall(from)? as usize).copied()
            }
        }
    };
}

pub(crate) use {kept, kept_choice};

macro_rules! kept_number {
    ($($number:ty),*) => {$(
        impl Kept for $number {
            fn keep(&self, to: &mut Writer) {
                to.bytes.extend_from_slice(&self.to_le_bytes());
            }

            fn recall(from: &mut Reader<'_>) -> Option<Self> {
                from.take().map(Self::from_le_bytes)
            }
        }
    )*};
}

kept_number!(u32, i32, u64, i64, f32, f64);

impl Kept for bool {
    fn keep(&self, to: &mut Writer) {
        to.bytes.push(u8::from(*self));
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        match from.take::<1>()? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }
}

impl Kept for usize {
    fn keep(&self, to: &mut Writer) {
        (*self as u64).keep(to);
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        u64::recall(from)?.try_into().ok()
    }
}

impl<T: Kept> Kept for Option<T> {
    fn keep(&self, to: &mut Writer) {
        T::keep_option(self.as_ref(), to);
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        T::recall_option(from).ok()
    }
}

fn keep_all<'a, T: Kept + 'a>(all: impl ExactSizeIterator<Item = &'a T>, to: &mut Writer) {
    (all.len() as u32).keep(to);
    for one in all {
        one.keep(to);
    }
}

impl<T: Kept> Kept for Vec<T> {
    fn keep(&self, to: &mut Writer) {
        keep_all(self.iter(), to);
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        let count = u32::recall(from)?;
        // Grown as the bytes come: a count that lies reserves nothing.
        let mut all = Self::new();
        for _ in 0..count {
            all.push(T::recall(from)?);
        }
        Some(all)
    }
}

impl<T: Kept> Kept for VecDeque<T> {
    fn keep(&self, to: &mut Writer) {
        keep_all(self.iter(), to);
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        Vec::recall(from).map(Into::into)
    }
}

impl<T: Kept + Copy + Default, const N: usize> Kept for Box<[T; N]> {
    fn keep(&self, to: &mut Writer) {
        for one in self.iter() {
            one.keep(to);
        }
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        <[T; N]>::recall(from).map(Box::new)
    }
}

impl<T: Kept + Copy + Default, const N: usize> Kept for [T; N] {
    fn keep(&self, to: &mut Writer) {
        for one in self {
            one.keep(to);
        }
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        let mut all = [T::default(); N];
        for one in &mut all {
            *one = T::recall(from)?;
        }
        Some(all)
    }
}

impl<A: Kept, B: Kept> Kept for (A, B) {
    fn keep(&self, to: &mut Writer) {
        self.0.keep(to);
        self.1.keep(to);
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        Some((A::recall(from)?, B::recall(from)?))
    }
}

impl<A: Kept, B: Kept, C: Kept> Kept for (A, B, C) {
    fn keep(&self, to: &mut Writer) {
        self.0.keep(to);
        self.1.keep(to);
        self.2.keep(to);
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        Some((A::recall(from)?, B::recall(from)?, C::recall(from)?))
    }
}

impl Kept for Arc<str> {
    fn keep(&self, to: &mut Writer) {
        (self.len() as u32).keep(to);
        to.bytes.extend_from_slice(self.as_bytes());
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        let count = u32::recall(from)? as usize;
        std::str::from_utf8(from.slice(count)?).ok().map(Into::into)
    }
}

/// Keeps what has a name by its name.
macro_rules! kept_by_name {
    ($($name:ident: $text:expr, $back:expr;)*) => {$(
        impl Kept for $name {
            fn keep(&self, to: &mut Writer) {
                let text: fn(&$name) -> &str = $text;
                Arc::<str>::from(text(self)).keep(to);
            }

            fn recall(from: &mut Reader<'_>) -> Option<Self> {
                let back: fn(&str) -> Option<$name> = $back;
                back(&Arc::<str>::recall(from)?)
            }
        }
    )*};
}

kept_by_name! {
    ViewId: |id| id.as_str(), |text| ViewId::new(text).ok();
    ZoneId: |id| id.as_str(), |text| ZoneId::new(text).ok();
    ObjectClass: |class| class.name(), ObjectClass::from_name;
    ViolationClass: |class| class.name(), ViolationClass::from_name;
    ZoneKind: |kind| kind.name(), ZoneKind::from_name;
}

kept!(Point { x, y });
kept!(BBox { x, y, w, h });
kept!(CapturedAt { at, uncertainty_ms });

impl Kept for Wall {
    fn keep(&self, to: &mut Writer) {
        self.0.keep(to);
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        i64::recall(from).map(Wall)
    }
}

impl Kept for Score {
    fn keep(&self, to: &mut Writer) {
        self.get().keep(to);
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        f32::recall(from).map(Score::new)
    }
}

impl Kept for Luma {
    fn keep(&self, to: &mut Writer) {
        self.width.keep(to);
        self.height.keep(to);
        to.bytes.extend_from_slice(&self.samples);
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        let (width, height) = (usize::recall(from)?, usize::recall(from)?);
        let samples = from.slice(width.checked_mul(height)?)?.to_vec().into();
        Some(Self {
            width,
            height,
            samples,
        })
    }
}

impl Kept for Appearance {
    fn keep(&self, to: &mut Writer) {
        keep_all(self.0.iter(), to);
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        Vec::recall(from).map(|vector: Vec<f32>| Self(vector.into()))
    }
}

/// A shot is kept as the name of its picture; one whose picture is not kept is none.
impl Kept for Shot {
    fn keep(&self, to: &mut Writer) {
        let Self { unit, bbox, score } = self;
        unit.captured_at.at.keep(to);
        bbox.keep(to);
        score.keep(to);
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        Self::recall_option(from).ok().flatten()
    }

    fn keep_option(of: Option<&Self>, to: &mut Writer) {
        let kept = of.filter(|shot| to.pictures.contains(&shot.unit.captured_at.at));
        kept.is_some().keep(to);
        if let Some(shot) = kept {
            shot.keep(to);
        }
    }

    fn recall_option(from: &mut Reader<'_>) -> Result<Option<Self>, Torn> {
        if !bool::recall(from).ok_or(Torn)? {
            return Ok(None);
        }
        let (picture, bbox, score) = (Wall::recall(from), BBox::recall(from), Score::recall(from));
        let (picture, bbox, score) = (picture.ok_or(Torn)?, bbox.ok_or(Torn)?, score.ok_or(Torn)?);
        Ok(from.pictures.get(&picture).map(|unit| Self {
            unit: (*unit).clone(),
            bbox,
            score,
        }))
    }
}
