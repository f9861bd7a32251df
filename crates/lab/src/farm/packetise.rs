//! NAL units to RTP payloads: H.264 (RFC 6184) and H.265 (RFC 7798).
//!
//! For: what cameras really send: single NAL units, fragments, and aggregates of parameter sets.
//! Not for: interleaved modes (DON), which no camera in the field uses. Input: Annex B access units
//! of a clip.

use curbwatch_types::Codec;

/// Payload types of the packetisation itself (RFC 6184 table 1, RFC 7798 4.4).
const STAP_A: u8 = 0x18;
const FU_A: u8 = 0x1c;
const AP_H265: u8 = 48;
const FU_H265: u8 = 49;

/// The NAL units of an Annex B byte stream (ITU-T H.264 annex B), without start codes and trailing zeros.
pub fn nal_units(annex_b: &[u8]) -> Vec<&[u8]> {
    let mut units = Vec::new();
    let mut start = None;
    let mut at = 0;
    while at + 3 <= annex_b.len() {
        if annex_b[at..at + 3] == [0, 0, 1] {
            push_trimmed(&mut units, start.map(|s| &annex_b[s..at]));
            start = Some(at + 3);
            at += 3;
        } else {
            at += 1;
        }
    }
    push_trimmed(&mut units, start.map(|s| &annex_b[s..]));
    units
}

fn push_trimmed<'a>(units: &mut Vec<&'a [u8]>, unit: Option<&'a [u8]>) {
    if let Some(unit) = unit {
        let len = unit.iter().rposition(|&b| b != 0).map_or(0, |last| last + 1);
        if len > 0 {
            units.push(&unit[..len]);
        }
    }
}

/// Whether a NAL unit is a parameter set (H.264 table 7-1: 7, 8, 13; H.265 table 7-1: 32, 33, 34).
pub(super) fn is_parameter_set(codec: Codec, unit: &[u8]) -> bool {
    let Some(&first) = unit.first() else { return false };
    match codec {
        Codec::H264 => matches!(first & 0x1f, 7 | 8 | 13),
        Codec::H265 => matches!((first >> 1) & 0x3f, 32..=34),
        Codec::Mpeg4 => false,
    }
}

/// How access units are packed; the default is what most cameras do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "oddities that do not depend on each other"
)]
pub(super) struct Packing {
    /// Bytes of a payload at most.
    pub(super) payload_max: usize,
    /// Also what fits into one packet is sent as a fragment: one that begins and ends.
    pub(super) whole_fragments: bool,
    /// Fragments without content stand between the others.
    pub(super) empty_fragments: bool,
    /// Not only parameter sets are aggregated.
    pub(super) aggregates_all: bool,
    /// Payloads begin with a start code where they are whole NAL units.
    pub(super) annex_b: bool,
    /// H.265 payloads carry decoding order numbers.
    pub(super) donl: bool,
    /// Parameter sets are left out.
    pub(super) without_sets: bool,
}

impl Default for Packing {
    fn default() -> Self {
        Self {
            // A packet fits an Ethernet frame over UDP.
            payload_max: 1400,
            whole_fragments: false,
            empty_fragments: false,
            aggregates_all: false,
            annex_b: false,
            donl: false,
            without_sets: false,
        }
    }
}

/// Cuts the NAL units of one access unit into RTP payloads as `packing` says, in order, each handed to
/// `emit` as the pieces it is made of.
pub(super) fn packetise(codec: Codec, units: &[&[u8]], packing: &Packing, mut emit: impl FnMut(&[&[u8]])) {
    let kept: Vec<&[u8]> = units
        .iter()
        .filter(|unit| !(packing.without_sets && is_parameter_set(codec, unit)))
        .copied()
        .collect();
    let mut rest = &kept[..];
    while let Some(unit) = rest.first() {
        let together = aggregatable(codec, rest, packing);
        if together >= 2 {
            aggregate(codec, &rest[..together], packing, &mut emit);
            rest = &rest[together..];
            continue;
        }
        if unit.len() > packing.payload_max || packing.whole_fragments {
            fragment(codec, unit, packing, &mut emit);
        } else if packing.annex_b {
            emit(&[&[0, 0, 0, 1], unit]);
        } else if packing.donl && codec == Codec::H265 {
            emit(&[&unit[..2], &[0, 0], &unit[2..]]);
        } else {
            emit(&[unit]);
        }
        rest = &rest[1..];
    }
}

/// How many units at the front fit into one aggregate: parameter sets, or whatever comes.
fn aggregatable(codec: Codec, units: &[&[u8]], packing: &Packing) -> usize {
    let number = if packing.donl && codec == Codec::H265 {
        2
    } else {
        0
    };
    let mut bytes = 2; // the larger of the two aggregate headers
    units
        .iter()
        .take_while(|unit| {
            bytes += 2 + number + unit.len();
            (packing.aggregates_all || is_parameter_set(codec, unit)) && bytes <= packing.payload_max
        })
        .count()
}

/// STAP-A (RFC 6184 5.7.1) or AP (RFC 7798 4.4.2).
fn aggregate(codec: Codec, units: &[&[u8]], packing: &Packing, emit: &mut impl FnMut(&[&[u8]])) {
    let header: Vec<u8> = match codec {
        Codec::H265 => {
            let layer = |u: &[u8]| ((u[0] & 1) << 5) | (u.get(1).copied().unwrap_or(1) >> 3);
            let tid = |u: &[u8]| u.get(1).copied().unwrap_or(1) & 7;
            let layer_min = units.iter().map(|u| layer(u)).min().unwrap_or(0);
            let tid_min = units.iter().map(|u| tid(u)).min().unwrap_or(1);
            vec![(AP_H265 << 1) | (layer_min >> 5), (layer_min << 3) | tid_min]
        }
        _ => vec![units.iter().map(|u| u[0] & 0x60).max().unwrap_or(0) | STAP_A],
    };
    let sizes: Vec<[u8; 2]> = units.iter().map(|u| (u.len() as u16).to_be_bytes()).collect();
    let mut pieces: Vec<&[u8]> = vec![&header];
    for (n, (unit, size)) in units.iter().zip(&sizes).enumerate() {
        if packing.donl && codec == Codec::H265 {
            // DONL before the first, DOND before the others (RFC 7798 4.4.2).
            pieces.push(if n == 0 { &[0, 0] } else { &[0] });
        }
        pieces.push(size);
        pieces.push(unit);
    }
    emit(&pieces);
}

/// FU-A (RFC 6184 5.8) or FU (RFC 7798 4.4.3).
fn fragment(codec: Codec, unit: &[u8], packing: &Packing, emit: &mut impl FnMut(&[&[u8]])) {
    let (indicator, kind, skip): (Vec<u8>, u8, usize) = match codec {
        Codec::H265 => (
            vec![(unit[0] & 0x81) | (FU_H265 << 1), unit[1]],
            (unit[0] >> 1) & 0x3f,
            2,
        ),
        _ => (vec![(unit[0] & 0xe0) | FU_A], unit[0] & 0x1f, 1),
    };
    let number: &[u8] = if packing.donl && codec == Codec::H265 {
        &[0, 0]
    } else {
        &[]
    };
    let chunk = packing.payload_max - indicator.len() - 1 - number.len();
    let pieces = unit[skip..].chunks(chunk);
    let last = pieces.len().saturating_sub(1);
    for (i, piece) in pieces.enumerate() {
        let start = if i == 0 { 0x80 } else { 0 };
        let end = if i == last { 0x40 } else { 0 };
        if packing.empty_fragments && i > 0 {
            emit(&[&indicator, &[kind]]);
        }
        let number = if i == 0 { number } else { &[] };
        emit(&[&indicator, &[start | end | kind], number, piece]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payloads(codec: Codec, units: &[&[u8]], max: usize) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        let packing = Packing {
            payload_max: max,
            ..Packing::default()
        };
        packetise(codec, units, &packing, |pieces| out.push(pieces.concat()));
        out
    }

    #[test]
    fn packing_can_be_odd() {
        let slice: Vec<u8> = std::iter::once(0x65).chain(1..=8).collect();
        let odd = |change: fn(&mut Packing), codec, units: &[&[u8]]| {
            let mut packing = Packing {
                payload_max: 10,
                ..Packing::default()
            };
            change(&mut packing);
            let mut out = Vec::new();
            packetise(codec, units, &packing, |pieces| out.push(pieces.concat()));
            out
        };
        let units: [&[u8]; 2] = [&[0x67, 1], &slice];
        let got = odd(|p| p.whole_fragments = true, Codec::H264, &units);
        assert_eq!(
            got,
            [vec![0x7c, 0xc7, 1], [&[0x7c, 0xc5][..], &slice[1..]].concat()]
        );
        let got = odd(|p| p.without_sets = true, Codec::H264, &units);
        assert_eq!(got, std::slice::from_ref(&slice));
        let got = odd(|p| p.annex_b = true, Codec::H264, &[&slice]);
        assert_eq!(got, [[&[0, 0, 0, 1][..], &slice].concat()]);
        let got = odd(
            |p| p.aggregates_all = true,
            Codec::H264,
            &[&[0x67, 1], &[0x65, 2]],
        );
        assert_eq!(got, [[0x78, 0, 2, 0x67, 1, 0, 2, 0x65, 2]]);
        let long: Vec<u8> = std::iter::once(0x65).chain(1..=12).collect();
        let got = odd(|p| p.empty_fragments = true, Codec::H264, &[&long]);
        assert_eq!(got[1], [0x7c, 0x05]);
        let got = odd(|p| p.donl = true, Codec::H265, &[&[0x26, 1, 5]]);
        assert_eq!(got, [[0x26, 1, 0, 0, 5]]);
        let got = odd(
            |p| (p.donl, p.payload_max) = (true, 40),
            Codec::H265,
            &[&[0x42, 1, 5], &[0x44, 1, 6]],
        );
        assert_eq!(got, [[0x60, 1, 0, 0, 0, 3, 0x42, 1, 5, 0, 0, 3, 0x44, 1, 6]]);
        let got = odd(
            |p| (p.donl, p.whole_fragments) = (true, true),
            Codec::H265,
            &[&[0x26, 1, 5]],
        );
        assert_eq!(got, [[0x62, 1, 0xd3, 0, 0, 5]]);
    }

    #[test]
    fn annex_b_is_split_at_both_start_codes_and_trimmed() {
        let rows: [(&[u8], &[&[u8]]); 5] = [
            (&[], &[]),
            (&[1, 2, 3], &[]),
            (
                &[0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2],
                &[&[0x67, 1], &[0x68, 2]],
            ),
            (
                &[0, 0, 1, 0x65, 9, 0, 0, 0, 0, 1, 0x41, 7, 0, 0],
                &[&[0x65, 9], &[0x41, 7]],
            ),
            (&[0, 0, 1, 0, 0, 1, 0x41, 7], &[&[0x41, 7]]),
        ];
        for (bytes, want) in rows {
            assert_eq!(nal_units(bytes), want, "{bytes:?}");
        }
    }

    #[test]
    fn h264_payloads_are_as_rfc_6184_says() {
        let slice: Vec<u8> = std::iter::once(0x65).chain(1..=20).collect();
        let got = payloads(Codec::H264, &[&[0x67, 1, 2], &[0x68, 3], &[0x06, 5], &slice], 12);
        assert_eq!(
            got[0],
            [0x60 | STAP_A, 0, 3, 0x67, 1, 2, 0, 2, 0x68, 3],
            "STAP-A of both sets"
        );
        assert_eq!(got[1], [0x06, 5], "single");
        assert_eq!(got[2], [0x7c, 0x85, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "FU-A start");
        assert_eq!(
            got[3],
            [0x7c, 0x45, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
            "FU-A end"
        );
        assert_eq!(got.len(), 4);
    }

    #[test]
    fn h265_payloads_are_as_rfc_7798_says() {
        let slice: Vec<u8> = [0x26, 0x01].into_iter().chain(1..=20).collect();
        let sets: [&[u8]; 3] = [&[0x40, 1, 7], &[0x42, 1, 8], &[0x44, 1, 9]];
        let got = payloads(Codec::H265, &[sets[0], sets[1], sets[2], &slice], 17);
        assert_eq!(
            got[0],
            [0x60, 0x01, 0, 3, 0x40, 1, 7, 0, 3, 0x42, 1, 8, 0, 3, 0x44, 1, 9],
            "AP"
        );
        assert_eq!(got[1][..3], [0x62, 0x01, 0x93], "FU start");
        assert_eq!(got[2][..3], [0x62, 0x01, 0x53], "FU end");
        assert_eq!([&got[1][3..], &got[2][3..]].concat(), slice[2..], "nothing lost");
    }

    #[test]
    fn sets_too_large_to_aggregate_go_alone() {
        let sps = [&[0x67_u8][..], &[1; 9]].concat();
        let got = payloads(Codec::H264, &[&sps, &[0x68, 3]], 12);
        assert_eq!(got, [sps.clone(), vec![0x68, 3]]);
    }
}
