//! Which pictures have something missing, in themselves or in what they refer to. Loss is silent in
//! decoders: with 1 of 40 slices removed libavcodec gave 293 pictures and no error. So taint is ours.

use curbwatch_types::Taint;

use crate::options::Mode;

/// A finished picture, as far as taint goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Picture {
    /// Decoding can start here.
    pub(crate) key: bool,
    /// A part of it is, or may be, missing.
    pub(crate) lost: bool,
    pub(crate) media: i64,
    /// It is a recovery point: so many pictures later all is well (H.264 D.2.8).
    pub(crate) recovery: Option<u32>,
}

/// Taint from picture to picture.
#[derive(Debug)]
pub(crate) struct Taints {
    mode: Mode,
    /// Lasts until the next clean random-access point (all-frames mode).
    lasting: Taint,
    /// Media time of the random-access picture that ended the last taint: what is shown before it
    /// refers to what is missing.
    entry: Option<i64>,
    /// Pictures left until a gradual refresh is done.
    refresh: Option<u32>,
}

impl Taints {
    /// The stream is joined here.
    pub(crate) fn new(mode: Mode) -> Self {
        Self {
            mode,
            lasting: Taint::NoRandomAccess,
            entry: None,
            refresh: None,
        }
    }

    /// A whole picture, or we know not what, is missing.
    pub(crate) fn missing(&mut self) {
        if self.lasting != Taint::NoRandomAccess {
            self.lasting = Taint::Loss;
        }
        self.refresh = None;
    }

    /// The taint of the next picture in decoding order.
    pub(crate) fn of(&mut self, picture: Picture) -> Taint {
        if self.mode == Mode::Keyframes {
            return if picture.lost { Taint::Loss } else { Taint::Clean };
        }
        if picture.lost {
            self.lasting = Taint::Loss;
            self.refresh = None;
            return Taint::Loss;
        }
        if picture.key {
            if self.lasting != Taint::Clean {
                self.entry = Some(picture.media);
            }
            self.lasting = Taint::Clean;
            self.refresh = None;
            return Taint::Clean;
        }
        if self.lasting != Taint::Clean {
            self.refresh = match self.refresh {
                Some(left) => Some(left.saturating_sub(1)),
                None => picture.recovery,
            };
            if self.refresh == Some(0) {
                self.refresh = None;
                self.lasting = Taint::Clean;
                self.entry = Some(picture.media);
            }
        }
        let leads = self.entry.is_some_and(|entry| picture.media < entry);
        if self.lasting == Taint::Clean && leads {
            Taint::NoRandomAccess
        } else {
            self.lasting
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pictures in words: `k` key, `p` other, `K` and `P` with loss, `b` shown before the last key,
    /// `2` recovery point two pictures ahead; wanted: `c` clean, `l` loss, `n` no random access.
    fn check(mode: Mode, pictures: &str, want: &str) {
        let mut taints = Taints::new(mode);
        let got: String = pictures
            .chars()
            .zip(1..)
            .map(|(c, n)| {
                let media = if c == 'b' { n - 2 } else { n };
                let recovery = c.to_digit(10);
                let picture = Picture {
                    key: "kK".contains(c),
                    lost: "KP".contains(c),
                    media,
                    recovery,
                };
                match taints.of(picture) {
                    Taint::Clean => 'c',
                    Taint::Loss => 'l',
                    Taint::NoRandomAccess => 'n',
                }
            })
            .collect();
        assert_eq!(got, want, "{mode:?} {pictures}");
    }

    #[test]
    fn taint_lasts_until_a_clean_random_access_point() {
        check(Mode::AllFrames, "kppkp", "ccccc");
        check(Mode::AllFrames, "ppkp", "nncc");
        check(Mode::AllFrames, "kPppkp", "clllcc");
        check(Mode::AllFrames, "kPpKpkp", "cllllcc");
        check(Mode::AllFrames, "pkbpkbp", "ncncccc");
        check(Mode::AllFrames, "p2ppp", "nnncc");
        check(Mode::AllFrames, "p2Ppp", "nnlll");
        check(Mode::Keyframes, "kKk", "clc");
    }
}
