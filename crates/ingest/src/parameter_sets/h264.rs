//! H.264 parameter sets and slice headers, as far as reception reads them (ITU-T H.264 7.3.2.1.1, 7.3.2.2,
//! 7.3.3). Not for decoding: what only a decoder needs is passed over.

use super::{PictureSet, Sequence, cropped};
use crate::bits::Bits;
use crate::references::FrameNumber;

/// What a slice header needs of its sequence parameter set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags of the syntax, as the standard has them"
)]
pub(super) struct Syntax {
    frame_number_bits: u32,
    gaps_allowed: bool,
    separate_planes: bool,
    monochrome: bool,
    frames_only: bool,
    order: OrderCount,
}

/// `pic_order_cnt_type`, with what a slice header holds of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OrderCount {
    /// Low bits of so many.
    Low(u32),
    /// Differences to a cycle; `true`: always zero, and not sent.
    Cycle(bool),
    /// Output order is decoding order.
    Decoding,
}

/// What a slice header needs of its picture parameter set to be read up to the marking of references.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PictureSyntax {
    bottom_order: bool,
    references: [u32; 2],
    weighted: bool,
    weighted_both: u32,
    redundant: bool,
}

/// ITU-T H.264 7.3.2.1.1.
pub(super) fn sps(mut b: Bits<'_>) -> Option<(Sequence, Syntax)> {
    let profile = b.u(8)?;
    b.skip(16)?; // constraint flags, level
    let id = b.ue()?;
    let (mut chroma, mut separate_planes) = (1, false);
    if matches!(
        profile,
        100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135
    ) {
        chroma = b.ue()?;
        if chroma == 3 && b.bit()? {
            (chroma, separate_planes) = (0, true); // cropped like monochrome
        }
        b.ue()?;
        b.ue()?;
        b.bit()?;
        if b.bit()? {
            for list in 0..if chroma == 3 || separate_planes { 12 } else { 8 } {
                if b.bit()? {
                    skip_scaling_list(&mut b, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    let frame_number_bits = b.ue()?.checked_add(4).filter(|bits| *bits <= 16)?;
    let order = order_count(&mut b)?;
    b.ue()?;
    let gaps_allowed = b.bit()?;
    let width_mbs = b.ue()?.checked_add(1)?;
    let height_units = b.ue()?.checked_add(1)?;
    let frames_only = b.bit()?;
    if !frames_only {
        b.bit()?;
    }
    b.bit()?;
    let frame_factor = if frames_only { 1 } else { 2 };
    let (crop_x, crop_y) = match chroma {
        1 => (2, 2 * frame_factor),
        2 => (2, frame_factor),
        _ => (1, frame_factor),
    };
    let (across, down) = cropped(&mut b, crop_x, crop_y)?;
    let sequence = Sequence {
        id,
        vps: 0,
        width: width_mbs.checked_mul(16)?.checked_sub(across)?,
        height: height_units.checked_mul(16 * frame_factor)?.checked_sub(down)?,
        fields: !frames_only,
        row: width_mbs,
        // Baseline and Extended may send the slices of a picture in any order (A.2.1, A.2.3).
        any_order: matches!(profile, 66 | 88),
    };
    let syntax = Syntax {
        frame_number_bits,
        gaps_allowed,
        separate_planes,
        monochrome: chroma == 0,
        frames_only,
        order,
    };
    Some((sequence, syntax))
}

fn order_count(b: &mut Bits<'_>) -> Option<OrderCount> {
    match b.ue()? {
        0 => b
            .ue()?
            .checked_add(4)
            .filter(|bits| *bits <= 16)
            .map(OrderCount::Low),
        1 => {
            let always_zero = b.bit()?;
            b.se()?;
            b.se()?;
            let cycle = b.ue()?;
            if cycle > 255 {
                return None;
            }
            for _ in 0..cycle {
                b.se()?;
            }
            Some(OrderCount::Cycle(always_zero))
        }
        _ => Some(OrderCount::Decoding),
    }
}

fn skip_scaling_list(b: &mut Bits<'_>, size: u32) -> Option<()> {
    let (mut last, mut next) = (8i32, 8i32);
    for _ in 0..size {
        if next != 0 {
            next = (last.wrapping_add(b.se()?)).rem_euclid(256);
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

/// ITU-T H.264 7.3.2.2.
pub(super) fn pps(mut b: Bits<'_>) -> Option<PictureSet> {
    let (id, sps) = (b.ue()?, b.ue()?);
    Some(PictureSet {
        id,
        sps,
        h264: picture_syntax(&mut b),
        h265: None,
    })
}

fn picture_syntax(b: &mut Bits<'_>) -> Option<PictureSyntax> {
    b.bit()?;
    let bottom_order = b.bit()?;
    if b.ue()? > 0 {
        return None; // slice groups: no camera has them, and their map is long
    }
    let references = [b.ue()?.checked_add(1)?, b.ue()?.checked_add(1)?];
    let (weighted, weighted_both) = (b.bit()?, b.u(2)?);
    b.se()?;
    b.se()?;
    b.se()?;
    b.bit()?;
    b.bit()?;
    let redundant = b.bit()?;
    Some(PictureSyntax {
        bottom_order,
        references,
        weighted,
        weighted_both,
        redundant,
    })
}

/// Where the picture of a slice stands in decoding order (7.3.3). `b` begins after the NAL unit's
/// header, whose byte is `header`.
pub(super) fn frame_number(
    header: u8,
    mut b: Bits<'_>,
    syntax: Syntax,
    picture: Option<PictureSyntax>,
) -> Option<FrameNumber> {
    b.ue()?;
    let slice_type = b.ue()? % 5;
    b.ue()?;
    if syntax.separate_planes {
        b.skip(2)?;
    }
    let number = b.u(syntax.frame_number_bits)?;
    let (idr, reference) = (header & 0x1f == 5, header & 0x60 != 0);
    let resets = if reference && !idr {
        picture.and_then(|picture| resets(&mut b, slice_type, syntax, picture))
    } else {
        Some(false)
    };
    Some(FrameNumber {
        number,
        modulus: 1 << syntax.frame_number_bits,
        gaps_allowed: syntax.gaps_allowed,
        reference,
        idr,
        resets,
    })
}

/// Whether the picture forgets all others (memory management control operation 5), which lies behind
/// everything else in the header.
fn resets(b: &mut Bits<'_>, slice_type: u32, syntax: Syntax, picture: PictureSyntax) -> Option<bool> {
    const B: u32 = 1;
    let predicts = !matches!(slice_type, 2 | 4);
    let field = !syntax.frames_only && b.bit()?;
    if field {
        b.bit()?;
    }
    let bottom = picture.bottom_order && !field;
    match syntax.order {
        OrderCount::Low(bits) => {
            b.skip(bits)?;
            if bottom {
                b.se()?;
            }
        }
        OrderCount::Cycle(false) => {
            b.se()?;
            if bottom {
                b.se()?;
            }
        }
        OrderCount::Cycle(true) | OrderCount::Decoding => {}
    }
    if picture.redundant {
        b.ue()?;
    }
    if slice_type == B {
        b.bit()?;
    }
    let mut references = picture.references;
    if predicts && b.bit()? {
        references[0] = b.ue()?.checked_add(1)?;
        if slice_type == B {
            references[1] = b.ue()?.checked_add(1)?;
        }
    }
    let lists = match (predicts, slice_type) {
        (false, _) => 0,
        (true, B) => 2,
        _ => 1,
    };
    for _ in 0..lists {
        if b.bit()? {
            while b.ue()? != 3 {
                b.ue()?;
            }
        }
    }
    let weighted = match slice_type {
        B => picture.weighted_both == 1,
        _ => predicts && picture.weighted,
    };
    if weighted {
        skip_weights(b, &references[..lists], syntax.monochrome)?;
    }
    if !b.bit()? {
        return Some(false);
    }
    loop {
        match b.ue()? {
            0 => return Some(false),
            1 | 2 | 4 | 6 => drop(b.ue()?),
            3 => {
                b.ue()?;
                b.ue()?;
            }
            5 => return Some(true),
            _ => return None,
        }
    }
}

/// 7.3.3.2.
fn skip_weights(b: &mut Bits<'_>, references: &[u32], monochrome: bool) -> Option<()> {
    b.ue()?;
    if !monochrome {
        b.ue()?;
    }
    for count in references {
        for _ in 0..*count {
            if b.bit()? {
                b.se()?;
                b.se()?;
            }
            if !monochrome && b.bit()? {
                for _ in 0..4 {
                    b.se()?;
                }
            }
        }
    }
    Some(())
}
