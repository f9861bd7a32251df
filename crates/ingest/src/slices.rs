//! Whether a picture's slices are all there, told from where each begins. A header says where a slice
//! begins, never where it ends; but encoders that cut pictures into a fixed number of slices cut them
//! all alike. Not for what comes in packets: a gap in those is known already. Input: first macroblocks
//! (H.264) or coding tree blocks (H.265) of the slices of each picture, in order.

/// Pictures cut alike before one that lacks a slice is called damaged.
const ALIKE_MIN: u32 = 8;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Slices {
    starts: Vec<u32>,
    disorder: bool,
    unknown: bool,
    /// How key pictures are cut, and how the others: encoders treat them differently.
    layouts: [Layout; 2],
}

/// How pictures of one sort are cut.
#[derive(Debug, Default)]
struct Layout {
    starts: Vec<u32>,
    alike: u32,
    /// How the last ones that lacked a slice were cut, and how many there were.
    less: (Vec<u32>, u32),
}

impl Slices {
    /// The stream's parameters changed: what was learned is void.
    pub(crate) fn forget(&mut self) {
        self.layouts = <[Layout; 2]>::default();
    }

    /// A picture begins.
    pub(crate) fn begin(&mut self) {
        self.starts.clear();
        self.disorder = false;
        self.unknown = false;
    }

    /// A slice of the picture begins at this block; `None`: its header could not be read.
    pub(crate) fn slice(&mut self, start: Option<u32>) {
        let Some(start) = start else {
            self.unknown = true;
            return;
        };
        // The second field of a picture begins at its own first block.
        self.disorder |= start > 0 && self.starts.last().is_some_and(|last| *last >= start);
        self.starts.push(start);
    }

    /// The picture ends. `row`: blocks in a row (0: unknown); `any_order`: slices may come in any. True when
    /// slices of it are missing, or it is no single picture.
    pub(crate) fn finish(&mut self, key: bool, row: u32, any_order: bool) -> bool {
        if self.unknown || self.starts.is_empty() || any_order {
            return false;
        }
        if self.disorder {
            return true;
        }
        let [layout, other] = if key {
            let [others, keys] = &mut self.layouts;
            [keys, others]
        } else {
            self.layouts.each_mut()
        };
        if layout.starts == self.starts {
            layout.alike = layout.alike.saturating_add(1);
            layout.less.1 = 0;
            return false;
        }
        // Key pictures are rare: what was seen of them once, and of the others often, is enough.
        let alike = layout.alike >= ALIKE_MIN || (other.alike >= ALIKE_MIN && layout.starts == other.starts);
        // Slices cut by their size in bytes begin anywhere; only rows are cut on purpose.
        let learned = alike && layout.starts.iter().all(|s| s.checked_rem(row) == Some(0));
        if learned && is_part(&self.starts, &layout.starts) {
            if layout.less.0 != self.starts {
                layout.less = (self.starts.clone(), 0);
            }
            layout.less.1 += 1;
            if layout.less.1 < ALIKE_MIN {
                return true;
            }
            // So many times the same slice: the encoder cuts them otherwise now.
        }
        *layout = Layout {
            starts: self.starts.clone(),
            alike: 1,
            less: (Vec::new(), 0),
        };
        false
    }
}

/// Whether `part` is `whole` with something left out.
fn is_part(part: &[u32], whole: &[u32]) -> bool {
    let mut rest = whole.iter();
    part.len() < whole.len() && part.iter().all(|start| rest.any(|s| s == start))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pictures as (times, starts), in rows of ten blocks; wanted: how many of each row of pictures are damaged.
    fn check(pictures: &[(u32, &[u32])], want: &[u32]) {
        let mut slices = Slices::default();
        let got: Vec<u32> = pictures
            .iter()
            .map(|(times, starts)| {
                let damaged = (0..*times).filter(|_| {
                    slices.begin();
                    starts.iter().for_each(|start| slices.slice(Some(*start)));
                    slices.finish(false, 10, false)
                });
                damaged.count() as u32
            })
            .collect();
        assert_eq!(got, want, "{pictures:?}");
    }

    #[test]
    fn a_slice_less_than_all_before_is_missing() {
        let whole: &[u32] = &[0, 20, 40];
        check(
            &[(8, whole), (1, &[0, 40]), (1, whole), (1, &[0, 20])],
            &[0, 1, 0, 1],
        );
        check(&[(7, whole), (1, &[0, 40])], &[0, 0]);
        // Cut by size, not by rows.
        check(&[(9, &[0, 23]), (1, &[0])], &[0, 0]);
        check(
            &[(9, whole), (1, &[0, 10, 20, 40]), (9, whole), (1, &[0])],
            &[0, 0, 0, 1],
        );
        // The encoder was set up anew: believed after a while.
        check(&[(9, whole), (20, &[0, 40])], &[0, 7]);
        // Interlaced: two fields.
        check(
            &[(9, &[0, 20, 0, 20]), (1, &[0, 0, 20]), (1, &[0, 20])],
            &[0, 1, 1],
        );
        // Two pictures in one.
        check(&[(1, &[0, 20, 20]), (1, &[0, 40, 20])], &[1, 1]);
    }

    #[test]
    fn a_key_picture_cut_as_all_others_is_known_from_once() {
        let mut slices = Slices::default();
        let mut picture = |key, starts: &[u32]| {
            slices.begin();
            for start in starts {
                slices.slice(Some(*start));
            }
            slices.finish(key, 10, false)
        };
        for _ in 0..9 {
            assert!(!picture(false, &[0, 20]));
        }
        assert!(!picture(true, &[0]), "no key picture was seen before");
        assert!(!picture(true, &[0, 20]));
        assert!(picture(true, &[0]));
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        let mut slices = Slices::default();
        for starts in [[Some(0), None], [None, Some(20)]] {
            slices.begin();
            for start in starts {
                slices.slice(start);
            }
            assert!(!slices.finish(true, 10, false));
        }
        slices.begin();
        for start in [40, 0, 20] {
            slices.slice(Some(start));
        }
        assert!(!slices.finish(true, 10, true), "any order is allowed");
    }
}
