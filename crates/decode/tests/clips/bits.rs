//! NAL units written by hand, for what no encoder makes.

#![allow(dead_code, reason = "each test binary uses a part of it")]

/// Bits on their way into a NAL unit.
#[derive(Default)]
pub(crate) struct Writer {
    bits: Vec<bool>,
}

impl Writer {
    pub(crate) fn u(mut self, count: u32, value: u64) -> Self {
        self.bits
            .extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
        self
    }

    pub(crate) fn ue(self, value: u32) -> Self {
        let length = 32 - (value + 1).leading_zeros();
        self.u(length - 1, 0).u(length, u64::from(value + 1))
    }

    pub(crate) fn ues(self, values: &[u32]) -> Self {
        values.iter().fold(self, |writer, value| writer.ue(*value))
    }

    /// A NAL unit with that header: stop bit, emulation prevention, start code.
    pub(crate) fn nal(self, header: &[u8]) -> Vec<u8> {
        let mut bits = self.bits;
        bits.push(true);
        let payload = bits.chunks(8).map(|byte| {
            byte.iter()
                .enumerate()
                .fold(0_u8, |byte, (i, bit)| byte | u8::from(*bit) << (7 - i))
        });
        let mut nal = [&[0, 0, 1], header].concat();
        let mut zeros = 0;
        for byte in payload {
            if zeros >= 2 && byte <= 3 {
                nal.push(3);
                zeros = 0;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            nal.push(byte);
        }
        nal
    }
}

/// An H.264 IDR picture of that size in macroblocks: whole parameter sets, and a slice of noise.
pub(crate) fn h264_of(width_mbs: u32, height_mbs: u32) -> Vec<u8> {
    let sps = Writer::default()
        .u(24, 0x42_c0_3e)
        .ues(&[0, 0, 2, 1])
        .u(1, 0)
        .ues(&[width_mbs - 1, height_mbs - 1])
        .u(4, 0b1000)
        .nal(&[0x67]);
    let pps = Writer::default()
        .ues(&[0, 0])
        .u(2, 0)
        .ues(&[0, 0, 0])
        .u(3, 0)
        .ues(&[0, 0, 0])
        .u(3, 0);
    let slice = Writer::default()
        .ues(&[0, 7, 0])
        .u(4, 0)
        .ue(0)
        .u(2, 0)
        .ue(0)
        .u(64, 0x1234_5678_9abc_def1);
    [sps, pps.nal(&[0x68]), slice.nal(&[0x65])].concat()
}

/// An H.265 IDR picture of that size in samples: whole parameter sets, and a slice of noise.
pub(crate) fn h265_of(width: u32, height: u32) -> Vec<u8> {
    let profile = |w: Writer| w.u(8, 1).u(32, 0x6000_0000).u(48, 0x9000_0000_0000).u(8, 186);
    let vps = profile(
        Writer::default()
            .u(4, 0)
            .u(2, 3)
            .u(6, 0)
            .u(3, 0)
            .u(1, 1)
            .u(16, 0xffff),
    )
    .u(1, 1)
    .ues(&[0, 0, 0])
    .u(6, 0)
    .ue(0)
    .u(2, 0);
    let sps = profile(Writer::default().u(4, 0).u(3, 0).u(1, 1))
        .ues(&[0, 1, width, height])
        .u(1, 0)
        .ues(&[0, 0, 4])
        .u(1, 1)
        .ues(&[0, 0, 0, 0, 3, 0, 3, 0, 0])
        .u(4, 0)
        .ue(0)
        .u(5, 0);
    let pps = Writer::default()
        .ues(&[0, 0])
        .u(7, 0)
        .ues(&[0, 0, 0])
        .u(3, 0)
        .ues(&[0, 0])
        .u(10, 0)
        .ue(0)
        .u(2, 0);
    let slice = Writer::default()
        .u(2, 0b10)
        .ues(&[0, 2, 0])
        .u(1, 1)
        .u(64, 0x1234_5678_9abc_def1);
    [
        vps.nal(&[0x40, 1]),
        sps.nal(&[0x42, 1]),
        pps.nal(&[0x44, 1]),
        slice.nal(&[0x26, 1]),
    ]
    .concat()
}
