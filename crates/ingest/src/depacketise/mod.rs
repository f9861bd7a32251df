//! RTP payloads to NAL units and fragments, as RFC 6184 (H.264) and RFC 7798 (H.265) pack them. Not for
//! order or loss: packets come in sequence, and the caller says where one is missing.

mod h264;
mod h265;

use curbwatch_types::Codec;

use crate::assemble::{Assembler, Over};

/// Takes one payload apart. `donl`: H.265 payloads carry decoding order numbers (RFC 7798 4.4.1,
/// `sprop-max-don-diff` > 0). What cannot be read is counted, and taints its access unit.
pub(crate) fn push(payload: &[u8], donl: bool, sink: &mut Assembler) -> Result<(), Over> {
    match sink.codec() {
        Codec::H265 => h265::push(payload, donl, sink),
        _ => h264::push(payload, sink),
    }
}

/// NAL units of an aggregation packet, each behind a 16-bit length. Before each, `skip` bytes are
/// passed over (the first may differ). A cut-off length is malformed; what came before it counts.
fn aggregated(
    mut rest: &[u8],
    (mut skip, skip_next): (usize, usize),
    sink: &mut Assembler,
) -> Result<(), Over> {
    while !rest.is_empty() {
        let parts = rest.get(skip..).and_then(|r| r.split_first_chunk::<2>());
        let Some((nal, after)) =
            parts.and_then(|(length, r)| r.split_at_checked(usize::from(u16::from_be_bytes(*length))))
        else {
            sink.malformed();
            return Ok(());
        };
        if !nal.is_empty() {
            sink.nal(nal)?;
        }
        rest = after;
        skip = skip_next;
    }
    Ok(())
}
