//! Supplemental information: the recovery point message, and nothing else.

use curbwatch_types::Codec;

use crate::bits::Bits;
use crate::nal;

/// `recovery_frame_cnt` (H.265: `recovery_poc_cnt`, at least 0) of a recovery point message in an SEI
/// NAL unit, header included (H.264 D.1.8, H.265 D.2.8; both are payload type 6).
pub(crate) fn recovery_point(codec: Codec, nal: &[u8]) -> Option<u32> {
    let mut rest = nal.get(nal::header_bytes(codec)..)?;
    let number = |rest: &mut &[u8]| -> Option<usize> {
        let mut value = 0;
        loop {
            let (first, after) = rest.split_first()?;
            *rest = after;
            value += usize::from(*first);
            if *first != 0xff {
                return Some(value);
            }
        }
    };
    while rest.len() > 2 {
        let kind = number(&mut rest)?;
        let bytes = number(&mut rest)?;
        if kind == 6 {
            let mut bits = Bits::new(rest);
            return match codec {
                Codec::H265 => bits.se().map(|n| u32::try_from(n).unwrap_or(0)),
                _ => bits.ue(),
            };
        }
        rest = rest.get(bytes..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_points_are_found_among_other_messages() {
        let rows: [(Codec, &[u8], Option<u32>); 7] = [
            (Codec::H264, &[0x06, 6, 1, 0b1100_0100, 0x80], Some(0)),
            (Codec::H264, &[0x06, 6, 1, 0b0101_0100, 0x80], Some(1)),
            (Codec::H264, &[0x06, 5, 2, 9, 9, 6, 1, 0x80, 0x80], Some(0)),
            (Codec::H264, &[0x06, 5, 200, 9], None),
            (Codec::H264, &[0x06, 0xff, 0xff], None),
            (Codec::H264, &[0x06], None),
            (Codec::H265, &[0x4e, 1, 6, 1, 0b0100_0000, 0x80], Some(1)),
        ];
        for (codec, nal, want) in rows {
            assert_eq!(recovery_point(codec, nal), want, "{nal:x?}");
        }
    }
}
