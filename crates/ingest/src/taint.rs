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
    /// It is a recovery point: when the position has grown by this much all is well (H.264 D.2.8,
    /// H.265 D.3.8).
    pub(crate) recovery: Option<u32>,
    /// See [`References::position`](crate::references::References::position).
    pub(crate) position: i64,
}

/// Taint from picture to picture.
#[derive(Debug)]
pub(crate) struct Taints {
    mode: Mode,
    /// Lasts until the next clean random-access point (all-frames mode).
    lasting: Taint,
    /// Media time of the last random-access picture.
    key: Option<i64>,
    /// Media time of the random-access picture before which something is missing: what is shown before
    /// it refers there, and gets this taint.
    entry: Option<(i64, Taint)>,
    /// Position at which a gradual refresh is done.
    refresh: Option<i64>,
}

impl Taints {
    /// The stream is joined here.
    pub(crate) fn new(mode: Mode) -> Self {
        Self {
            mode,
            lasting: Taint::NoRandomAccess,
            key: None,
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

    /// Missing is only what pictures shown before the last random-access picture refer to; `now`: media
    /// time of that picture, when it is the next. `media`: of the next picture; shown later than the last
    /// random-access picture, it belongs to one that is missing itself.
    pub(crate) fn leading(&mut self, now: Option<i64>, media: i64) {
        match now.or(self.key) {
            Some(key) if now.is_some() || media < key => self.entry = Some((key, Taint::Loss)),
            _ => self.missing(),
        }
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
            self.key = Some(picture.media);
            self.clear(picture);
            return Taint::Clean;
        }
        if self.lasting != Taint::Clean {
            if self.refresh.is_none() {
                self.refresh = picture.recovery.map(|after| picture.position + i64::from(after));
            }
            if self.refresh.is_some_and(|at| picture.position >= at) {
                self.clear(picture);
            }
        }
        match (self.lasting, self.entry) {
            (Taint::Clean, Some((entry, taint))) if picture.media < entry => taint,
            (lasting, _) => lasting,
        }
    }

    fn clear(&mut self, picture: Picture) {
        if self.lasting != Taint::Clean {
            self.entry = Some((picture.media, Taint::NoRandomAccess));
        }
        self.lasting = Taint::Clean;
        self.refresh = None;
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
                    position: n,
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
    fn leading_pictures_of_a_missing_key_taint_what_follows() {
        let picture = |media, key| Picture {
            key,
            lost: false,
            media,
            recovery: None,
            position: media,
        };
        let mut taints = Taints::new(Mode::AllFrames);
        assert_eq!(taints.of(picture(10, true)), Taint::Clean);
        taints.leading(None, 9);
        assert_eq!(taints.of(picture(9, false)), Taint::Loss);
        assert_eq!(taints.of(picture(11, false)), Taint::Clean);
        taints.leading(None, 18);
        assert_eq!(taints.of(picture(18, false)), Taint::Loss);
        assert_eq!(taints.of(picture(21, false)), Taint::Loss);
        assert_eq!(taints.of(picture(30, true)), Taint::Clean);
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
