//! Restoring the order of datagrams, within a window of packets and of time. Packets in order pass
//! without a copy; only those that came early are held. Not for TCP, whose order is the sender's.

use curbwatch_types::Monotonic;

use crate::coded::Arrival;
use crate::options::Bounds;

/// Most bytes held, whatever the packets' sizes.
const HELD_BYTES_MAX: usize = 256 << 10;
/// A step of more than this is no reordering but a new start (RFC 3550 A.1 `MAX_DROPOUT`).
const RESTART: i16 = 3000;

/// See the module.
#[derive(Debug)]
pub(crate) struct Reorder {
    next: Option<u16>,
    held: Vec<Held>,
    held_bytes: usize,
    packets_max: usize,
    wait: std::time::Duration,
}

/// A packet that came before its turn.
#[derive(Debug)]
pub(crate) struct Held {
    sequence: u16,
    pub(crate) arrival: Arrival,
    pub(crate) bytes: Vec<u8>,
}

impl Reorder {
    pub(crate) fn new(bounds: &Bounds) -> Self {
        Self {
            next: None,
            held: Vec::new(),
            held_bytes: 0,
            packets_max: bounds.reorder_packets_max,
            wait: bounds.reorder_wait,
        }
    }

    /// True when the packet is to be taken now; otherwise it was held, or it is too late (which the
    /// sequence will notice, so it is taken as well).
    pub(crate) fn admit(&mut self, sequence: u16, bytes: &[u8], arrival: Arrival) -> bool {
        let Some(next) = self.next else {
            self.next = Some(sequence.wrapping_add(1));
            return true;
        };
        let ahead = sequence.wrapping_sub(next) as i16;
        if ahead == 0 || ahead.unsigned_abs() > RESTART.unsigned_abs() {
            self.next = Some(sequence.wrapping_add(1));
            return true;
        }
        if ahead < 0 || self.held.iter().any(|h| h.sequence == sequence) {
            return ahead < 0;
        }
        self.held_bytes += bytes.len();
        self.held.push(Held {
            sequence,
            arrival,
            bytes: bytes.to_vec(),
        });
        false
    }

    /// A packet that is not for us and may be numbered among ours: its turn passes.
    pub(crate) fn pass(&mut self, sequence: u16) {
        if self.next == Some(sequence) {
            self.next = Some(sequence.wrapping_add(1));
        }
    }

    /// The next held packet whose turn has come: it follows the last one taken, or the window is full,
    /// or it waited too long.
    pub(crate) fn release(&mut self, now: Monotonic) -> Option<Held> {
        let next = self.next?;
        let at = (0..self.held.len()).min_by_key(|i| self.held[*i].sequence.wrapping_sub(next))?;
        let in_turn = self.held[at].sequence == next;
        let full = self.held.len() >= self.packets_max || self.held_bytes > HELD_BYTES_MAX;
        let waited = self
            .held
            .iter()
            .any(|h| now.since(h.arrival.monotonic) >= self.wait);
        if !(in_turn || full || waited) {
            return None;
        }
        let held = self.held.swap_remove(at);
        self.held_bytes -= held.bytes.len();
        self.next = Some(held.sequence.wrapping_add(1));
        Some(held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Feeds packets (sequence, arrival ms) and lists the sequence numbers as they come out.
    fn check(packets: &[(u16, u64)], want: &[u16]) {
        let mut reorder = Reorder::new(&Bounds {
            reorder_packets_max: 3,
            ..Bounds::default()
        });
        let mut out = Vec::new();
        for (sequence, ms) in packets {
            let arrival = Arrival {
                monotonic: Monotonic(Duration::from_millis(*ms)),
                ..Default::default()
            };
            if reorder.admit(*sequence, &[0; 20], arrival) {
                out.push(*sequence);
            }
            while let Some(held) = reorder.release(arrival.monotonic) {
                out.push(held.sequence);
            }
        }
        assert_eq!(out, want, "{packets:?}");
    }

    #[test]
    fn order_is_restored_within_the_window() {
        check(&[(1, 0), (2, 0), (3, 0)], &[1, 2, 3]);
        check(&[(1, 0), (3, 0), (2, 1), (4, 2)], &[1, 2, 3, 4]);
        check(&[(65_535, 0), (1, 0), (0, 0)], &[65_535, 0, 1]);
        check(&[(1, 0), (3, 0), (4, 50), (5, 60)], &[1, 3, 4, 5]);
        check(&[(1, 0), (3, 0), (4, 150)], &[1, 3, 4]);
        check(&[(1, 0), (3, 0), (3, 1), (2, 2)], &[1, 2, 3]);
        check(&[(1, 0), (2, 0), (1, 1), (3, 0)], &[1, 2, 1, 3]);
        check(&[(1, 0), (30_000, 0), (30_001, 0)], &[1, 30_000, 30_001]);
    }
}
