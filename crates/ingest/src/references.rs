//! Which pictures a picture refers to, told from slice headers, and whether they came: `frame_num` in H.264
//! (ITU-T H.264 7.4.3), order counts and reference picture sets in H.265 (ITU-T H.265 8.3.1, 8.3.2). It finds
//! what RTP cannot show: gateways that drop pictures and number their packets anew, encoders that drop
//! their own. Not for what a loss taints: see `taint`. Input: pictures in decoding order, none left out.
//!
//! H.265 names its references, so exactly the pictures with one missing are found. H.264 counts its
//! reference pictures: a gap is found at the next picture, unless the stream says that gaps are no loss. A loss of exactly
//! as many pictures as the count has values (16 at least) looks like none.

/// `frame_num` of an H.264 picture, and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameNumber {
    pub(crate) number: u32,
    /// `MaxFrameNum`.
    pub(crate) modulus: u32,
    /// `gaps_in_frame_num_value_allowed_flag`: layers may have been taken out.
    pub(crate) gaps_allowed: bool,
    /// Others may refer to it.
    pub(crate) reference: bool,
    pub(crate) idr: bool,
    /// It forgets all others, and counts from 0 (memory management control operation 5); `None`: its
    /// header could not be read that far.
    pub(crate) resets: Option<bool>,
}

/// `slice_pic_order_cnt_lsb` of an H.265 picture, and what it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrderCount {
    /// `nal_unit_type`.
    pub(crate) kind: u8,
    pub(crate) temporal_layer: u8,
    pub(crate) low: u32,
    /// `MaxPicOrderCntLsb`.
    pub(crate) modulus: u32,
    /// None in an IDR picture, or where its header could not be read that far.
    pub(crate) references: Option<ReferenceSet>,
}

/// Everything a picture, or one after it, may still refer to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ReferenceSet {
    pub(crate) short: Vec<ShortTerm>,
    pub(crate) long: Vec<LongTerm>,
}

/// By its distance in output order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShortTerm {
    pub(crate) delta: i32,
    /// The picture itself refers there.
    pub(crate) used: bool,
}

/// By its order count, or the low bits of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LongTerm {
    pub(crate) low: u32,
    pub(crate) used: bool,
    /// Times the low bits wrapped since, where that is said.
    pub(crate) cycles: Option<u32>,
}

/// What a picture says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    H264(FrameNumber),
    H265(OrderCount),
}

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Nothing,
    /// A picture that this one, or one after it, may refer to.
    Reference,
    /// Only what pictures shown before the last random-access picture refer to.
    Leading,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct References {
    /// `PrevRefFrameNum`; none where it is not known.
    last: Option<u32>,
    buffer: Option<Buffer>,
    /// The sequence ended: the next random-access picture starts a new one.
    ended: bool,
    /// Grows with the pictures: reference pictures in H.264, output order in H.265.
    position: i64,
}

/// Decoded pictures of an H.265 sequence that may still be referred to, by order count.
#[derive(Debug)]
struct Buffer {
    counts: Vec<i64>,
    /// `prevTid0Pic`.
    previous: i64,
    /// Leading pictures of the last random-access picture refer to what nobody has. Until a trailing picture has come: what leads
    /// after that belongs to a random-access picture that is missing itself (H.265 7.4.2.2).
    skips_leading: bool,
}

impl References {
    /// The sequence ended (end of sequence or of bitstream).
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    /// How far the stream has come, in the unit that recovery points count in: reference pictures
    /// (H.264 D.2.8), output order (H.265 D.3.8).
    pub(crate) fn position(&self) -> i64 {
        self.position
    }

    /// The next picture in decoding order; `None`: it does not say where it stands.
    pub(crate) fn next(&mut self, order: Option<&Order>) -> Missing {
        match order {
            Some(Order::H264(frame)) => self.count(*frame),
            Some(Order::H265(picture)) => self.look_up(picture),
            None => {
                self.last = None;
                self.buffer = None;
                self.position += 1;
                Missing::Nothing
            }
        }
    }

    fn count(&mut self, frame: FrameNumber) -> Missing {
        let FrameNumber { number, modulus, .. } = frame;
        let ahead = self.last.filter(|_| !frame.idr).map(|last| {
            // Counted anew with more or fewer bits only at an IDR picture; elsewhere it is nonsense.
            number.wrapping_sub(last) & (modulus - 1)
        });
        // Leniency: two reference frames with the same number, as a camera's repeated picture has.
        let gap = !frame.gaps_allowed && ahead.is_some_and(|ahead| ahead > 1);
        if frame.reference {
            self.position += i64::from(ahead.unwrap_or(1));
            self.last = frame.resets.map(|resets| if resets { 0 } else { number });
        } else if gap {
            // It is no reference itself: the missing ones end right before it.
            self.position += i64::from(ahead.unwrap_or(1)) - 1;
            self.last = Some(number.wrapping_sub(1) & (modulus - 1));
        }
        if gap { Missing::Reference } else { Missing::Nothing }
    }

    fn look_up(&mut self, picture: &OrderCount) -> Missing {
        const BLA: std::ops::RangeInclusive<u8> = 16..=18;
        const IDR: std::ops::RangeInclusive<u8> = 19..=20;
        const RASL: std::ops::RangeInclusive<u8> = 8..=9;
        let kind = picture.kind;
        let random_access = (16..=23).contains(&kind);
        let starts = BLA.contains(&kind) || IDR.contains(&kind) || self.ended || self.buffer.is_none();
        if random_access && starts {
            let joined = self.buffer.is_none();
            let count = if IDR.contains(&kind) {
                0
            } else {
                i64::from(picture.low)
            };
            self.ended = false;
            self.position = count;
            self.buffer = Some(Buffer {
                counts: vec![count],
                previous: count,
                // An IDR picture has none of that kind.
                skips_leading: !IDR.contains(&kind),
            });
            // Who joins here knows that already.
            return if joined || IDR.contains(&kind) {
                Missing::Nothing
            } else {
                Missing::Leading
            };
        }
        let (Some(buffer), Some(references)) = (&mut self.buffer, &picture.references) else {
            self.buffer = None;
            self.position += 1;
            return Missing::Nothing;
        };
        let count = buffer.count(picture);
        let found = buffer.keep(references, count, i64::from(picture.modulus));
        buffer.counts.push(count);
        // Random access within the sequence, or a trailing picture.
        if !(6..=9).contains(&kind) {
            buffer.skips_leading = false;
        }
        // Leading pictures and those nobody of their own layer refers to do not count (8.3.1).
        if picture.temporal_layer == 0 && !(6..=9).contains(&kind) && (kind > 15 || kind % 2 == 1) {
            buffer.previous = count;
        }
        self.position = count;
        match (found, RASL.contains(&kind)) {
            (true, _) => Missing::Nothing,
            (false, true) if buffer.skips_leading => Missing::Nothing,
            (false, true) => Missing::Leading,
            (false, false) => Missing::Reference,
        }
    }
}

impl Buffer {
    /// `PicOrderCntVal` (8.3.1).
    fn count(&self, picture: &OrderCount) -> i64 {
        let modulus = i64::from(picture.modulus);
        let low = i64::from(picture.low);
        let before = self.previous.rem_euclid(modulus);
        let high = self.previous - before;
        if low < before && before - low >= modulus / 2 {
            high + modulus + low
        } else if low > before && low - before > modulus / 2 {
            high - modulus + low
        } else {
            high + low
        }
    }

    /// Forgets what the set of the picture with this count does not name (8.3.2). Whether everything
    /// that it refers to itself is here: what only later pictures may refer to shows with those, if ever.
    fn keep(&mut self, references: &ReferenceSet, count: i64, modulus: i64) -> bool {
        let short = |held: i64| {
            let named = references.short.iter();
            named
                .map(|s| count + i64::from(s.delta))
                .any(|named| named == held)
        };
        let long_is = |long: &LongTerm, held: i64| match long.cycles {
            Some(cycles) => {
                let named =
                    count - i64::from(cycles) * modulus - count.rem_euclid(modulus) + i64::from(long.low);
                named == held
            }
            None => held.rem_euclid(modulus) == i64::from(long.low),
        };
        self.counts
            .retain(|held| short(*held) || references.long.iter().any(|long| long_is(long, *held)));
        let counts = &self.counts;
        let short_here = references
            .short
            .iter()
            .filter(|s| s.used)
            .all(|s| counts.contains(&(count + i64::from(s.delta))));
        let long_here = references
            .long
            .iter()
            .filter(|long| long.used)
            .all(|long| counts.iter().any(|held| long_is(long, *held)));
        short_here && long_here
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pictures in words, `frame_num` of 16 values: `I` an IDR picture, `3` a reference picture with that number, `3-` one
    /// that is none, `3!` one that forgets all others, `?` one that says nothing. Wanted: who misses something.
    fn check_h264(gaps_allowed: bool, pictures: &str, want: &[usize]) {
        let mut references = References::default();
        let mut got = Vec::new();
        for (at, word) in pictures.split(' ').enumerate() {
            let number = word.trim_end_matches(['-', '!']).parse().unwrap_or(0);
            let order = (word != "?").then_some(Order::H264(FrameNumber {
                number,
                modulus: 16,
                gaps_allowed,
                reference: !word.ends_with('-'),
                idr: word == "I",
                resets: Some(word.ends_with('!')),
            }));
            if references.next(order.as_ref()) != Missing::Nothing {
                got.push(at);
            }
        }
        assert_eq!(got, want, "{pictures}");
    }

    #[test]
    fn frame_numbers_count_reference_pictures() {
        check_h264(false, "I 1 2 3 I 1", &[]);
        check_h264(false, "I 1 3 4", &[2]);
        check_h264(false, "13 14 15 0 1", &[]);
        check_h264(false, "14 15 1 2", &[2]);
        // B pictures that nobody refers to all have the next number.
        check_h264(false, "I 1 2- 2- 2 3- 3", &[]);
        check_h264(false, "I 1 2- 3 4", &[3]);
        check_h264(false, "I 1 3- 3 4", &[2]);
        check_h264(false, "I 1 2- 2 I 1- 1", &[]);
        // Two fields of one frame.
        check_h264(false, "I 0 1 1 2 2", &[]);
        check_h264(false, "I 1 2 3! 1 2", &[]);
        check_h264(false, "I 1 ? 7 8", &[]);
        check_h264(true, "I 1 3 7", &[]);
        check_h264(false, "5 6 8 I 1", &[2]);
    }

    /// Pictures in words: a letter (`I` IDR, `C` CRA, `B` BLA, `R` skipped leading, `D` decodable leading, `P` trailing), the
    /// low bits of the order count (of 16), then the distances it refers to; `~` before one that only
    /// later pictures need; `E` ends a sequence. Wanted: what is missing where.
    fn check_h265(pictures: &str, want: &[(usize, Missing)]) {
        let mut references = References::default();
        let mut got = Vec::new();
        for (at, word) in pictures.split(' ').enumerate() {
            let mut parts = word[1..].split(',');
            let low = parts.next().and_then(|p| p.parse().ok()).unwrap_or(0);
            let short = parts.map(|part| ShortTerm {
                delta: part.trim_start_matches('~').parse().unwrap(),
                used: !part.starts_with('~'),
            });
            let kind = match &word[..1] {
                "I" => 19,
                "C" => 21,
                "B" => 16,
                "R" => 9,
                "D" => 7,
                "P" => 1,
                _ => {
                    references.end();
                    continue;
                }
            };
            let order = Order::H265(OrderCount {
                kind,
                temporal_layer: 0,
                low,
                modulus: 16,
                references: (kind != 19).then(|| ReferenceSet {
                    short: short.collect(),
                    long: Vec::new(),
                }),
            });
            match references.next(Some(&order)) {
                Missing::Nothing => {}
                missing => got.push((at, missing)),
            }
        }
        assert_eq!(got, want, "{pictures}");
    }

    #[test]
    fn reference_sets_name_what_must_be_there() {
        use Missing::{Leading, Reference};
        check_h265("I P1,-1 P2,-1,-2 P3,-1", &[]);
        check_h265("I P1,-1 P3,-1 P4,-1", &[(2, Reference)]);
        // Nobody refers to the one that is missing.
        check_h265("I P1,-1 P3,-2,~-1 P4,-1", &[]);
        // Kept for later, and then gone.
        check_h265("I P1,-1 P2,-1 P3,-1 P4,-3", &[(4, Reference)]);
        check_h265("I P8,-8 P4,-4,4 P2,-2,2,~6", &[]);
        // The low bits wrap.
        check_h265("I P7,-7 P14,-7 P2,-4 P1,-3,1", &[]);
        check_h265("I P7,-7 P2,-4 P5,-3", &[(2, Reference)]);
        check_h265("I P7,-7 P14,-7 P5,-7 P12,-7", &[]);
        // Leading pictures: joined at a CRA; in the middle; with what they refer to missing.
        check_h265("C8 R6,-4,2 P9,-1", &[]);
        check_h265("I P4,-4 C8,~-4 R6,-2,2 P9,-1", &[]);
        check_h265("I P4,-4 C8 R7,-4,1 P9,-1", &[(3, Leading)]);
        check_h265("P3,-1 P4,-1 C8 R6,-2,2 P9,-1", &[]);
        // The first random-access picture after the beginning is missing, and its leading pictures are not.
        check_h265("I P4,-4 R6,-2,2 P9,-1", &[(2, Leading), (3, Reference)]);
        check_h265(
            "C8 R6,-4,2 P12,-4 R14,-2,2 P1,-1",
            &[(3, Leading), (4, Reference)],
        );
        // A splice: its skipped leading pictures refer to another stream.
        check_h265("I P1,-1 B8 R6,-5,2 P9,-1", &[(2, Leading)]);
        check_h265("I P1,-1 E C8 R6,-5,2 D7,1 P9,-1", &[(3, Leading)]);
    }

    #[test]
    fn long_term_references_are_found_by_their_low_bits() {
        let picture = |low, long: Vec<LongTerm>| {
            Order::H265(OrderCount {
                kind: if low == 0 && long.is_empty() { 19 } else { 1 },
                temporal_layer: 0,
                low,
                modulus: 16,
                references: Some(ReferenceSet { short: vec![], long }),
            })
        };
        let long = |low, cycles| LongTerm {
            low,
            used: true,
            cycles,
        };
        for (named, want) in [
            (long(0, None), Missing::Nothing),
            (long(0, Some(1)), Missing::Nothing),
            (long(0, Some(0)), Missing::Reference),
            (long(3, None), Missing::Reference),
        ] {
            let mut references = References::default();
            references.next(Some(&picture(0, vec![])));
            for low in [7, 14] {
                references.next(Some(&picture(low, vec![long(0, None)])));
            }
            assert_eq!(references.next(Some(&picture(4, vec![named]))), want, "{named:?}");
        }
    }

    #[test]
    fn positions_count_what_recovery_points_count() {
        let mut references = References::default();
        let mut at = |number, reference| {
            references.next(Some(&Order::H264(FrameNumber {
                number,
                modulus: 16,
                gaps_allowed: false,
                reference,
                idr: false,
                resets: Some(false),
            })));
            references.position()
        };
        assert_eq!(at(15, true), 1);
        assert_eq!(at(0, false), 1);
        assert_eq!(at(0, true), 2);
        assert_eq!(at(3, true), 5);
    }
}
