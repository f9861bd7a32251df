//! A decoded picture: three planes of 8-bit samples, with what is needed to read them as colour.

/// Chroma subsampling.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Chroma {
    /// 4:2:0, chroma halved both ways (rounded up).
    #[default]
    Yuv420,
    /// 4:2:2, chroma halved across (rounded up).
    Yuv422,
    /// 4:4:4, chroma at full size.
    Yuv444,
}

/// Range of the samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Range {
    /// Luma 16..235, chroma 16..240 (what nearly every camera sends, also when it says nothing).
    #[default]
    Limited,
    /// 0..255 ("JPEG", `yuvj420p`).
    Full,
}

/// Matrix coefficients (ITU-T H.273 table 4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Matrix {
    /// BT.601; assumed below 720 lines when the stream does not say.
    #[default]
    Bt601,
    /// BT.709; assumed from 720 lines up when the stream does not say.
    Bt709,
    /// BT.2020, non-constant luminance.
    Bt2020,
}

/// One plane of 8-bit samples, rows of `stride` bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plane {
    /// Samples in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Bytes from one row to the next, at least `width`.
    pub stride: usize,
    /// `stride * height` bytes.
    pub samples: Vec<u8>,
}

impl Plane {
    /// Row `y` without its padding.
    ///
    /// # Panics
    /// When `y` is not below `height`.
    pub fn row(&self, y: usize) -> &[u8] {
        &self.samples[y * self.stride..y * self.stride + self.width]
    }
}

/// A decoded picture. Buffers are meant to be reused: decoding into an old picture allocates nothing
/// when the size is the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    /// Width in luma samples.
    pub width: usize,
    /// Height in luma samples.
    pub height: usize,
    /// Subsampling of `u` and `v`.
    pub chroma: Chroma,
    /// Range of the samples.
    pub range: Range,
    /// Matrix to RGB.
    pub matrix: Matrix,
    /// Luma.
    pub y: Plane,
    /// Blue difference.
    pub u: Plane,
    /// Red difference.
    pub v: Plane,
}
