//! From FFmpeg's frame to our picture: the one copy of pixels in this crate.
//!
//! For: cropping, 8-bit planes whatever the decoder's format, range and matrix.
//! Not for: RGB, scaling (infer).
//! Input: frames that the decoder called whole; their sizes are checked again here.

use curbwatch_types::{AccessUnit, Chroma, Matrix, Picture, Plane, Range};
use ffmpeg_the_third::ffi::{AVColorRange, AVColorSpace};

use crate::av::{Component, Frame, PixelFormat};
use crate::{Error, Options};

/// Lines from which BT.709 is assumed when the stream does not say.
const HD_LINES: usize = 720;

/// Copies `frame` into `picture`, whose buffers are reused.
pub(crate) fn fill(
    picture: &mut Picture,
    frame: &Frame,
    unit: &AccessUnit,
    options: &Options,
) -> Result<(), Error> {
    let camera = || unit.camera.clone();
    let unreadable = |name: &str| Error::PixelFormat {
        camera: camera(),
        format: name.to_owned(),
    };
    let format = frame.pixel_format().ok_or_else(|| unreadable("unknown"))?;
    let chroma = chroma(&format).ok_or_else(|| unreadable(&format.name.to_string_lossy()))?;
    let (coded_width, coded_height) = frame.coded_size();
    let [left, right, top, bottom] = frame.crop();
    let width = coded_width.saturating_sub(left.saturating_add(right));
    let height = coded_height.saturating_sub(top.saturating_add(bottom));
    if width == 0 || height == 0 {
        return Err(Error::Corrupt {
            camera: camera(),
            cause: "cropped to nothing",
        });
    }
    if width > options.width_max || height > options.height_max {
        let (width_max, height_max) = (options.width_max, options.height_max);
        return Err(Error::TooLarge {
            camera: camera(),
            width,
            height,
            width_max,
            height_max,
        });
    }
    picture.width = width;
    picture.height = height;
    picture.chroma = chroma;
    picture.range = range(frame);
    picture.matrix = matrix(frame.matrix(), height);

    let halved = |samples: usize, shift: u32| (samples + (1 << shift) - 1) >> shift;
    let (across, down) = format.chroma_shift;
    let planes = [
        (&mut picture.y, 0, 0),
        (&mut picture.u, across, down),
        (&mut picture.v, across, down),
    ];
    for (i, (plane, across, down)) in planes.into_iter().enumerate() {
        if i >= format.component_count {
            // Gray: no colour, as 4:2:0.
            size(plane, halved(width, 1), halved(height, 1));
            plane.samples.fill(128);
            continue;
        }
        let component = format.components[i];
        let rows = halved(coded_height, down);
        let (samples, stride) = frame.plane(component.plane, rows).ok_or_else(|| Error::Corrupt {
            camera: camera(),
            cause: "frame without samples",
        })?;
        size(plane, halved(width, across), halved(height, down));
        let from = Rows {
            samples,
            stride,
            left: left >> across,
            top: top >> down,
            component,
        };
        from.copy(plane, format.big_endian)
            .ok_or_else(|| Error::Corrupt {
                camera: camera(),
                cause: "frame smaller than it says",
            })?;
    }
    Ok(())
}

fn chroma(format: &PixelFormat) -> Option<Chroma> {
    let known = format.readable && format.components[0].depth >= 8;
    match (known, format.component_count, format.chroma_shift) {
        (true, 1, _) | (true, 3, (1, 1)) => Some(Chroma::Yuv420),
        (true, 3, (1, 0)) => Some(Chroma::Yuv422),
        (true, 3, (0, 0)) => Some(Chroma::Yuv444),
        _ => None,
    }
}

/// Unsaid is limited: what nearly every camera sends. FFmpeg's `yuvj` formats state full range here, too.
fn range(frame: &Frame) -> Range {
    if frame.range() == AVColorRange::JPEG {
        Range::Full
    } else {
        Range::Limited
    }
}

/// ITU-T H.273 table 4. SMPTE 240M (7) is within a step of BT.709; the rest is unsaid or not made by
/// cameras and follows the size.
fn matrix(said: AVColorSpace, height: usize) -> Matrix {
    match said {
        AVColorSpace::BT709 | AVColorSpace::SMPTE240M => Matrix::Bt709,
        AVColorSpace::FCC | AVColorSpace::BT470BG | AVColorSpace::SMPTE170M => Matrix::Bt601,
        AVColorSpace::BT2020_NCL | AVColorSpace::BT2020_CL => Matrix::Bt2020,
        _ if height >= HD_LINES => Matrix::Bt709,
        _ => Matrix::Bt601,
    }
}

/// Makes `plane` of that size, without padding; allocates only when it grows.
fn size(plane: &mut Plane, width: usize, height: usize) {
    (plane.width, plane.height, plane.stride) = (width, height, width);
    plane.samples.resize(width * height, 0);
}

/// One component of a frame.
struct Rows<'a> {
    samples: &'a [u8],
    stride: usize,
    left: usize,
    top: usize,
    component: Component,
}

impl Rows<'_> {
    /// `None` when the frame's rows are shorter than `plane`'s.
    fn copy(&self, plane: &mut Plane, big_endian: bool) -> Option<()> {
        let Component {
            step,
            offset,
            shift,
            depth,
            ..
        } = self.component;
        let start = self.left * step + offset;
        let bytes = if depth > 8 { 2 } else { 1 };
        let length = (plane.width - 1) * step + bytes;
        let rows = self.samples.chunks_exact(self.stride).skip(self.top);
        if rows.len() < plane.height {
            return None;
        }
        for (to, from) in plane.samples.chunks_exact_mut(plane.stride).zip(rows) {
            let from = from.get(start..start + length)?;
            match (step, depth) {
                (1, 8) => to.copy_from_slice(from),
                (_, 8) => to
                    .iter_mut()
                    .zip(from.iter().step_by(step))
                    .for_each(|(to, v)| *to = *v),
                _ => {
                    for (to, v) in to.iter_mut().zip(from.chunks(step)) {
                        let pair = [v[0], *v.get(1)?];
                        let value = if big_endian {
                            u16::from_be_bytes(pair)
                        } else {
                            u16::from_le_bytes(pair)
                        };
                        *to = eight_bits(value >> shift, depth);
                    }
                }
            }
        }
        Some(())
    }
}

/// The nearest 8-bit sample of the same meaning: black, white and grey of a limited-range picture stay
/// where they are (ITU-R BT.2100 table 9 scales by powers of two).
fn eight_bits(value: u16, depth: u32) -> u8 {
    let drop = depth - 8;
    let half = 1 << drop >> 1;
    ((u32::from(value) + half) >> drop).min(255) as u8
}
