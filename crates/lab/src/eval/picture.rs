//! A file to the picture a camera would have sent: what is measured goes the product's own way.
//!
//! JPEG and PNG are decoded to RGB and converted to 4:2:0, limited range, BT.601 below 720 lines and BT.709
//! from there: what nearly every camera sends and what the decoder assumes. Everything after that (scaling, colour,
//! network, suppression) is `curbwatch-infer`'s. `tests/eval` holds the planes against FFmpeg's.

use std::path::Path;

use curbwatch_types::{Chroma, Matrix, Picture, Plane, Range};
use yuv::{
    BufferStoreMut, YuvChromaSubsampling, YuvConversionMode, YuvPlanarImageMut, YuvRange, YuvStandardMatrix,
};

use super::lines::{unreadable, wrong};
use crate::Error;

/// Largest side accepted, in pixels.
const SIDE_MAX: u32 = 8192;
/// Most memory for decoding one picture, in bytes.
const DECODED_BYTES_MAX: u64 = 512 << 20;
/// From this many lines on a stream that says nothing is taken for BT.709.
const HD_LINES: u32 = 720;

/// Reads a picture as a camera would have sent it.
pub fn read(path: &Path) -> Result<Picture, Error> {
    let bytes = std::fs::read(path).map_err(unreadable(path))?;
    let mut reader = image::ImageReader::new(std::io::Cursor::new(bytes));
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    reader.limits(limits);
    let reader = reader.with_guessed_format().map_err(unreadable(path))?;
    let decoded = reader.decode();
    let rgb = decoded.map_err(|e| wrong(path.display(), format!("is no picture: {e}")))?;
    from_rgb(&rgb.into_rgb8()).map_err(|problem| wrong(path.display(), problem))
}

/// RGB to 4:2:0 as a camera makes it: each chroma sample the mean of its four pixels.
fn from_rgb(rgb: &image::RgbImage) -> Result<Picture, String> {
    let (width, height) = rgb.dimensions();
    let (matrix, standard) = if height < HD_LINES {
        (Matrix::Bt601, YuvStandardMatrix::Bt601)
    } else {
        (Matrix::Bt709, YuvStandardMatrix::Bt709)
    };
    let mut planes = YuvPlanarImageMut::<u8>::alloc(width, height, YuvChromaSubsampling::Yuv420);
    let (range, mode) = (YuvRange::Limited, YuvConversionMode::Balanced);
    yuv::rgb_to_yuv420(&mut planes, rgb.as_raw(), width * 3, range, standard, mode)
        .map_err(|e| format!("cannot become YUV: {e}"))?;
    let plane = |samples: BufferStoreMut<'_, u8>, stride: u32, (width, height): (u32, u32)| Plane {
        width: width as usize,
        height: height as usize,
        stride: stride as usize,
        samples: samples.borrow().to_vec(),
    };
    let small = (width.div_ceil(2), height.div_ceil(2));
    Ok(Picture {
        width: width as usize,
        height: height as usize,
        chroma: Chroma::Yuv420,
        range: Range::Limited,
        matrix,
        y: plane(planes.y_plane, planes.y_stride, (width, height)),
        u: plane(planes.u_plane, planes.u_stride, small),
        v: plane(planes.v_plane, planes.v_stride, small),
    })
}
