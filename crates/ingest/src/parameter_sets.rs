//! Parameter sets of a stream: kept by id, the latest wins (in-band over SDP), and put before each
//! random-access picture. Parses only what reception needs: ids, picture size, and of a slice whether it
//! is an I slice, where it begins, and what its picture refers to. The two codecs' syntax: `h264`, `h265`.

mod h264;
mod h265;

use std::collections::BTreeMap;

use curbwatch_types::Codec;

use crate::bits::Bits;
use crate::nal::{Kind, START_CODE, header_bytes, kind};
use crate::options::Bounds;
use crate::references::Order;

/// What a sequence parameter set says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sequence {
    id: u32,
    vps: u32,
    /// Picture width, samples, cropped.
    pub(crate) width: u32,
    /// Picture height, samples, cropped.
    pub(crate) height: u32,
    /// Pictures may be coded as two fields (H.264 `frame_mbs_only_flag` = 0).
    pub(crate) fields: bool,
    /// Macroblocks (H.264) or coding tree blocks (H.265) in a row of a picture; 0: not known.
    pub(crate) row: u32,
    /// Slices of a picture may come in any order.
    pub(crate) any_order: bool,
}

/// What reading a slice header takes of its sequence parameter set.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Syntax {
    H264(h264::Syntax),
    /// None where the set could be read as far as the picture size only.
    H265(Option<h265::Syntax>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PictureSet {
    id: u32,
    sps: u32,
    h264: Option<h264::PictureSyntax>,
    h265: Option<h265::PictureSyntax>,
}

/// A sequence parameter set as it is kept.
#[derive(Debug, Clone)]
struct Kept {
    sequence: Sequence,
    syntax: Syntax,
    nal: Vec<u8>,
}

/// Head of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SliceHead {
    /// First slice of its picture (or field).
    pub(crate) first: bool,
    pps: Option<u32>,
    /// All macroblocks are intra coded; unknown (false) for H.265 slices that are not the first.
    pub(crate) intra: bool,
    /// First macroblock or coding tree block; `None` where that cannot be read.
    pub(crate) start: Option<u32>,
}

/// Why a parameter set was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotKept {
    Malformed,
    OverBound,
}

/// The parameter sets of one stream.
#[derive(Debug, Clone)]
pub(crate) struct ParameterSets {
    codec: Codec,
    bounds: Bounds,
    vps: BTreeMap<u32, Vec<u8>>,
    sps: BTreeMap<u32, Kept>,
    pps: BTreeMap<u32, (PictureSet, Vec<u8>)>,
}

impl ParameterSets {
    pub(crate) fn new(codec: Codec, bounds: &Bounds) -> Self {
        Self {
            codec,
            bounds: bounds.clone(),
            vps: BTreeMap::new(),
            sps: BTreeMap::new(),
            pps: BTreeMap::new(),
        }
    }

    /// Keeps a parameter set (one NAL unit with its header), in place of one with the same id.
    pub(crate) fn keep(&mut self, nal: &[u8]) -> Result<(), NotKept> {
        if nal.len() > self.bounds.parameter_set_bytes_max {
            return Err(NotKept::OverBound);
        }
        let body = nal.get(header_bytes(self.codec)..).ok_or(NotKept::Malformed)?;
        let bits = Bits::new(body);
        match kind(self.codec, nal) {
            Kind::Vps => {
                let id = Bits::new(body).u(4).ok_or(NotKept::Malformed)?;
                keep(&mut self.vps, id, self.bounds.sps_max, nal.to_vec(), |v| v == nal)
            }
            Kind::Sps => {
                let parsed = match self.codec {
                    Codec::H265 => h265::sps(bits).map(|(s, syntax)| (s, Syntax::H265(syntax))),
                    _ => h264::sps(bits).map(|(s, syntax)| (s, Syntax::H264(syntax))),
                };
                let (sequence, syntax) = parsed
                    .filter(|(s, _)| s.id < 32 && s.width > 0 && s.height > 0)
                    .ok_or(NotKept::Malformed)?;
                if sequence.width > self.bounds.width_max || sequence.height > self.bounds.height_max {
                    // What was known by this id is void: its pictures must not be decoded as what they are not.
                    self.sps.remove(&sequence.id);
                    return Err(NotKept::OverBound);
                }
                let kept = Kept {
                    sequence,
                    syntax,
                    nal: nal.to_vec(),
                };
                keep(&mut self.sps, sequence.id, self.bounds.sps_max, kept, |k| {
                    k.nal == nal
                })
            }
            Kind::Pps => {
                let parsed = match self.codec {
                    Codec::H265 => h265::pps(bits),
                    _ => h264::pps(bits),
                };
                let pps = parsed
                    .filter(|p| p.id < 256 && p.sps < 32)
                    .ok_or(NotKept::Malformed)?;
                keep(
                    &mut self.pps,
                    pps.id,
                    self.bounds.pps_max,
                    (pps, nal.to_vec()),
                    |v| v.1 == nal,
                )
            }
            _ => Err(NotKept::Malformed),
        }
    }

    /// Head of the slice that begins with `nal` (header included; a first fragment will do). `None`
    /// where it is cut short.
    pub(crate) fn slice_head(&self, nal: &[u8]) -> Option<SliceHead> {
        let mut bits = Bits::new(nal.get(header_bytes(self.codec)..)?);
        if self.codec == Codec::H265 {
            let (first, pps) = h265_front(nal, &mut bits)?;
            let segment = self.segment(first, pps, bits);
            let slice_type = segment.as_ref().and_then(|s| s.slice_type);
            Some(SliceHead {
                first,
                pps: first.then_some(pps),
                intra: first && slice_type == Some(2),
                start: segment.map(|s| s.start),
            })
        } else {
            let start = bits.ue()?;
            let slice_type = bits.ue()?;
            let pps = bits.ue()?;
            Some(SliceHead {
                first: start == 0,
                pps: Some(pps),
                intra: matches!(slice_type % 5, 2 | 4),
                start: Some(start),
            })
        }
    }

    fn segment<'a>(&self, first: bool, pps: u32, bits: Bits<'a>) -> Option<h265::Segment<'a>> {
        let (set, _) = self.pps.get(&pps)?;
        let syntax = match self.sps.get(&set.sps) {
            Some(Kept {
                syntax: Syntax::H265(syntax),
                ..
            }) => syntax.as_ref(),
            _ => None,
        };
        h265::segment(bits, first, syntax, set.h265?)
    }

    /// Where the picture of the slice that begins with `nal` stands, as far as its sets are here and
    /// enough of it is.
    pub(crate) fn order(&self, nal: &[u8]) -> Option<Order> {
        let mut bits = Bits::new(nal.get(header_bytes(self.codec)..)?);
        if self.codec == Codec::H265 {
            let (first, pps) = h265_front(nal, &mut bits)?;
            let (set, _) = self.pps.get(&pps)?;
            let Syntax::H265(Some(syntax)) = &self.sps.get(&set.sps)?.syntax else {
                return None;
            };
            let segment = h265::segment(bits, first, Some(syntax), set.h265?)?;
            h265::order_count([nal[0], nal[1]], segment, syntax, set.h265?).map(Order::H265)
        } else {
            let head = self.slice_head(nal)?;
            let (set, _) = self.pps.get(&head.pps?)?;
            let Syntax::H264(syntax) = &self.sps.get(&set.sps)?.syntax else {
                return None;
            };
            h264::frame_number(nal[0], bits, *syntax, set.h264).map(Order::H264)
        }
    }

    /// What the picture that begins with `head` is coded with; `None` when its sets are not here.
    pub(crate) fn active(&self, head: SliceHead) -> Option<Sequence> {
        let (pps, _) = self.pps.get(&head.pps?)?;
        self.sps.get(&pps.sps).map(|kept| kept.sequence)
    }

    /// Any sequence parameter set known.
    pub(crate) fn any_sequence(&self) -> Option<Sequence> {
        self.sps.values().map(|kept| kept.sequence).next()
    }

    /// Bytes of the sequence parameter set that `sequence` stands for: they differ when the stream's
    /// parameters do.
    pub(crate) fn identity(&self, sequence: Sequence) -> Vec<u8> {
        self.sps
            .get(&sequence.id)
            .map(|kept| kept.nal.clone())
            .unwrap_or_default()
    }

    /// Appends, Annex B: VPS, SPS and every PPS of `sequence`.
    pub(crate) fn write(&self, sequence: Sequence, out: &mut Vec<u8>) {
        let vps = self.vps.get(&sequence.vps);
        let sps = self.sps.get(&sequence.id).map(|kept| &kept.nal);
        let pps = self
            .pps
            .values()
            .filter(|(set, _)| set.sps == sequence.id)
            .map(|(_, nal)| nal);
        for nal in vps.into_iter().chain(sps).chain(pps) {
            out.extend_from_slice(&START_CODE);
            out.extend_from_slice(nal);
        }
    }

    /// Whether a slice could be decoded at all.
    pub(crate) fn complete(&self) -> bool {
        self.pps.values().any(|(set, _)| self.sps.contains_key(&set.sps))
    }
}

fn keep<T>(
    map: &mut BTreeMap<u32, T>,
    id: u32,
    max: usize,
    value: T,
    same: impl Fn(&T) -> bool,
) -> Result<(), NotKept> {
    if map.get(&id).is_some_and(same) {
        return Ok(());
    }
    if map.len() >= max && !map.contains_key(&id) {
        return Err(NotKept::OverBound);
    }
    map.insert(id, value);
    Ok(())
}

/// The front of an H.265 slice segment header: whether it is its picture's first, and its picture
/// parameter set (7.3.6.1).
fn h265_front(nal: &[u8], bits: &mut Bits<'_>) -> Option<(bool, u32)> {
    let first = bits.bit()?;
    if (16..=23).contains(&(nal[0] >> 1 & 0x3f)) {
        bits.bit()?; // no_output_of_prior_pics_flag
    }
    Some((first, bits.ue()?))
}

/// Samples cropped off the width and the height, in units of `x` and `y` (H.264 `frame_cropping_flag`,
/// H.265 `conformance_window_flag`, and what follows them).
fn cropped(b: &mut Bits<'_>, x: u32, y: u32) -> Option<(u32, u32)> {
    if !b.bit()? {
        return Some((0, 0));
    }
    let [left, right, top, bottom] = [b.ue()?, b.ue()?, b.ue()?, b.ue()?];
    Some((
        left.checked_add(right)?.checked_mul(x)?,
        top.checked_add(bottom)?.checked_mul(y)?,
    ))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// H.264 High 1280x720 (x264), and its PPS.
    pub(crate) const SPS: &[u8] = &[
        0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05, 0xbb, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10,
        0x00, 0x00, 0x03, 0x03, 0xc0, 0xf1, 0x83, 0x19, 0x60,
    ];
    pub(crate) const PPS: &[u8] = &[0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0];

    fn sets(codec: Codec) -> ParameterSets {
        ParameterSets::new(codec, &Bounds::default())
    }

    #[test]
    fn sizes_come_out_cropped() {
        let mut h264 = sets(Codec::H264);
        h264.keep(SPS).unwrap();
        let got = h264.any_sequence().unwrap();
        assert_eq!((got.width, got.height, got.fields), (1280, 720, false));
        assert!(!h264.complete());
        h264.keep(PPS).unwrap();
        assert!(h264.complete());

        // H.265 Main 1920x1080 from the x265 encoder (1088 lines coded, 8 cropped).
        let sps = [
            0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03,
            0x00, 0x78, 0xa0, 0x03, 0xc0, 0x80, 0x11, 0x07, 0xcb, 0x96, 0xb4, 0xa4, 0x25, 0x92, 0xe3, 0x01,
            0x6a, 0x02, 0x02, 0x02, 0x08, 0x00, 0x00, 0x03, 0x00, 0x08, 0x00, 0x00, 0x03, 0x00, 0xc8, 0x40,
        ];
        let mut h265 = sets(Codec::H265);
        h265.keep(&sps).unwrap();
        let got = h265.any_sequence().unwrap();
        assert_eq!((got.width, got.height), (1920, 1080));
    }

    #[test]
    fn nonsense_and_giants_are_not_kept() {
        let long = [&[0x67][..], &vec![0x42; 5000]].concat();
        // Baseline, 16384 macroblocks wide.
        let giant = [
            0x67, 0x42, 0x00, 0x1e, 0xf8, 0x00, 0x20, 0x00, 0x10, 0x80, 0xff, 0xff, 0x80,
        ];
        let rows: [(&[u8], NotKept); 5] = [
            (&[0x67], NotKept::Malformed),
            (&[0x67, 0xff], NotKept::Malformed),
            (&[], NotKept::Malformed),
            (&long, NotKept::OverBound),
            (&[0x65, 0x88], NotKept::Malformed),
        ];
        for (nal, want) in rows {
            assert_eq!(sets(Codec::H264).keep(nal), Err(want), "{nal:x?}");
        }
        assert!(sets(Codec::H264).keep(&giant).is_err());
    }

    #[test]
    fn the_latest_set_of_an_id_wins() {
        let mut sets = sets(Codec::H264);
        sets.keep(SPS).unwrap();
        sets.keep(PPS).unwrap();
        let other = [0x68, 0xee, 0x3c, 0x80];
        sets.keep(&other).unwrap();
        let mut out = Vec::new();
        sets.write(sets.any_sequence().unwrap(), &mut out);
        assert_eq!(out, [&START_CODE, SPS, &START_CODE, &other].concat());
    }

    #[test]
    fn slice_heads_tell_first_and_intra() {
        let mut sets = sets(Codec::H264);
        sets.keep(SPS).unwrap();
        sets.keep(PPS).unwrap();
        // first_mb 0, slice_type 7 (I), pps 0: 1 | 0001000 | 1
        let head = sets.slice_head(&[0x65, 0b1000_1000, 0b1000_0000]).unwrap();
        assert!(head.first && head.intra && sets.active(head).is_some());
        // first_mb 0, slice_type 5 (P), pps 0: 1 | 00110 | 1
        let head = sets.slice_head(&[0x41, 0b1001_1010]).unwrap();
        assert!(head.first && !head.intra);
        // first_mb 1: 010 | ...
        assert!(!sets.slice_head(&[0x41, 0b0101_0001, 0b0001_0000]).unwrap().first);
        assert_eq!(sets.slice_head(&[0x41]), None);
    }
}
