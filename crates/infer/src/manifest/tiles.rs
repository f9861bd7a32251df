//! `[tiles]`: how a model may look at parts of a picture with more pixels than the whole gets.

use serde::Deserialize;
use toml::Spanned;

use super::Fit;
use super::check::{Check, SIDE};

/// Most tiles a look may have; a 1080p picture without shrinking is 30 of 416x256.
const PER_LOOK_MAX: usize = 16;
/// Most looks until every tile has had its turn.
const EVERY_LOOKS_MAX: usize = 64;

/// How a model looks at parts of a picture (tiles), at most pixel for pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileSpec {
    /// Width of a tile in tensor pixels.
    pub width: usize,
    /// Height of a tile in tensor pixels.
    pub height: usize,
    /// The largest thing, in tensor pixels, that is surely whole in one of the tiles.
    pub overlap: usize,
    /// Tiles of a look that pay for this model; 0 is none.
    pub per_look_max: usize,
    /// Every tile of a camera has its turn at least once in so many looks.
    pub every_looks: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTiles {
    width: Spanned<usize>,
    height: Spanned<usize>,
    overlap: Option<Spanned<usize>>,
    per_look_max: Option<Spanned<usize>>,
    every_looks: Option<Spanned<usize>>,
}

/// Checks the table against the input's size.
pub(super) fn check(check: &mut Check<'_>, raw: RawTiles, fit: Option<Fit>) -> TileSpec {
    for (name, side) in [("width", &raw.width), ("height", &raw.height)] {
        let value = *side.as_ref();
        let (multiple, fixed) = match fit {
            None => (*SIDE.start(), None),
            Some(Fit::Aspect { multiple_of, .. }) => (multiple_of, None),
            Some(Fit::Fixed { width, height }) => {
                (*SIDE.start(), Some(if name == "width" { width } else { height }))
            }
        };
        if let Some(fixed) = fixed.filter(|fixed| *fixed != value) {
            check.wrong(
                side.span(),
                format!(
                    "`tiles.{name}` is {fixed} as the input's: with fit = \"fixed\" there is no other size"
                ),
            );
        } else if !SIDE.contains(&value) || !value.is_multiple_of(multiple) {
            check.wrong(
                side.span(),
                format!(
                    "`tiles.{name}` is a multiple of {multiple} from {} to {}",
                    SIDE.start(),
                    SIDE.end()
                ),
            );
        }
    }
    let smaller = (*raw.width.as_ref()).min(*raw.height.as_ref());
    let overlap = raw.overlap.as_ref().map_or(smaller / 4, |o| *o.as_ref());
    if let Some(field) = raw.overlap.as_ref().filter(|o| *o.as_ref() > smaller / 2) {
        check.wrong(
            field.span(),
            "`tiles.overlap` is at most half the smaller side of a tile",
        );
    }
    let per_look_max = raw.per_look_max.as_ref().map_or(0, |n| *n.as_ref());
    if let Some(field) = raw.per_look_max.filter(|n| *n.as_ref() > PER_LOOK_MAX) {
        check.wrong(
            field.span(),
            format!("`tiles.per_look_max` lies between 0 and {PER_LOOK_MAX}"),
        );
    }
    let every_looks = raw.every_looks.as_ref().map_or(6, |n| *n.as_ref());
    if let Some(field) = raw
        .every_looks
        .filter(|n| !(1..=EVERY_LOOKS_MAX).contains(n.as_ref()))
    {
        check.wrong(
            field.span(),
            format!("`tiles.every_looks` lies between 1 and {EVERY_LOOKS_MAX}"),
        );
    }
    TileSpec {
        width: raw.width.into_inner(),
        height: raw.height.into_inner(),
        overlap,
        per_look_max,
        every_looks,
    }
}
