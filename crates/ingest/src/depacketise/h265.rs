//! H.265 payloads (RFC 7798): single NAL unit, aggregation packet, fragmentation unit, with decoding
//! order numbers where the session description announces them. PACI packets are malformed here.

use crate::assemble::Assembler;
use crate::coded::Over;

const AGGREGATION: u8 = 48;
const FRAGMENTATION: u8 = 49;
const PACI: u8 = 50;

pub(super) fn push(payload: &[u8], donl: bool, sink: &mut Assembler) -> Result<(), Over> {
    if payload.starts_with(&[0, 0, 0, 1]) || payload.starts_with(&[0, 0, 1]) {
        return sink.nal(payload);
    }
    let [first, second, rest @ ..] = payload else {
        sink.malformed();
        return Ok(());
    };
    match (first >> 1 & 0x3f, rest) {
        (AGGREGATION, _) => super::aggregated(rest, if donl { (2, 1) } else { (0, 0) }, sink),
        (FRAGMENTATION, [fragment, rest @ ..]) => {
            let header = [(first & 0x81) | (fragment & 0x3f) << 1, *second];
            let begins = fragment & 0x80 != 0;
            let skip = if donl && begins { 2 } else { 0 };
            let Some(rest) = rest.get(skip..) else {
                sink.malformed();
                return Ok(());
            };
            sink.fragment((begins, fragment & 0x40 != 0), header, rest)
        }
        (FRAGMENTATION | PACI.., _) => {
            sink.malformed();
            Ok(())
        }
        (_, [_, _, rest @ ..]) if donl => sink.fragment((true, true), [*first, *second], rest),
        _ => sink.nal(payload),
    }
}
