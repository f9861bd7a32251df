//! H.264 payloads (RFC 6184): single NAL unit, STAP-A, FU-A. The interleaved mode (STAP-B, MTAP, FU-B)
//! is refused in the session description already; packets of it are malformed here.

use crate::assemble::Assembler;
use crate::coded::Over;

pub(super) fn push(payload: &[u8], sink: &mut Assembler) -> Result<(), Over> {
    match payload {
        // Leniency: a start code before the NAL unit (cameras that send their Annex B stream as it is).
        [0, 0, ..] => sink.nal(payload),
        [first, ..] if (1..=23).contains(&(first & 0x1f)) => sink.nal(payload),
        [first, rest @ ..] if first & 0x1f == 24 => super::aggregated(rest, (0, 0), sink),
        [first, fragment, rest @ ..] if first & 0x1f == 28 => {
            let header = [(first & 0xe0) | (fragment & 0x1f), 0];
            sink.fragment((fragment & 0x80 != 0, fragment & 0x40 != 0), header, rest)
        }
        _ => {
            sink.malformed();
            Ok(())
        }
    }
}
