//! What of an access unit goes to the decoder, and whether a keyframe stands by itself.
//!
//! For: choosing the NAL units a picture is made of, and proving from their headers that a keyframe
//! refers to nothing outside its unit. Contexts are shared by cameras and FFmpeg keeps parameter sets
//! over a flush, so without this proof a keyframe that lost its own would be decoded with another
//! camera's, silently.
//! Not for: decoding, assembling or repairing units (ingest).
//! Input: Annex B bytes from cameras; nothing in them is trusted.

use std::ops::Range;

use curbwatch_types::{AccessUnit, Codec};

use crate::Error;

/// Most NAL units taken from a unit. ITU-T H.265 table A.8 allows 600 slice segments at level 6.2, and
/// H.264 cameras cut a picture into one slice for each row of macroblocks at most.
const PARTS_MAX: usize = 1024;

/// The parts of a unit that go to the decoder, without start codes. Reused from unit to unit.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    parts: Vec<Part>,
}

/// A piece of a unit.
#[derive(Debug)]
pub(crate) struct Part {
    /// Its bytes in the unit.
    pub(crate) range: Range<usize>,
    pub(crate) kind: Kind,
}

/// What a part is to the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Coded samples.
    Slice,
    /// A parameter set.
    Set,
    /// Supplemental information.
    Aside,
}

impl Parts {
    /// What the latest [`Self::choose`] chose, in the unit's order.
    pub(crate) fn chosen(&self) -> &[Part] {
        &self.parts
    }

    /// Chooses the parts of `unit`; with `key` also demands that it is intra coded and complete with
    /// its parameter sets.
    pub(crate) fn choose(&mut self, unit: &AccessUnit, key: bool) -> Result<(), Error> {
        self.parts.clear();
        if unit.bytes.is_empty() {
            return Err(Error::Empty {
                camera: unit.camera.clone(),
            });
        }
        match unit.codec {
            Codec::H264 => self.choose_h264(unit, key),
            Codec::H265 => self.choose_h265(unit, key),
            Codec::Mpeg4 => self.choose_mpeg4(unit, key),
        }
    }

    /// ITU-T H.264 table 7-1: slices (1-5), SEI (6: recovery points), SPS (7), PPS (8), SPS extension
    /// (13). The rest (delimiters, fillers, layered extensions, vendors' 24-31) is not needed.
    fn choose_h264(&mut self, unit: &AccessUnit, key: bool) -> Result<(), Error> {
        let mut sets = Sets::default();
        let mut slices = 0_usize;
        let mut at = 0;
        while let Some(range) = next_nal(&unit.bytes, &mut at) {
            let nal = &unit.bytes[range.clone()];
            let Some(&head) = nal.first() else { continue };
            if head & 0x80 != 0 {
                continue;
            }
            let mut bits = Bits::new(&nal[1..]);
            let kind = match head & 0x1f {
                1..=5 => {
                    slices += 1;
                    if key {
                        h264_slice_stands_alone(&mut bits, &sets, unit)?;
                    }
                    Kind::Slice
                }
                6 => Kind::Aside,
                7 => sets.see_sps(h264_sps_id(&mut bits)),
                8 => sets.see_pps(bits.ue(), bits.ue(), 0),
                13 => Kind::Set,
                _ => continue,
            };
            self.parts.push(Part { range, kind });
        }
        self.demand_picture(unit, key, slices)
    }

    /// ITU-T H.265 table 7-1: VCL (0-9, 16-21), VPS, SPS, PPS (32-34), suffix SEI (40: the picture
    /// hash); base layer alone. Prefix SEI is left out: FFmpeg is told to fail on what is broken, and
    /// a camera's odd SEI is no reason to lose its picture.
    fn choose_h265(&mut self, unit: &AccessUnit, key: bool) -> Result<(), Error> {
        let mut sets = Sets::default();
        let mut slices = 0_usize;
        let mut at = 0;
        while let Some(range) = next_nal(&unit.bytes, &mut at) {
            let nal = &unit.bytes[range.clone()];
            let [head, second, payload @ ..] = nal else {
                continue;
            };
            let layer = (head & 1) << 5 | second >> 3;
            let temporal_id_plus1 = second & 7;
            if head & 0x80 != 0 || layer != 0 || temporal_id_plus1 == 0 {
                continue;
            }
            let mut bits = Bits::new(payload);
            let kind = match head >> 1 {
                kind @ (0..=9 | 16..=21) => {
                    slices += 1;
                    if key {
                        h265_slice_stands_alone(kind, &mut bits, &sets, unit)?;
                    }
                    Kind::Slice
                }
                32 => sets.see_vps(bits.take(4)),
                33 => {
                    let vps_seen = bits.take(4).is_some_and(|vps| sets.vps & 1 << vps != 0);
                    sets.see_sps(vps_seen.then(|| h265_sps_id(&mut bits)).flatten())
                }
                34 => {
                    let (pps, sps) = (bits.ue(), bits.ue());
                    let _flags = bits.take(2);
                    sets.see_pps(pps, sps, bits.take(3).unwrap_or(0))
                }
                40 => Kind::Aside,
                _ => continue,
            };
            self.parts.push(Part { range, kind });
        }
        self.demand_picture(unit, key, slices)
    }

    /// ISO/IEC 14496-2 table 6-3: start codes `20..2F` a video object layer, `B6` a VOP. The unit goes
    /// in whole: MPEG-4 part 2 has no units of its own inside a picture.
    fn choose_mpeg4(&mut self, unit: &AccessUnit, key: bool) -> Result<(), Error> {
        let (mut layer, mut pictures) = (false, 0);
        let mut at = 0;
        while let Some(range) = next_nal(&unit.bytes, &mut at) {
            match unit.bytes[range] {
                [0x20..=0x2f, ..] => layer = true,
                [0xb6, first, ..] => {
                    pictures += 1;
                    if key && !layer {
                        return Err(missing(unit, "video object layer"));
                    }
                    if key && first >> 6 != 0 {
                        return Err(Error::NotIntra {
                            camera: unit.camera.clone(),
                        });
                    }
                }
                _ => {}
            }
        }
        self.parts.push(Part {
            range: 0..unit.bytes.len(),
            kind: Kind::Slice,
        });
        self.demand_picture(unit, key, pictures)
    }

    fn demand_picture(&self, unit: &AccessUnit, key: bool, slices: usize) -> Result<(), Error> {
        if self.parts.is_empty() || key && slices == 0 {
            return Err(Error::NotCoded {
                camera: unit.camera.clone(),
                codec: unit.codec,
            });
        }
        if self.parts.len() > PARTS_MAX {
            return Err(Error::Corrupt {
                camera: unit.camera.clone(),
                cause: "too many slices",
            });
        }
        Ok(())
    }
}

/// The parameter sets seen so far in one unit.
#[derive(Debug)]
struct Sets {
    vps: u16,
    sps: u32,
    /// For each PPS id: the extra slice header bits it announces (H.265), if it was seen.
    pps: [Option<u8>; 256],
}

impl Default for Sets {
    fn default() -> Self {
        Self {
            vps: 0,
            sps: 0,
            pps: [None; 256],
        }
    }
}

impl Sets {
    fn see_vps(&mut self, id: Option<u32>) -> Kind {
        if let Some(id @ 0..=15) = id {
            self.vps |= 1 << id;
        }
        Kind::Set
    }

    fn see_sps(&mut self, id: Option<u32>) -> Kind {
        if let Some(id @ 0..=31) = id {
            self.sps |= 1 << id;
        }
        Kind::Set
    }

    /// A PPS counts only when the SPS it refers to came before it: FFmpeg parses it against that one.
    fn see_pps(&mut self, id: Option<u32>, sps: Option<u32>, extra_bits: u32) -> Kind {
        if let (Some(id @ 0..=255), Some(sps @ 0..=31)) = (id, sps)
            && self.sps & 1 << sps != 0
        {
            self.pps[id as usize] = Some(extra_bits as u8);
        }
        Kind::Set
    }

    fn pps(&self, id: u32) -> Option<u8> {
        self.pps.get(id as usize).copied().flatten()
    }
}

fn missing(unit: &AccessUnit, missing: &'static str) -> Error {
    Error::NoParameterSets {
        camera: unit.camera.clone(),
        missing,
    }
}

fn damaged_head(unit: &AccessUnit) -> Error {
    Error::Corrupt {
        camera: unit.camera.clone(),
        cause: "slice header",
    }
}

/// ITU-T H.264 7.3.2.1.1: three bytes of profile and level, then the id.
fn h264_sps_id(bits: &mut Bits<'_>) -> Option<u32> {
    bits.skip(24)?;
    bits.ue()
}

/// ITU-T H.264 7.3.3: `first_mb_in_slice`, `slice_type` (2 and 7 are I, 4 and 9 SI), the PPS.
fn h264_slice_stands_alone(bits: &mut Bits<'_>, sets: &Sets, unit: &AccessUnit) -> Result<(), Error> {
    let head = (bits.ue(), bits.ue(), bits.ue());
    let (Some(_), Some(kind), Some(pps)) = head else {
        return Err(damaged_head(unit));
    };
    if sets.pps(pps).is_none() {
        return Err(missing(unit, "SPS or PPS"));
    }
    if !matches!(kind, 2 | 4 | 7 | 9) {
        return Err(Error::NotIntra {
            camera: unit.camera.clone(),
        });
    }
    Ok(())
}

/// ITU-T H.265 7.3.2.2.1: the id of this SPS, when the bits stand behind the VPS id.
fn h265_sps_id(bits: &mut Bits<'_>) -> Option<u32> {
    let sub_layers = bits.take(3)?;
    // Nesting flag; general profile and level (7.3.3).
    bits.skip(1 + 88 + 8)?;
    let mut present = [(0, 0); 7];
    for (profile, level) in present.iter_mut().take(sub_layers as usize) {
        (*profile, *level) = (bits.take(1)?, bits.take(1)?);
    }
    if sub_layers > 0 {
        bits.skip(2 * (8 - sub_layers))?;
    }
    for (profile, level) in present {
        bits.skip(88 * profile + 8 * level)?;
    }
    bits.ue()
}

/// ITU-T H.265 7.3.6.1. A picture that is no random-access point (`kind` 0-9) still stands alone when
/// its slices are I: an I picture at a recovery point.
fn h265_slice_stands_alone(
    kind: u8,
    bits: &mut Bits<'_>,
    sets: &Sets,
    unit: &AccessUnit,
) -> Result<(), Error> {
    let random_access = kind >= 16;
    let first = bits.take(1);
    if random_access {
        let _no_output_of_prior_pics = bits.take(1);
    }
    let (Some(first), Some(pps)) = (first, bits.ue()) else {
        return Err(damaged_head(unit));
    };
    let Some(extra_bits) = sets.pps(pps) else {
        return Err(missing(unit, "VPS, SPS or PPS"));
    };
    if !random_access && first == 1 {
        let slice_type = bits.skip(u32::from(extra_bits)).and_then(|()| bits.ue());
        if slice_type != Some(2) {
            return Err(Error::NotIntra {
                camera: unit.camera.clone(),
            });
        }
    }
    Ok(())
}

/// The next NAL unit from `*at` on, without start code and trailing zeros (ITU-T H.264 B.1.1), and
/// moves `*at` past it. Bytes before the first start code belong to none.
fn next_nal(bytes: &[u8], at: &mut usize) -> Option<Range<usize>> {
    let start = start_code(bytes, *at)? + 3;
    let mut end = start_code(bytes, start).unwrap_or(bytes.len());
    *at = end;
    while end > start && bytes[end - 1] == 0 {
        end -= 1;
    }
    Some(start..end)
}

/// Where the next `00 00 01` begins. Looks at one byte in three where nothing is near.
fn start_code(bytes: &[u8], from: usize) -> Option<usize> {
    let mut i = from + 2;
    while let Some(&third) = bytes.get(i) {
        if third > 1 {
            i += 3;
        } else if third == 1 && bytes[i - 1] == 0 && bytes[i - 2] == 0 {
            return Some(i - 2);
        } else {
            i += 1;
        }
    }
    None
}

/// Bits of a NAL unit's payload, without its emulation prevention bytes (ITU-T H.264 7.4.1.1).
#[derive(Debug)]
struct Bits<'a> {
    bytes: &'a [u8],
    zeros: u8,
    byte: u8,
    left: u8,
}

impl<'a> Bits<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            zeros: 0,
            byte: 0,
            left: 0,
        }
    }

    fn bit(&mut self) -> Option<u32> {
        if self.left == 0 {
            let (mut first, mut rest) = self.bytes.split_first()?;
            if self.zeros >= 2 && *first == 3 {
                self.zeros = 0;
                (first, rest) = rest.split_first()?;
            }
            self.zeros = if *first == 0 {
                self.zeros.saturating_add(1)
            } else {
                0
            };
            (self.byte, self.bytes, self.left) = (*first, rest, 8);
        }
        self.left -= 1;
        Some(u32::from(self.byte >> self.left & 1))
    }

    fn take(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |value, _| Some(value << 1 | self.bit()?))
    }

    fn skip(&mut self, count: u32) -> Option<()> {
        (0..count).try_for_each(|_| self.bit().map(drop))
    }

    /// Unsigned Exp-Golomb (ITU-T H.264 9.1), at most 31 leading zeros.
    fn ue(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.bit()? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1_u32 << zeros) - 1 + self.take(zeros)?)
    }
}
