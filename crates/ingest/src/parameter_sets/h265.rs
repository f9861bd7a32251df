//! H.265 parameter sets and slice segment headers, as far as reception reads them (ITU-T H.265 7.3.2.2,
//! 7.3.2.3, 7.3.6.1, 7.3.7). Not for decoding: what only a decoder needs is passed over.

use super::{PictureSet, Sequence, cropped};
use crate::bits::Bits;
use crate::references::{LongTerm, OrderCount, ReferenceSet, ShortTerm};

/// Most pictures before, and after, that a set may name (A.4.2: `MaxDpbSize` is at most 16).
const REFERENCES_MAX: usize = 16;

/// What a slice segment header needs of its sequence parameter set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Syntax {
    /// Side of a coding tree block, samples.
    block: u32,
    /// Coding tree blocks of a picture.
    blocks: u32,
    separate_planes: bool,
    order_bits: u32,
    sets: Vec<Deltas>,
    /// Where long-term references may be named: those the set itself lists, low bits and in use.
    long_terms: Option<Vec<(u32, bool)>>,
}

/// What a slice segment header needs of its picture parameter set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PictureSyntax {
    dependent: bool,
    output_flag: bool,
    extra_bits: u32,
}

/// A short-term reference picture set: differences in order count, and whether the picture itself
/// refers there; nearest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Deltas {
    before: Vec<(i32, bool)>,
    after: Vec<(i32, bool)>,
}

/// ITU-T H.265 7.3.2.2. The second half may be missing: pictures are received all the same, only what
/// they refer to cannot be followed.
pub(super) fn sps(mut b: Bits<'_>) -> Option<(Sequence, Option<Syntax>)> {
    let vps = b.u(4)?;
    let sub_layers = b.u(3)?;
    b.bit()?;
    b.skip(88)?; // general profile, flags
    b.skip(8)?; // general_level_idc
    let present: Vec<(bool, bool)> = (0..sub_layers)
        .map(|_| Some((b.bit()?, b.bit()?)))
        .collect::<Option<_>>()?;
    if sub_layers > 0 {
        b.skip(2 * (8 - sub_layers))?;
    }
    for (profile, level) in present {
        b.skip(if profile { 88 } else { 0 } + if level { 8 } else { 0 })?;
    }
    let id = b.ue()?;
    let chroma = b.ue()?;
    let separate_planes = chroma == 3 && b.bit()?; // crops the same
    let (width, height) = (b.ue()?, b.ue()?);
    let (crop_x, crop_y) = match chroma {
        1 => (2, 2),
        2 => (2, 1),
        _ => (1, 1),
    };
    let (across, down) = cropped(&mut b, crop_x, crop_y)?;
    let mut sequence = Sequence {
        id,
        vps,
        width: width.checked_sub(across)?,
        height: height.checked_sub(down)?,
        fields: false,
        row: 0,
        any_order: false,
    };
    let mut syntax = rest(&mut b, sub_layers, separate_planes);
    if let Some(syntax) = &mut syntax {
        sequence.row = width.div_ceil(syntax.block);
        syntax.blocks = sequence.row.saturating_mul(height.div_ceil(syntax.block));
    }
    Some((sequence, syntax))
}

/// From the bit depths to the long-term references.
fn rest(b: &mut Bits<'_>, sub_layers: u32, separate_planes: bool) -> Option<Syntax> {
    b.ue()?;
    b.ue()?;
    let order_bits = b.ue()?.checked_add(4).filter(|bits| *bits <= 16)?;
    let layers = if b.bit()? { sub_layers + 1 } else { 1 };
    for _ in 0..3 * layers {
        b.ue()?;
    }
    let (least, more) = (b.ue()?, b.ue()?);
    let block = least
        .checked_add(3)?
        .checked_add(more)
        .filter(|bits| *bits <= 6)?;
    for _ in 0..4 {
        b.ue()?;
    }
    if b.bit()? && b.bit()? {
        skip_scaling_lists(b)?;
    }
    b.skip(2)?;
    if b.bit()? {
        b.skip(8)?;
        b.ue()?;
        b.ue()?;
        b.bit()?;
    }
    let count = b.ue().filter(|n| *n <= 64)? as usize;
    let mut sets = Vec::with_capacity(count);
    for _ in 0..count {
        let set = short_terms(b, &sets, false)?;
        sets.push(set);
    }
    let long_terms = if b.bit()? {
        let count = b.ue().filter(|n| *n <= 32)?;
        Some(
            (0..count)
                .map(|_| Some((b.u(order_bits)?, b.bit()?)))
                .collect::<Option<_>>()?,
        )
    } else {
        None
    };
    Some(Syntax {
        block: 1 << block,
        blocks: 0,
        separate_planes,
        order_bits,
        sets,
        long_terms,
    })
}

/// 7.3.4.
fn skip_scaling_lists(b: &mut Bits<'_>) -> Option<()> {
    for size in 0..4u32 {
        for _ in (0..6).step_by(if size == 3 { 3 } else { 1 }) {
            if !b.bit()? {
                b.ue()?;
                continue;
            }
            if size > 1 {
                b.se()?;
            }
            for _ in 0..64.min(1 << (4 + 2 * size)) {
                b.se()?;
            }
        }
    }
    Some(())
}

/// 7.3.7, 7.4.8. `in_slice`: the set may be predicted from any of `known`, not only from the last.
fn short_terms(b: &mut Bits<'_>, known: &[Deltas], in_slice: bool) -> Option<Deltas> {
    if !known.is_empty() && b.bit()? {
        return predicted(b, known, in_slice);
    }
    let (before, after) = (b.ue()? as usize, b.ue()? as usize);
    if before > REFERENCES_MAX || after > REFERENCES_MAX {
        return None;
    }
    let mut list = |count, sign: i32| {
        let mut at = 0i32;
        (0..count)
            .map(|_| {
                at += i32::try_from(b.ue().filter(|n| *n < 1 << 15)?).ok()? + 1;
                Some((sign * at, b.bit()?))
            })
            .collect::<Option<Vec<_>>>()
    };
    Some(Deltas {
        before: list(before, -1)?,
        after: list(after, 1)?,
    })
}

/// Inter RPS prediction: equations 7-61 and 7-62.
fn predicted(b: &mut Bits<'_>, known: &[Deltas], in_slice: bool) -> Option<Deltas> {
    let back = if in_slice {
        b.ue()?.checked_add(1)? as usize
    } else {
        1
    };
    let from = known.get(known.len().checked_sub(back)?)?;
    let negative = b.bit()?;
    let magnitude = i32::try_from(b.ue()?.checked_add(1)?)
        .ok()
        .filter(|n| *n <= 1 << 15)?;
    let by = if negative { -magnitude } else { magnitude };
    // Each picture of the set, then the one that it was made for: used by this picture, kept at all.
    let flags: Vec<(bool, bool)> = (0..=from.before.len() + from.after.len())
        .map(|_| {
            let used = b.bit()?;
            Some((used, used || b.bit()?))
        })
        .collect::<Option<_>>()?;
    let (of_before, rest) = flags.split_at(from.before.len());
    let (of_after, own) = rest.split_at(from.after.len());
    let moved = |(delta, _): &(i32, bool), (used, kept): &(bool, bool)| kept.then_some((delta + by, *used));
    let before: Vec<_> = from
        .before
        .iter()
        .zip(of_before)
        .map(|(d, f)| moved(d, f))
        .collect();
    let after: Vec<_> = from
        .after
        .iter()
        .zip(of_after)
        .map(|(d, f)| moved(d, f))
        .collect();
    let own = [moved(&(0, false), own.first()?)];
    let mut set = Deltas {
        before: after
            .iter()
            .rev()
            .chain(&own)
            .chain(&before)
            .flatten()
            .copied()
            .collect(),
        after: before
            .iter()
            .rev()
            .chain(&own)
            .chain(&after)
            .flatten()
            .copied()
            .collect(),
    };
    set.before.retain(|(delta, _)| *delta < 0);
    set.after.retain(|(delta, _)| *delta > 0);
    (set.before.len() <= REFERENCES_MAX && set.after.len() <= REFERENCES_MAX).then_some(set)
}

/// ITU-T H.265 7.3.2.3.
pub(super) fn pps(mut b: Bits<'_>) -> Option<PictureSet> {
    let (id, sps) = (b.ue()?, b.ue()?);
    let (dependent, output_flag) = (b.bit()?, b.bit()?);
    let extra_bits = b.u(3)?;
    Some(PictureSet {
        id,
        sps,
        h264: None,
        h265: Some(PictureSyntax {
            dependent,
            output_flag,
            extra_bits,
        }),
    })
}

/// A slice segment header, read up to its slice type.
pub(super) struct Segment<'a> {
    /// First coding tree block.
    pub(super) start: u32,
    /// `slice_type`; none in a dependent segment.
    pub(super) slice_type: Option<u32>,
    b: Bits<'a>,
}

/// 7.3.6.1. `b` begins behind `slice_pic_parameter_set_id`.
pub(super) fn segment<'a>(
    mut b: Bits<'a>,
    first: bool,
    syntax: Option<&Syntax>,
    picture: PictureSyntax,
) -> Option<Segment<'a>> {
    let mut dependent = false;
    let mut start = 0;
    if !first {
        dependent = picture.dependent && b.bit()?;
        start = b.u(bits_for(syntax?.blocks))?;
    }
    let slice_type = if dependent {
        None
    } else {
        b.skip(picture.extra_bits)?;
        Some(b.ue()?)
    };
    Some(Segment { start, slice_type, b })
}

/// Bits of a number below `count`: Ceil(Log2(count)).
fn bits_for(count: u32) -> u32 {
    count.saturating_sub(1).checked_ilog2().map_or(0, |log| log + 1)
}

/// Where the picture of an independent segment stands, and what it refers to. `header`: the two bytes
/// of the NAL unit's header.
pub(super) fn order_count(
    header: [u8; 2],
    segment: Segment<'_>,
    syntax: &Syntax,
    picture: PictureSyntax,
) -> Option<OrderCount> {
    let mut b = segment.b;
    segment.slice_type?;
    if picture.output_flag {
        b.bit()?;
    }
    if syntax.separate_planes {
        b.skip(2)?;
    }
    let kind = header[0] >> 1 & 0x3f;
    let (mut low, mut references) = (0, None);
    if !matches!(kind, 19 | 20) {
        low = b.u(syntax.order_bits)?;
        references = reference_set(&mut b, syntax);
    }
    Some(OrderCount {
        kind,
        temporal_layer: (header[1] & 7).saturating_sub(1),
        low,
        modulus: 1 << syntax.order_bits,
        references,
    })
}

fn reference_set(b: &mut Bits<'_>, syntax: &Syntax) -> Option<ReferenceSet> {
    let own;
    let deltas = if b.bit()? {
        let at = if syntax.sets.len() > 1 {
            b.u(bits_for(syntax.sets.len() as u32))?
        } else {
            0
        };
        syntax.sets.get(at as usize)?
    } else {
        own = short_terms(b, &syntax.sets, true)?;
        &own
    };
    let short = deltas.before.iter().chain(&deltas.after);
    let short = short.map(|(delta, used)| ShortTerm {
        delta: *delta,
        used: *used,
    });
    let mut set = ReferenceSet {
        short: short.collect(),
        long: Vec::new(),
    };
    if let Some(listed) = &syntax.long_terms {
        set.long = long_terms(b, listed, syntax.order_bits)?;
    }
    Some(set)
}

/// Long-term references of a slice (7.4.7.1, equation 7-52).
fn long_terms(b: &mut Bits<'_>, listed: &[(u32, bool)], order_bits: u32) -> Option<Vec<LongTerm>> {
    let from_list = if listed.is_empty() { 0 } else { b.ue()? };
    let count = from_list
        .checked_add(b.ue()?)
        .filter(|n| *n <= 2 * REFERENCES_MAX as u32)?;
    let mut cycles = 0u32;
    (0..count)
        .map(|i| {
            let (low, used) = if i < from_list {
                *listed.get(b.u(bits_for(listed.len() as u32))? as usize)?
            } else {
                (b.u(order_bits)?, b.bit()?)
            };
            if i == from_list {
                cycles = 0;
            }
            let high = b.bit()?;
            if high {
                cycles = cycles.checked_add(b.ue()?).filter(|n| *n <= 1 << 16)?;
            }
            Some(LongTerm {
                low,
                used,
                cycles: high.then_some(cycles),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_predicted_from_others() {
        let known = [Deltas {
            before: vec![(-1, true), (-3, true)],
            after: vec![(2, true)],
        }];
        // inter 1; sign 0; abs_delta_rps_minus1 0 -> +1; flags: -1 used, -3 not used and kept, 2 dropped, own used
        // 1 | 0 | 1 | 1 | 0 1 | 0 0 | 1
        let set = short_terms(&mut Bits::new(&[0b1011_0100, 0b1000_0000]), &known, false).unwrap();
        assert_eq!(set.before, [(-2, false)]);
        assert_eq!(set.after, [(1, true)]);
    }

    #[test]
    fn a_number_below_a_count_takes_so_many_bits() {
        let rows = [
            (0, 0),
            (1, 0),
            (2, 1),
            (3, 2),
            (4, 2),
            (5, 3),
            (510, 9),
            (512, 9),
            (513, 10),
        ];
        for (count, want) in rows {
            assert_eq!(bits_for(count), want, "{count}");
        }
    }
}
