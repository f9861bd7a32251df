//! Reading the bits of a parameter set or slice header: fixed-length and Exp-Golomb codes (ITU-T H.264
//! 9.1, H.265 9.2), emulation prevention bytes skipped on the way (H.264 7.4.1). Reading past the end
//! is `None`, never a panic.

/// A cursor over the payload of a NAL unit.
#[derive(Debug, Clone)]
pub(crate) struct Bits<'a> {
    rest: &'a [u8],
    byte: u8,
    /// Bits of `byte` still to be read.
    left: u32,
    /// Zero bytes right before `rest`.
    zeros: u32,
}

impl<'a> Bits<'a> {
    /// `bytes` begins after the NAL unit header.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            byte: 0,
            left: 0,
            zeros: 0,
        }
    }

    fn next_byte(&mut self) -> Option<()> {
        if self.zeros >= 2 && self.rest.first() == Some(&3) {
            self.rest = &self.rest[1..];
            self.zeros = 0;
        }
        (self.byte, self.rest) = self.rest.split_first().map(|(b, r)| (*b, r))?;
        self.zeros = if self.byte == 0 { self.zeros + 1 } else { 0 };
        self.left = 8;
        Some(())
    }

    /// One bit.
    pub(crate) fn bit(&mut self) -> Option<bool> {
        if self.left == 0 {
            self.next_byte()?;
        }
        self.left -= 1;
        Some(self.byte >> self.left & 1 == 1)
    }

    /// `n` bits, at most 32.
    pub(crate) fn u(&mut self, n: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..n {
            value = value << 1 | u32::from(self.bit()?);
        }
        Some(value)
    }

    /// Skips `n` bits.
    pub(crate) fn skip(&mut self, n: u32) -> Option<()> {
        for _ in 0..n {
            self.bit()?;
        }
        Some(())
    }

    /// ue(v); codes of more than 31 zeros are refused.
    pub(crate) fn ue(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.bit()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1 << zeros) - 1 + self.u(zeros)?)
    }

    /// se(v).
    pub(crate) fn se(&mut self) -> Option<i32> {
        let code = i64::from(self.ue()?);
        let magnitude = (code + 1) / 2;
        i32::try_from(if code % 2 == 1 { magnitude } else { -magnitude }).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_over_emulation_prevention() {
        let mut bits = Bits::new(&[0x00, 0x00, 0x03, 0x01, 0xff]);
        assert_eq!(bits.u(16), Some(0));
        assert_eq!(bits.u(8), Some(1), "the 3 is skipped");
        assert_eq!(bits.u(8), Some(0xff));
        assert_eq!(bits.bit(), None);
    }

    #[test]
    fn exp_golomb_codes() {
        // 1 | 010 | 011 | 00100 | 00101 -> 0 1 2 3 4
        let mut bits = Bits::new(&[0b1010_0110, 0b0100_0010, 0b1000_0000]);
        assert_eq!(
            [bits.ue(), bits.ue(), bits.ue(), bits.ue(), bits.ue()],
            [0, 1, 2, 3, 4].map(Some)
        );
        let mut bits = Bits::new(&[0b0100_1100, 0b1000_0101, 0]);
        assert_eq!(
            [bits.se(), bits.se(), bits.se(), bits.se()],
            [1, -1, 2, -2].map(Some)
        );
        assert_eq!(Bits::new(&[0; 9]).ue(), None, "no code has 72 zeros");
        assert_eq!(Bits::new(&[]).ue(), None);
    }
}
