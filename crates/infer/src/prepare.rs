//! A picture into the input tensor: planes are scaled first, colour is made last.
//!
//! Scaling Y, U and V before the conversion touches one and a half bytes a source pixel instead of
//! three and converts only as many pixels as the network sees. The conversion writes normalised
//! `f32` straight into the tensor: one pass, no RGB picture in between, no rounding to 8 bits.
//!
//! Chroma is taken as sited in the middle of its luma samples (JPEG, MPEG-1); streams site it left
//! (H.264 and H.265 default), which is a quarter of a source pixel's colour and nothing a detector sees.

use curbwatch_types::{Chroma, Matrix, Picture, Plane, Range};
use fast_image_resize::images::{TypedCroppedImage, TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use crate::letterbox::Letterbox;
use crate::{ChannelOrder, Error, InputSpec, ResizeFilter, Tile};

/// Largest side of a picture accepted, in pixels (8K video has 8192).
pub(crate) const SIDE_MAX: usize = 16_384;

/// The scaled planes of the last picture, all of the letterbox's content size, rows without padding.
#[derive(Debug, Default)]
pub(crate) struct Scaled {
    /// Width and height of each plane.
    pub(crate) size: (usize, usize),
    /// Y, U, V.
    pub(crate) planes: [Vec<u8>; 3],
}

/// Scales and converts; owns the buffers that are reused from picture to picture.
#[derive(Debug, Default)]
pub(crate) struct Preparer {
    resizer: Resizer,
    scaled: Scaled,
}

impl Preparer {
    /// The planes as they were scaled for the last picture.
    pub(crate) fn scaled(&self) -> &Scaled {
        &self.scaled
    }

    /// Writes `part` of `picture` (the whole without) into `tensor` (3 x height x width). The border is
    /// left as it is: see [`fill`]. The filter sees the part alone, as if the picture were no larger.
    pub(crate) fn prepare(
        &mut self,
        picture: &Picture,
        part: Option<&Tile>,
        spec: &InputSpec,
        letterbox: &Letterbox,
        tensor: &mut [f32],
    ) -> Result<(), Error> {
        let (w, h) = letterbox.content;
        self.scaled.size = (w, h);
        for (plane, out) in [&picture.y, &picture.u, &picture.v]
            .into_iter()
            .zip(&mut self.scaled.planes)
        {
            out.resize(w * h, 0);
            let shrink = (
                if plane.width < picture.width { 2 } else { 1 },
                if plane.height < picture.height { 2 } else { 1 },
            );
            let part = part.map_or([0, 0, plane.width, plane.height], |part| in_plane(part, shrink));
            scale(&mut self.resizer, plane, part, spec.resize, (w, h), out)?;
        }
        let conversion = Conversion::new(picture.range, picture.matrix, spec);
        let (tensor_w, tensor_h) = letterbox.tensor;
        let (left, top) = letterbox.offset;
        let (first, rest) = tensor.split_at_mut(tensor_w * tensor_h);
        let (second, third) = rest.split_at_mut(tensor_w * tensor_h);
        let [luma, blue, red] = &self.scaled.planes;
        for row in 0..h {
            let samples = row * w..row * w + w;
            let start = (top + row) * tensor_w + left;
            conversion.row(
                [&luma[samples.clone()], &blue[samples.clone()], &red[samples]],
                [
                    &mut first[start..start + w],
                    &mut second[start..start + w],
                    &mut third[start..start + w],
                ],
            );
        }
        Ok(())
    }
}

/// Writes the letterbox colour, normalised, into the whole tensor.
pub(crate) fn fill(spec: &InputSpec, tensor: &mut [f32]) {
    let channel = tensor.len() / 3;
    for (i, plane) in tensor.chunks_exact_mut(channel.max(1)).enumerate().take(3) {
        plane.fill((spec.letterbox_value - spec.mean[i]) / spec.std[i]);
    }
}

/// Whether the planes of `picture` hold what its size and subsampling promise.
pub(crate) fn check(picture: &Picture) -> Result<(), Error> {
    let (w, h) = (picture.width, picture.height);
    let wrong = |what: String| Err(Error::Picture { what });
    if w == 0 || h == 0 || w > SIDE_MAX || h > SIDE_MAX {
        return wrong(format!(
            "a size of {w}x{h}; 1x1 to {SIDE_MAX}x{SIDE_MAX} is possible"
        ));
    }
    let chroma = match picture.chroma {
        Chroma::Yuv420 => (w.div_ceil(2), h.div_ceil(2)),
        Chroma::Yuv422 => (w.div_ceil(2), h),
        Chroma::Yuv444 => (w, h),
    };
    for (name, plane, size) in [
        ("y", &picture.y, (w, h)),
        ("u", &picture.u, chroma),
        ("v", &picture.v, chroma),
    ] {
        if (plane.width, plane.height) != size {
            return wrong(format!(
                "plane {name} of a {w}x{h} picture is {}x{}, should be {}x{}",
                plane.width, plane.height, size.0, size.1
            ));
        }
        let bytes = plane.stride.checked_mul(plane.height);
        if plane.stride < plane.width || bytes.is_none_or(|bytes| plane.samples.len() < bytes) {
            return wrong(format!(
                "plane {name} holds {} bytes, {} rows of {} are promised",
                plane.samples.len(),
                plane.height,
                plane.stride
            ));
        }
    }
    Ok(())
}

/// Whether `tile` lies in `picture` and starts on whole chroma samples.
pub(crate) fn check_tile(picture: &Picture, tile: &Tile) -> Result<(), Error> {
    let ends = |start: usize, length: usize, side: usize| {
        length > 0 && start.is_multiple_of(2) && start.checked_add(length).is_some_and(|end| end <= side)
    };
    let sound = ends(tile.left, tile.width, picture.width)
        && ends(tile.top, tile.height, picture.height)
        && tile.content.0 > 0
        && tile.content.1 > 0;
    if sound {
        return Ok(());
    }
    Err(Error::Tile {
        what: format!(
            "{tile:?} is no part of a {}x{} picture",
            picture.width, picture.height
        ),
    })
}

/// Left, top, width, height of a part in a plane subsampled by `shrink` across and down; a part starts
/// on even samples, and its last sample is rounded up as the plane's is.
fn in_plane(part: &Tile, shrink: (usize, usize)) -> [usize; 4] {
    [
        part.left / shrink.0,
        part.top / shrink.1,
        part.width.div_ceil(shrink.0),
        part.height.div_ceil(shrink.1),
    ]
}

fn scale(
    resizer: &mut Resizer,
    plane: &Plane,
    [left, top, width, height]: [usize; 4],
    filter: ResizeFilter,
    (w, h): (usize, usize),
    out: &mut [u8],
) -> Result<(), Error> {
    let failed = |what: String| Error::Picture { what };
    let bytes = &plane.samples[..plane.stride * plane.height];
    let padded = TypedImageRef::<U8>::from_buffer(plane.stride as u32, plane.height as u32, bytes)
        .map_err(|e| failed(e.to_string()))?;
    // A view, not a crop box: the filter must not reach into the padding or beyond the part.
    let source = TypedCroppedImage::new(padded, left as u32, top as u32, width as u32, height as u32)
        .map_err(|e| failed(e.to_string()))?;
    let mut target =
        TypedImage::<U8>::from_buffer(w as u32, h as u32, out).map_err(|e| failed(e.to_string()))?;
    let algorithm = match filter {
        ResizeFilter::Bilinear => ResizeAlg::Interpolation(FilterType::Bilinear),
        ResizeFilter::BilinearAntialias => ResizeAlg::Convolution(FilterType::Bilinear),
        ResizeFilter::Nearest => ResizeAlg::Nearest,
    };
    resizer
        .resize_typed(&source, &mut target, &ResizeOptions::new().resize_alg(algorithm))
        .map_err(|e| failed(e.to_string()))
}

/// How three samples become the three channels of the tensor.
struct Conversion {
    channels: [Channel; 3],
}

/// One channel: a linear form of Y, U, V, clamped to 0..255 and normalised.
struct Channel {
    y: f32,
    u: f32,
    v: f32,
    constant: f32,
    mean: f32,
    inverse_std: f32,
}

impl Conversion {
    /// Coefficients of ITU-T H.273 8.3 (table 4 gives Kr and Kb), as RGB = M (YUV - offset).
    fn new(range: Range, matrix: Matrix, spec: &InputSpec) -> Self {
        let (kr, kb) = match matrix {
            Matrix::Bt601 => (0.299, 0.114),
            Matrix::Bt709 => (0.2126, 0.0722),
            Matrix::Bt2020 => (0.2627, 0.0593),
        };
        let kg = 1.0 - kr - kb;
        let (black, luma, chroma) = match range {
            Range::Limited => (16.0, 255.0 / 219.0, 255.0 / 224.0),
            Range::Full => (0.0, 1.0, 1.0),
        };
        // (U, V) coefficients of R, G, B
        let mut rgb = [
            (0.0, 2.0 * (1.0 - kr)),
            (-2.0 * kb * (1.0 - kb) / kg, -2.0 * kr * (1.0 - kr) / kg),
            (2.0 * (1.0 - kb), 0.0),
        ];
        if spec.channels == ChannelOrder::Bgr {
            rgb.reverse();
        }
        let channel = |i: usize| {
            let (u, v) = (rgb[i].0 * chroma, rgb[i].1 * chroma);
            Channel {
                y: luma,
                u,
                v,
                constant: -black * luma - 128.0 * (u + v),
                mean: spec.mean[i],
                inverse_std: 1.0 / spec.std[i],
            }
        };
        Self {
            channels: [channel(0), channel(1), channel(2)],
        }
    }
}

impl Conversion {
    /// One row of the three planes into one row of the three channels, all of one length.
    fn row(&self, [y, u, v]: [&[u8]; 3], [first, second, third]: [&mut [f32]; 3]) {
        let outputs = first.iter_mut().zip(second).zip(third);
        for (((y, u), v), ((first, second), third)) in y.iter().zip(u).zip(v).zip(outputs) {
            let (y, u, v) = (f32::from(*y), f32::from(*u), f32::from(*v));
            *first = self.channels[0].value(y, u, v);
            *second = self.channels[1].value(y, u, v);
            *third = self.channels[2].value(y, u, v);
        }
    }
}

impl Channel {
    #[inline]
    fn value(&self, y: f32, u: f32, v: f32) -> f32 {
        let value = self.y * y + self.u * u + self.v * v + self.constant;
        (value.clamp(0.0, 255.0) - self.mean) * self.inverse_std
    }
}

#[cfg(test)]
mod tests;
