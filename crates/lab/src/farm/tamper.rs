//! What a camera with quirks does to its packets on their way out: one picture's packets in, what goes
//! onto the wire out. Seeded: the same session does the same.
//!
//! For: the packet rows of the catalogue, and the frozen picture. Not for: how pictures are packed
//! (`Packing`), and not for what a network does to packets (`impair`). Input: packets in wire layout,
//! patched by the pacer.

use super::history::History;
use super::quirk::{Quirk, Quirks};
use super::track::{INTERLEAVED_HEADER, RTP_HEADER};

/// Ticks of a second.
const HZ: f64 = 90_000.0;
/// SSRC of the other camera, and of ours after a change.
const OTHER: u32 = 0x5a5a_5a5a;

/// One thing to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A packet in wire layout.
    Packet(Vec<u8>),
    /// A frame on another channel, or bytes that are none: nothing that a datagram could hold.
    Raw(Vec<u8>),
}

/// What becomes of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// These pieces are sent.
    Goes,
    /// Nothing is sent any more, and nothing is closed.
    Silent,
    /// The connection is closed.
    Closes,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Tamper {
    quirks: Quirks,
    random: fastrand::Rng,
    /// Which of the quirks that act in some sessions only act in this one.
    acts: Vec<Quirk>,
    begun: Option<i64>,
    pictures: u64,
    /// Added to the pacer's numbers.
    sequence_shift: u16,
    timestamp_shift: u32,
    jumped: bool,
    frozen: Option<Vec<Vec<u8>>>,
    /// Packets sent beyond those the pacer knows of (less than none: left out), since the last picture.
    unknown: u16,
}

impl Tamper {
    /// A session's own tampering; nothing where the camera's packets leave as they are.
    pub(super) fn new(quirks: &Quirks, history: &History, seed: u64) -> Option<Box<Self>> {
        if !quirks.touch_packets() {
            return None;
        }
        let times = |quirk, at: usize| quirks.numbers(quirk).and_then(|n| n.get(at)).copied();
        let flood = times(Quirk::GarbageFlood, 0).map(|_| 1.0);
        let limited = [
            (Quirk::HalfOpen, times(Quirk::HalfOpen, 1)),
            (Quirk::SsrcChanges, times(Quirk::SsrcChanges, 1)),
            (Quirk::HangsUp, times(Quirk::HangsUp, 1)),
            (Quirk::GarbageFlood, flood),
        ];
        let acts = limited
            .into_iter()
            .filter(|(quirk, times)| history.once_more(*quirk, *times));
        Some(Box::new(Self {
            acts: acts.map(|(quirk, _)| quirk).collect(),
            quirks: quirks.clone(),
            random: fastrand::Rng::with_seed(seed),
            begun: None,
            pictures: 0,
            sequence_shift: 0,
            timestamp_shift: 0,
            jumped: false,
            frozen: None,
            unknown: 0,
        }))
    }

    /// Whether sender reports are sent; their date where it is another one.
    pub(super) fn reports(&self) -> (bool, Option<u64>) {
        let sent = !self.quirks.has(Quirk::NoReports) && !self.acts.contains(&Quirk::HalfOpen);
        (sent, self.quirks.has(Quirk::OldReports).then_some(0))
    }

    /// One picture's packets at its time, in ticks of 90 kHz. `keyframe`: decoding can start here.
    pub(super) fn picture(&mut self, packets: Vec<Vec<u8>>, at: i64, keyframe: bool) -> (Fate, Vec<Piece>) {
        let begun = *self.begun.get_or_insert(at);
        let elapsed = (at - begun) as f64 / HZ;
        let passed = |quirk| self.quirks.number(quirk).is_some_and(|after| elapsed >= after);
        if self.acts.contains(&Quirk::HalfOpen) && passed(Quirk::HalfOpen) {
            return (Fate::Silent, Vec::new());
        }
        if self.acts.contains(&Quirk::HangsUp) && passed(Quirk::HangsUp) {
            return (Fate::Closes, Vec::new());
        }
        let frozen = passed(Quirk::Freezes);
        let other_ssrc = self.acts.contains(&Quirk::SsrcChanges) && passed(Quirk::SsrcChanges);
        let jumps = passed(Quirk::TimestampsJump) && !self.jumped;
        let mut packets = self.shown(packets, keyframe, frozen);
        if let Some(first) = packets.first() {
            self.shift(read(first), jumps);
        }
        for packet in &mut packets {
            self.renumber(packet, at - begun);
            if other_ssrc {
                patch_ssrc(packet, OTHER);
            }
        }
        self.sequence_shift = self
            .sequence_shift
            .wrapping_add(std::mem::take(&mut self.unknown));
        self.pictures += 1;
        let mut pieces = self.apart(packets);
        self.among(&mut pieces);
        (Fate::Goes, pieces)
    }

    /// The picture that is shown: this one, or for ever the last keyframe before it froze.
    fn shown(&mut self, packets: Vec<Vec<u8>>, keyframe: bool, frozen: bool) -> Vec<Vec<u8>> {
        if !self.quirks.has(Quirk::Freezes) {
            return packets;
        }
        if !frozen {
            if keyframe {
                self.frozen = Some(packets.clone());
            }
            return packets;
        }
        // Between keyframes nothing changes: the picture is sent as often as before.
        let now = packets.first().map(|packet| read(packet));
        let (Some(shown), Some(now), true) = (&self.frozen, now, keyframe) else {
            self.unknown = 0_u16.wrapping_sub(packets.len() as u16);
            return Vec::new();
        };
        self.unknown = (shown.len() as u16).wrapping_sub(packets.len() as u16);
        let mut shown = shown.clone();
        for (packet, n) in shown.iter_mut().zip(0_u16..) {
            let sequence = now.sequence.wrapping_add(n);
            write_sequence(packet, sequence);
            write_timestamp(packet, now.timestamp);
        }
        shown
    }

    /// What the pacer's numbers are shifted by from this picture on.
    fn shift(&mut self, first: Header, jumps: bool) {
        if self.pictures == 0 {
            if self.quirks.has(Quirk::SequenceWraps) {
                self.sequence_shift = 65_530_u16.wrapping_sub(first.sequence);
            }
            if self.quirks.has(Quirk::TimestampsWrap) {
                self.timestamp_shift = 0_u32.wrapping_sub(HZ as u32).wrapping_sub(first.timestamp);
            }
        } else if self
            .quirks
            .number(Quirk::SequenceResets)
            .is_some_and(|every| self.pictures.is_multiple_of((every as u64).max(1)))
        {
            // Far from where it was, whatever that is.
            let now = first.sequence.wrapping_add(self.sequence_shift);
            self.sequence_shift =
                self.sequence_shift
                    .wrapping_add(if now < 30_000 { 30_000 } else { 35_536 });
        }
        if jumps {
            let by = self.quirks.numbers(Quirk::TimestampsJump).map_or(0.0, |n| n[1]);
            self.timestamp_shift = self.timestamp_shift.wrapping_add((by * HZ) as u32);
            self.jumped = true;
        }
    }

    fn renumber(&self, packet: &mut [u8], elapsed: i64) {
        let header = read(packet);
        write_sequence(packet, header.sequence.wrapping_add(self.sequence_shift));
        let mut timestamp = header.timestamp.wrapping_add(self.timestamp_shift);
        if self.quirks.has(Quirk::TimestampsStill) {
            timestamp = 90_000;
        } else if self.quirks.has(Quirk::TimestampsBackwards) {
            // Twice what has passed is taken off.
            timestamp = timestamp.wrapping_sub((2 * elapsed) as u32);
        }
        write_timestamp(packet, timestamp);
        let second = &mut packet[INTERLEAVED_HEADER + 1];
        if self.quirks.has(Quirk::MarkerAlways) {
            *second |= 0x80;
        } else if self.quirks.has(Quirk::MarkerNever) {
            *second &= 0x7f;
        }
    }

    /// The packets one by one: some lost, some twice, some swapped, some in odd clothes.
    fn apart(&mut self, packets: Vec<Vec<u8>>) -> Vec<Piece> {
        let (loses, doubles, swaps) = (
            self.quirks.number(Quirk::Loses).unwrap_or(0.0),
            self.quirks.number(Quirk::Duplicates).unwrap_or(0.0),
            self.quirks.number(Quirk::Reorders).unwrap_or(0.0),
        );
        let mut pieces = Vec::with_capacity(packets.len());
        for packet in packets {
            if self.random.f64() < loses {
                continue;
            }
            let packet = if self.quirks.has(Quirk::OddHeaders) {
                dressed(&packet)
            } else {
                packet
            };
            if self.random.f64() < doubles {
                pieces.push(Piece::Packet(packet.clone()));
            }
            pieces.push(Piece::Packet(packet));
        }
        for at in 1..pieces.len() {
            if self.random.f64() < swaps {
                pieces.swap(at - 1, at);
            }
        }
        pieces
    }

    /// What comes among the packets and belongs to none.
    fn among(&mut self, pieces: &mut Vec<Piece>) {
        let Some(Piece::Packet(last)) = pieces.last().cloned() else {
            return;
        };
        let header = read(&last);
        let own = |payload_type: u8, shift: &mut u16| {
            *shift = shift.wrapping_add(1);
            let mut packet = last[..INTERLEAVED_HEADER + RTP_HEADER].to_vec();
            packet[2..4].copy_from_slice(&(RTP_HEADER as u16).to_be_bytes());
            packet[INTERLEAVED_HEADER] = 0x80;
            packet[INTERLEAVED_HEADER + 1] = payload_type;
            write_sequence(&mut packet, header.sequence.wrapping_add(1));
            packet
        };
        if self.quirks.has(Quirk::EmptyPackets) {
            let packet = own(super::track::PAYLOAD_TYPE, &mut self.sequence_shift);
            pieces.push(Piece::Packet(packet));
        } else if self.quirks.has(Quirk::StrayPayloadType) {
            let mut packet = own(101, &mut self.sequence_shift);
            packet.extend_from_slice(&[7; 40]);
            packet[2..4].copy_from_slice(&(RTP_HEADER as u16 + 40).to_be_bytes());
            pieces.push(Piece::Packet(packet));
        }
        if self.quirks.has(Quirk::ForeignSsrc) {
            // The whole picture once more, spoilt: whoever decodes one of these shows it.
            let foreign: Vec<Piece> = pieces
                .iter()
                .filter_map(|piece| match piece {
                    Piece::Packet(packet) => Some(packet.clone()),
                    Piece::Raw(_) => None,
                })
                .map(|mut packet| {
                    patch_ssrc(&mut packet, OTHER);
                    if let Some(end) = packet.last_mut() {
                        *end ^= 0x55;
                    }
                    Piece::Packet(packet)
                })
                .collect();
            pieces.extend(foreign);
        }
        if self.quirks.has(Quirk::StrayChannel) {
            let mut stray = vec![b'$', 6, 0, 20, 0x80, 8];
            stray.resize(24, 0x55);
            pieces.push(Piece::Raw(stray));
        }
        let flood = self.acts.contains(&Quirk::GarbageFlood);
        self.acts.retain(|quirk| *quirk != Quirk::GarbageFlood);
        for quirk in [Quirk::Garbage, Quirk::GarbageFlood] {
            let Some(bytes) = self
                .quirks
                .number(quirk)
                .filter(|_| quirk == Quirk::Garbage || flood)
            else {
                continue;
            };
            // The worst rubbish looks like a frame at its beginning, and like none after it.
            let mut rubbish = vec![b'$', 0x77, 0xff, 0xff, 0x00];
            rubbish.extend(std::iter::repeat_with(|| self.random.u8(..)).take(bytes as usize));
            pieces.push(Piece::Raw(rubbish));
        }
    }
}

/// What tampering looks at.
#[derive(Debug, Clone, Copy)]
struct Header {
    sequence: u16,
    timestamp: u32,
}

fn read(packet: &[u8]) -> Header {
    let rtp = &packet[INTERLEAVED_HEADER..];
    Header {
        sequence: u16::from_be_bytes([rtp[2], rtp[3]]),
        timestamp: u32::from_be_bytes([rtp[4], rtp[5], rtp[6], rtp[7]]),
    }
}

fn write_sequence(packet: &mut [u8], sequence: u16) {
    packet[INTERLEAVED_HEADER + 2..INTERLEAVED_HEADER + 4].copy_from_slice(&sequence.to_be_bytes());
}

fn write_timestamp(packet: &mut [u8], timestamp: u32) {
    packet[INTERLEAVED_HEADER + 4..INTERLEAVED_HEADER + 8].copy_from_slice(&timestamp.to_be_bytes());
}

fn patch_ssrc(packet: &mut [u8], ssrc: u32) {
    packet[INTERLEAVED_HEADER + 8..INTERLEAVED_HEADER + 12].copy_from_slice(&ssrc.to_be_bytes());
}

/// The same payload with padding, a header extension and a contributor (RFC 3550 5.1).
fn dressed(packet: &[u8]) -> Vec<u8> {
    let (head, payload) = packet.split_at(INTERLEAVED_HEADER + RTP_HEADER);
    let mut out = head.to_vec();
    out[INTERLEAVED_HEADER] |= 0x20 | 0x10 | 0x01;
    out.extend_from_slice(&[0, 0, 0, 42]);
    out.extend_from_slice(&[0xbe, 0xde, 0, 1, 9, 9, 9, 9]);
    out.extend_from_slice(payload);
    out.extend_from_slice(&[0, 0, 0, 4]);
    let length = (out.len() - INTERLEAVED_HEADER) as u16;
    out[2..4].copy_from_slice(&length.to_be_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(sequence: u16) -> Vec<u8> {
        let mut packet = vec![b'$', 0, 0, 14, 0x80, 96];
        packet.extend_from_slice(&sequence.to_be_bytes());
        packet.extend_from_slice(&[0, 0, 0, 9, 0, 0, 0, 1, 0x65, 0x88]);
        packet
    }

    /// Feeds ten pictures of two packets, a fifth of a second apart; the sequence numbers that leave.
    fn sequences(quirks: &str) -> Vec<u16> {
        let quirks = Quirks::parse(quirks).expect("quirks");
        let mut tamper = Tamper::new(&quirks, &History::default(), 1).expect("a quirk of packets");
        (0..10_u16)
            .flat_map(|n| {
                let packets = vec![packet(2 * n), packet(2 * n + 1)];
                tamper.picture(packets, i64::from(n) * 18_000, n % 5 == 0).1
            })
            .filter_map(|piece| match piece {
                Piece::Packet(packet) => Some(read(&packet).sequence),
                Piece::Raw(_) => None,
            })
            .collect()
    }

    #[test]
    fn sequence_numbers_leave_as_the_quirk_says() {
        assert_eq!(sequences("marker-never"), (0..20).collect::<Vec<_>>());
        assert_eq!(
            sequences("sequence-wraps")[..8],
            [65_530, 65_531, 65_532, 65_533, 65_534, 65_535, 0, 1]
        );
        assert_eq!(sequences("sequence-resets,every=2")[2..6], [2, 3, 30_004, 30_005]);
        assert_eq!(
            sequences("empty-packets")[..7],
            [0, 1, 2, 3, 4, 5, 6],
            "numbered among the others"
        );
        assert_eq!(
            sequences("half-open,after=1").len(),
            10,
            "five pictures, then silence"
        );
        assert_eq!(
            sequences("freezes,after=0.5"),
            [0, 1, 2, 3, 4, 5, 6, 7],
            "keyframes alone, numbered on"
        );
        assert_eq!(sequences("duplicates,rate=1").len(), 40);
        assert!(sequences("loses,rate=0.5").len() < 18);
        assert_ne!(sequences("reorders,rate=1"), sequences("marker-never"));
    }

    #[test]
    fn odd_headers_keep_the_payload() {
        let out = dressed(&packet(1));
        assert_eq!(out[4] & 0x3f, 0x31);
        assert_eq!(&out[28..30], [0x65, 0x88]);
        assert_eq!(usize::from(out[3]), out.len() - 4);
    }
}
