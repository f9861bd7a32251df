//! RTP payloads to NAL units and fragments, as RFC 6184 (H.264) and RFC 7798 (H.265) pack them. Not for
//! order or loss: packets come in sequence, and the caller says where one is missing.

mod h264;
mod h265;

use curbwatch_types::Codec;

use crate::assemble::Assembler;
use crate::coded::Over;

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

#[cfg(test)]
mod tests {
    use curbwatch_types::{DropReason, Epoch, Taint};

    use super::*;
    use crate::coded::{Arrival, Stamp};
    use crate::nal::START_CODE;
    use crate::options::{Bounds, Mode};
    use crate::parameter_sets::tests::{PPS, SPS};

    /// A key slice (macroblock 0, I, PPS 0) and what fills it; one of macroblock 1 below.
    const IDR: &[u8] = &[0x65, 0x88, 0x80, 1, 2, 3, 4, 5];
    const IDR_2: &[u8] = &[0x65, 0x42, 0x3f, 6, 7, 8];
    const INTER: &[u8] = &[0x41, 0x9a, 9, 9];

    fn key(nals: &[&[u8]]) -> Vec<u8> {
        [&[SPS, PPS], nals]
            .concat()
            .iter()
            .flat_map(|nal| [&START_CODE[..], nal].concat())
            .collect()
    }

    /// FU-A fragments of `nal` with bodies of these sizes.
    fn fragments(nal: &[u8], sizes: &[usize]) -> Vec<Vec<u8>> {
        let mut rest = &nal[1..];
        let last = sizes.len() - 1;
        let mut out = Vec::new();
        for (n, size) in sizes.iter().enumerate() {
            let (body, after) = rest.split_at(*size);
            rest = after;
            let bits = u8::from(n == 0) << 7 | u8::from(n == last) << 6;
            out.push([&[nal[0] & 0xe0 | 0x1c, bits | nal[0] & 0x1f], body].concat());
        }
        out
    }

    fn stap(nals: &[&[u8]]) -> Vec<u8> {
        let sized = nals
            .iter()
            .flat_map(|nal| [&(nal.len() as u16).to_be_bytes()[..], nal].concat());
        std::iter::once(24).chain(sized).collect()
    }

    /// Feeds payloads (picture number, payload) and compares the keyframes that come out, with their
    /// taint and the malformed payloads counted.
    fn check(what: &str, packets: &[(u32, Vec<u8>)], want: &[(Vec<u8>, Taint)], malformed: u64) {
        for mode in [Mode::Keyframes, Mode::AllFrames] {
            let mut sink = Assembler::new(Codec::H264, mode, &Bounds::default(), Epoch(0));
            for set in [SPS, PPS] {
                sink.sets.keep(set).unwrap();
            }
            for (picture, payload) in packets {
                let rtp = picture * 3600;
                let media = i64::from(rtp);
                let stamp = Stamp {
                    rtp,
                    media,
                    jumped: false,
                    marker: false,
                    arrival: Arrival::default(),
                };
                sink.packet(stamp, false);
                push(payload, false, &mut sink).unwrap();
            }
            sink.flush(true);
            let keys: Vec<_> = sink
                .done
                .iter()
                .filter(|c| c.keyframe)
                .map(|c| (c.bytes.to_vec(), c.taint))
                .collect();
            assert_eq!(keys, want, "{what}, {mode:?}");
            assert_eq!(
                sink.drops.of(DropReason::Malformed),
                malformed,
                "{what}, {mode:?}"
            );
        }
    }

    fn at(picture: u32, payloads: Vec<Vec<u8>>) -> Vec<(u32, Vec<u8>)> {
        payloads.into_iter().map(|p| (picture, p)).collect()
    }

    #[test]
    fn h264_payloads_of_all_sorts() {
        use Taint::{Clean, Loss};
        let one = [(key(&[IDR]), Clean)];
        let two_slices = [(key(&[IDR, IDR_2]), Clean)];
        check("single NAL unit", &at(1, vec![IDR.to_vec()]), &one, 0);
        check(
            "aggregated with its sets",
            &at(1, vec![stap(&[SPS, PPS, IDR])]),
            &one,
            0,
        );
        check(
            "two slices",
            &at(1, vec![IDR.to_vec(), IDR_2.to_vec()]),
            &two_slices,
            0,
        );
        check("fragments", &at(1, fragments(IDR, &[3, 2, 2])), &one, 0);
        check(
            "start and end in one fragment",
            &at(1, fragments(IDR, &[7])),
            &one,
            0,
        );
        check(
            "empty fragments",
            &at(1, fragments(IDR, &[0, 3, 0, 4, 0])),
            &one,
            0,
        );
        check(
            "a start code in front",
            &at(1, vec![[&START_CODE[..], IDR].concat()]),
            &one,
            0,
        );
        check("an Annex B packet", &at(1, vec![key(&[IDR])]), &one, 0);
        check(
            "sets joined by start codes",
            &at(1, vec![key(&[])[4..].to_vec(), IDR.to_vec()]),
            &one,
            0,
        );

        let mut cut = fragments(IDR, &[3, 2, 2]);
        cut.remove(2);
        cut.push(IDR_2.to_vec());
        check(
            "a fragment that does not end",
            &at(1, cut),
            &[(key(&[IDR_2]), Loss)],
            0,
        );
        let orphan = [fragments(IDR, &[3, 4]).split_off(1), vec![IDR_2.to_vec()]].concat();
        check(
            "a fragment that does not begin",
            &at(1, orphan),
            &[(key(&[IDR_2]), Loss)],
            0,
        );
        let mut short = stap(&[IDR, IDR_2]);
        short.pop();
        check(
            "a cut-off aggregate",
            &at(1, vec![short]),
            &[(key(&[IDR]), Loss)],
            1,
        );
        check(
            "interleaved mode",
            &at(1, vec![vec![25, 0, 0, 0, 2, 0x65, 0x88]]),
            &[],
            1,
        );
        check("nothing", &at(1, vec![vec![]]), &[], 1);
        check("a header alone", &at(1, vec![vec![0x65]]), &[], 1);
    }

    #[test]
    fn pictures_end_at_the_timestamp_and_at_the_first_slice() {
        let one = (key(&[IDR]), Taint::Clean);
        let pictures = [
            at(1, vec![IDR.to_vec()]),
            at(2, vec![INTER.to_vec()]),
            at(3, vec![IDR.to_vec()]),
        ]
        .concat();
        check("three timestamps", &pictures, &[one.clone(), one.clone()], 0);
        let still = at(1, vec![IDR.to_vec(), INTER.to_vec(), IDR.to_vec()]);
        check("a timestamp that stands still", &still, &[one.clone(), one], 0);
    }

    #[test]
    fn an_i_picture_at_a_recovery_point_is_a_key() {
        let recovery: &[u8] = &[0x06, 6, 1, 0xc4, 0x80];
        let intra: &[u8] = &[0x41, 0x88, 0x80, 7, 7];
        let keyed = [(
            [
                key(&[]),
                START_CODE.to_vec(),
                recovery.to_vec(),
                START_CODE.to_vec(),
                intra.to_vec(),
            ]
            .concat(),
            Taint::Clean,
        )];
        check(
            "at a recovery point",
            &at(1, vec![recovery.to_vec(), intra.to_vec()]),
            &keyed,
            0,
        );
        check("an I picture without one", &at(1, vec![intra.to_vec()]), &[], 0);
        check(
            "gradual refresh",
            &at(1, vec![recovery.to_vec(), INTER.to_vec()]),
            &[],
            0,
        );
        let mixed = vec![recovery.to_vec(), intra.to_vec(), vec![0x41, 0x1a, 0x68, 9]];
        check("a P slice in it", &at(1, mixed), &[], 0);
    }

    #[test]
    fn h265_payloads_of_all_sorts() {
        let vps: &[u8] = &[0x40, 0x01, 0x0c, 0x01];
        let sps: &[u8] = &[
            0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03,
            0x00, 0x78, 0xa0, 0x03, 0xc0, 0x80, 0x11, 0x07, 0xcb, 0x96, 0xb4, 0xa4, 0x25, 0x92, 0xe3, 0x01,
            0x6a, 0x02, 0x02, 0x02, 0x08, 0x00, 0x00, 0x03, 0x00, 0x08, 0x00, 0x00, 0x03, 0x00, 0xc8, 0x40,
        ];
        let pps: &[u8] = &[0x44, 0x01, 0xc1, 0x72];
        // IDR_W_RADL, first slice, PPS 0.
        let idr: &[u8] = &[0x26, 0x01, 0xa0, 1, 2, 3, 4];
        let want: Vec<u8> = [vps, sps, pps, idr]
            .iter()
            .flat_map(|n| [&START_CODE[..], n].concat())
            .collect();
        let fragment = |bits: u8, body: &[u8]| [&[0x62, 0x01, bits | 0x13], body].concat();
        let sized = |nal: &[u8]| [&(nal.len() as u16).to_be_bytes()[..], nal].concat();
        let sets = [sized(vps), sized(sps), sized(pps)].concat();
        let aggregate = [vec![0x60, 0x01], sets, sized(idr)].concat();
        let ordered = [
            vec![0x60, 0x01, 0, 7],
            sized(vps),
            vec![0],
            sized(sps),
            vec![0],
            sized(pps),
        ]
        .concat();
        let rows: [(&str, bool, Vec<Vec<u8>>); 4] = [
            ("aggregated", false, vec![aggregate]),
            (
                "single and fragmented",
                false,
                vec![
                    vps.to_vec(),
                    sps.to_vec(),
                    pps.to_vec(),
                    fragment(0x80, &idr[2..4]),
                    fragment(0, &[]),
                    fragment(0x40, &idr[4..]),
                ],
            ),
            (
                "with decoding order numbers, fragmented",
                true,
                vec![
                    ordered.clone(),
                    fragment(0x80, &[&[0, 8], &idr[2..4]].concat()),
                    fragment(0x40, &idr[4..]),
                ],
            ),
            (
                "with decoding order numbers, single",
                true,
                vec![ordered, [&idr[..2], &[0, 8], &idr[2..]].concat()],
            ),
        ];
        for (what, donl, payloads) in rows {
            let mut sink = Assembler::new(Codec::H265, Mode::Keyframes, &Bounds::default(), Epoch(0));
            let stamp = Stamp {
                rtp: 1,
                media: 0,
                jumped: false,
                marker: true,
                arrival: Arrival::default(),
            };
            for payload in payloads {
                sink.packet(stamp, false);
                push(&payload, donl, &mut sink).unwrap();
            }
            sink.flush(true);
            let keys: Vec<_> = sink.done.iter().map(|c| c.bytes.to_vec()).collect();
            assert_eq!(keys, [&want[..]], "{what}");
        }
    }

    #[test]
    fn pictures_nobody_wants_are_not_copied() {
        let mut sink = Assembler::new(Codec::H264, Mode::Keyframes, &Bounds::default(), Epoch(0));
        let big = [INTER, &vec![7; 60_000]].concat();
        for n in 0..50 {
            let stamp = Stamp {
                rtp: n,
                media: 0,
                jumped: false,
                marker: true,
                arrival: Arrival::default(),
            };
            sink.packet(stamp, false);
            for payload in fragments(&big, &[30_000, 30_003]) {
                push(&payload, false, &mut sink).unwrap();
            }
        }
        assert_eq!((sink.done.len(), sink.held_bytes()), (0, 0));
    }
}
