//! What kind of NAL unit this is, by its header (ITU-T H.264 table 7-1, H.265 table 7-1). Not for
//! parsing what is inside: see `parameter_sets`.

use curbwatch_types::Codec;

/// Annex B start code put before every NAL unit.
pub(crate) const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// What a NAL unit is, as far as reception cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Video parameter set (H.265).
    Vps,
    /// Sequence parameter set.
    Sps,
    /// Picture parameter set.
    Pps,
    /// Supplemental information before a picture.
    Sei,
    /// A slice of an IDR, CRA or BLA picture.
    KeySlice,
    /// A slice of another picture. Whether it is an I picture at a recovery point shows later.
    Slice,
    /// Belongs to the picture before it (suffix SEI, end of sequence): carried in all-frames mode.
    Suffix,
    /// Access unit delimiter: proves that an access unit begins here; never carried.
    Delimiter,
    /// Filler, other layers, reserved types: never carried.
    Other,
}

/// Bytes of a NAL unit header: 1 in H.264, 2 in H.265.
pub(crate) fn header_bytes(codec: Codec) -> usize {
    if codec == Codec::H265 { 2 } else { 1 }
}

/// The kind of the NAL unit that begins with `nal`; an empty or cut-off one is `Other`.
pub(crate) fn kind(codec: Codec, nal: &[u8]) -> Kind {
    match (codec, nal) {
        (Codec::H264, [first, ..]) => match first & 0x1f {
            1..=4 => Kind::Slice,
            5 => Kind::KeySlice,
            6 => Kind::Sei,
            7 => Kind::Sps,
            8 => Kind::Pps,
            9 => Kind::Delimiter,
            10 | 11 => Kind::Suffix,
            _ => Kind::Other,
        },
        (Codec::H265, [first, second, ..]) => {
            let layer = (first & 1) << 5 | second >> 3;
            match (layer, first >> 1 & 0x3f) {
                (0, 0..=9) => Kind::Slice,
                (0, 16..=21) => Kind::KeySlice,
                (0, 32) => Kind::Vps,
                (0, 33) => Kind::Sps,
                (0, 34) => Kind::Pps,
                (0, 35) => Kind::Delimiter,
                (0, 39) => Kind::Sei,
                (0, 36 | 37 | 40) => Kind::Suffix,
                _ => Kind::Other,
            }
        }
        _ => Kind::Other,
    }
}

/// Whether the NAL unit with this header ends a coded video sequence: the next picture refers to none
/// before it (H.264 10, 11; H.265 36, 37).
pub(crate) fn ends_sequence(codec: Codec, header: [u8; 2]) -> bool {
    match codec {
        Codec::H265 => matches!(header[0] >> 1 & 0x3f, 36 | 37),
        _ => matches!(header[0] & 0x1f, 10 | 11),
    }
}

/// The NAL units of an Annex B stream; what lies before the first start code is a NAL unit, too, so a
/// bare NAL unit comes back as itself. Trailing zero bytes are cut.
pub(crate) fn split_annex_b(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let (nal, after) = match find_start_code(rest) {
                Some(at) => (&rest[..at], &rest[at + 3..]),
                None => (rest, &rest[rest.len()..]),
            };
            rest = after;
            let end = nal.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1);
            if end > 0 {
                return Some(&nal[..end]);
            }
        }
        None
    })
}

/// Where `00 00 01` begins.
pub(crate) fn find_start_code(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at + 3 <= bytes.len() {
        // The third byte decides how far to go on: most bytes are neither 0 nor 1.
        match bytes[at + 2] {
            0 => at += 1,
            1 if bytes[at] == 0 && bytes[at + 1] == 0 => return Some(at),
            _ => at += 3,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_header() {
        let rows: [(Codec, &[u8], Kind); 14] = [
            (Codec::H264, &[0x65], Kind::KeySlice),
            (Codec::H264, &[0x41], Kind::Slice),
            (Codec::H264, &[0x67], Kind::Sps),
            (Codec::H264, &[0x68], Kind::Pps),
            (Codec::H264, &[0x06], Kind::Sei),
            (Codec::H264, &[0x09], Kind::Delimiter),
            (Codec::H264, &[], Kind::Other),
            (Codec::H265, &[0x26, 1], Kind::KeySlice),
            (Codec::H265, &[0x2a, 1], Kind::KeySlice),
            (Codec::H265, &[0x02, 1], Kind::Slice),
            (Codec::H265, &[0x40, 1], Kind::Vps),
            (Codec::H265, &[0x26, 9], Kind::Other),
            (Codec::H265, &[0x26], Kind::Other),
            (Codec::H265, &[0x4e, 1], Kind::Sei),
        ];
        for (codec, nal, want) in rows {
            assert_eq!(kind(codec, nal), want, "{codec:?} {nal:x?}");
        }
    }

    #[test]
    fn annex_b_is_split_at_start_codes_of_both_lengths() {
        let rows: [(&[u8], &[&[u8]]); 6] = [
            (&[0, 0, 0, 1, 7, 8, 0, 0, 1, 9], &[&[7, 8], &[9]]),
            (&[7, 8], &[&[7, 8]]),
            (&[7, 0, 0, 1, 8], &[&[7], &[8]]),
            (&[], &[]),
            (&[0, 0, 1], &[]),
            (&[0, 0, 1, 5, 0, 0], &[&[5]]),
        ];
        for (bytes, want) in rows {
            assert_eq!(split_annex_b(bytes).collect::<Vec<_>>(), want, "{bytes:x?}");
        }
    }
}
