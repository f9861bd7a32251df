//! Chance that can be asked in any order: a draw is a hash of seed, kind of error, time, thing and count.

/// What a draw is about. The numbers keep streams apart.
#[derive(Debug, Clone, Copy)]
pub(super) enum Concern {
    Miss = 1,
    Jitter,
    Confusion,
    Score,
    False,
    Stamp,
    Backdrop,
    Paint,
    Looks,
}

/// One stream of draws.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64, concern: Concern, at_ms: i64, thing: u64) -> Self {
        let mut state = seed;
        for part in [concern as u64, at_ms as u64, thing] {
            state = mixed(state ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        }
        Self(state)
    }

    /// 64 bits (`SplitMix64`; Steele, Lea, Flood 2014).
    pub(super) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// 0 and more, less than 1.
    pub(super) fn share(&mut self) -> f32 {
        (self.number() >> 40) as f32 / (1u64 << 24) as f32
    }

    pub(super) fn between(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * self.share()
    }

    /// A number below `count`; 0 when there is none.
    pub(super) fn below(&mut self, count: usize) -> usize {
        ((self.share() * count as f32) as usize).min(count.saturating_sub(1))
    }

    /// A count with this mean (Knuth's product of shares); for small means.
    pub(super) fn poisson(&mut self, mean: f32) -> usize {
        let limit = (-mean.clamp(0.0, 50.0)).exp();
        let mut product = self.share();
        let mut count = 0;
        while product > limit {
            product *= self.share();
            count += 1;
        }
        count
    }
}

fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
