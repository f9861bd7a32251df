//! RTP sequence numbers and timestamps: gaps, repeats, wraps, jumps. Not for restoring order: see
//! `reorder`. Input: the headers of our stream's packets.

/// Steps back of fewer packets than this are late or repeated packets; further ones a new start
/// (RFC 3550 A.1 `MAX_MISORDER`).
const LATE_MAX: i16 = 100;
/// Steps ahead of more packets than this are no loss but a new start (RFC 3550 A.1 `MAX_DROPOUT`).
const LOST_MAX: i16 = 3000;

/// How a packet follows the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The next one, or the first of all.
    Next,
    /// So many are missing before it; after a restart of the numbers at least one.
    Gap(u64),
    /// It, or what came instead, was passed already.
    Late,
}

/// Where in the sequence we are (RFC 3550 5.1).
#[derive(Debug, Default)]
pub(crate) struct Sequence {
    last: Option<u16>,
    /// Wraps so far, for receiver reports.
    cycles: u16,
    first_extended: u32,
    received: u32,
    expected_before: u32,
    received_before: u32,
}

impl Sequence {
    pub(crate) fn step(&mut self, number: u16) -> Step {
        let Some(last) = self.last else {
            self.last = Some(number);
            self.first_extended = u32::from(number);
            self.received = 1;
            return Step::Next;
        };
        let ahead = number.wrapping_sub(last) as i16;
        if ahead <= 0 && ahead > -LATE_MAX {
            return Step::Late;
        }
        self.received = self.received.wrapping_add(1);
        if ahead > LOST_MAX || ahead <= 0 {
            // Numbered anew: what was expected before stays, and one packet more, for nobody knows.
            let expected = self.extended().wrapping_sub(self.first_extended).wrapping_add(2);
            self.last = Some(number);
            self.first_extended = self.extended().wrapping_sub(expected);
            return Step::Gap(1);
        }
        if number < last && ahead > 0 {
            self.cycles = self.cycles.wrapping_add(1);
        }
        self.last = Some(number);
        match ahead {
            1 => Step::Next,
            _ => Step::Gap(ahead as u64 - 1),
        }
    }

    /// A packet that is not for us and may be numbered among ours: passed over where it is the next.
    pub(crate) fn pass(&mut self, number: u16) {
        if self.last.is_some_and(|last| last.wrapping_add(1) == number) {
            self.step(number);
        }
    }

    /// Highest sequence number with its wraps.
    pub(crate) fn extended(&self) -> u32 {
        u32::from(self.cycles) << 16 | u32::from(self.last.unwrap_or(0))
    }

    /// Fraction lost since the last report (of 256) and packets lost in all (RFC 3550 A.3).
    pub(crate) fn losses(&mut self) -> (u8, u32) {
        let expected = self.extended().wrapping_sub(self.first_extended).wrapping_add(1);
        let lost = expected.saturating_sub(self.received);
        let expected_now = expected.wrapping_sub(self.expected_before);
        let received_now = self.received.wrapping_sub(self.received_before);
        self.expected_before = expected;
        self.received_before = self.received;
        let lost_now = u64::from(expected_now.saturating_sub(received_now));
        let fraction = (lost_now << 8)
            .checked_div(u64::from(expected_now))
            .unwrap_or(0)
            .min(255);
        (fraction as u8, lost.min(0x7f_ffff))
    }
}

/// RTP timestamps to media time: unwrapped ticks from the epoch's first packet on.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    last: Option<(u32, i64)>,
}

impl Timeline {
    /// A jump of more than this starts a new epoch (10 s of 90 kHz).
    pub(crate) const JUMP_TICKS: i32 = 10 * 90_000;

    /// Ticks within the epoch, and whether a new one begins here.
    pub(crate) fn place(&mut self, timestamp: u32) -> (i64, bool) {
        let (media, jumped) = match self.last {
            None => (0, false),
            Some((last, media)) => {
                let by = timestamp.wrapping_sub(last) as i32;
                if by.unsigned_abs() > Self::JUMP_TICKS.unsigned_abs() {
                    (0, true)
                } else {
                    (media + i64::from(by), false)
                }
            }
        };
        self.last = Some((timestamp, media));
        (media, jumped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_numbers_step() {
        use Step::{Gap, Late, Next};
        let rows: [(&[u16], &[Step]); 7] = [
            (&[7, 8, 9], &[Next, Next, Next]),
            (&[65_535, 0, 1], &[Next, Next, Next]),
            (&[1, 5], &[Next, Gap(3)]),
            (&[5, 5, 4, 6], &[Next, Late, Late, Next]),
            (&[40_000, 10, 11], &[Next, Gap(1), Next]),
            (&[40_000, 42_000], &[Next, Gap(1999)]),
            (&[10, 65_000, 65_001], &[Next, Gap(1), Next]),
        ];
        for (numbers, want) in rows {
            let mut sequence = Sequence::default();
            let got: Vec<_> = numbers.iter().map(|n| sequence.step(*n)).collect();
            assert_eq!(got, want, "{numbers:?}");
        }
    }

    #[test]
    fn reports_count_what_is_missing() {
        let mut sequence = Sequence::default();
        for number in [65_534, 65_535, 2, 3] {
            sequence.step(number);
        }
        assert_eq!(sequence.extended(), 0x1_0003);
        assert_eq!(sequence.losses(), (85, 2), "2 of 6");
        assert_eq!(sequence.losses(), (0, 2));
        for number in [40_000, 40_001, 40_002, 40_003] {
            sequence.step(number);
        }
        assert_eq!(sequence.losses(), (51, 3), "a new start is one packet, of 5");
        sequence.pass(40_004);
        sequence.pass(40_009);
        assert_eq!(sequence.step(40_005), Step::Next);
    }

    #[test]
    fn timestamps_wrap_stand_still_and_jump() {
        type Row<'a> = (&'a [u32], &'a [(i64, bool)]);
        let rows: [Row; 4] = [
            (&[5, 3_605], &[(0, false), (3_600, false)]),
            (&[u32::MAX, 3_599], &[(0, false), (3_600, false)]),
            (&[9_000, 9_000, 5_400], &[(0, false), (0, false), (-3_600, false)]),
            (&[0, 900_001, 903_601], &[(0, false), (0, true), (3_600, false)]),
        ];
        for (stamps, want) in rows {
            let mut timeline = Timeline::default();
            let got: Vec<_> = stamps.iter().map(|t| timeline.place(*t)).collect();
            assert_eq!(got, want, "{stamps:?}");
        }
    }
}
