//! Camera planes to RGB: range and matrix as the picture says, because JPEG's own YUV (full-range
//! BT.601, ITU-T T.871) is mostly not the camera's. Only user of `yuv` in this crate.

use curbwatch_types::{Chroma, Matrix, Picture, Plane, Range};
use yuv::{YuvPlanarImage, YuvRange, YuvStandardMatrix};

use super::jpeg::Rgb;

/// Largest side accepted, in pixels; a baseline JPEG's is 65535.
const SIDE_MAX: usize = 16_384;

/// The picture as 8-bit RGB. The error says what is wrong with the planes.
pub(super) fn to_rgb(picture: &Picture) -> Result<Rgb, String> {
    let (width, height) = (picture.width, picture.height);
    if width == 0 || height == 0 || width > SIDE_MAX || height > SIDE_MAX {
        return Err(format!("the picture has {width}x{height} pixels"));
    }
    let (across, down) = match picture.chroma {
        Chroma::Yuv420 => (width.div_ceil(2), height.div_ceil(2)),
        Chroma::Yuv422 => (width.div_ceil(2), height),
        Chroma::Yuv444 => (width, height),
    };
    check(&picture.y, width, height)?;
    check(&picture.u, across, down)?;
    check(&picture.v, across, down)?;
    let image = YuvPlanarImage {
        y_plane: &picture.y.samples,
        y_stride: picture.y.stride as u32,
        u_plane: &picture.u.samples,
        u_stride: picture.u.stride as u32,
        v_plane: &picture.v.samples,
        v_stride: picture.v.stride as u32,
        width: width as u32,
        height: height as u32,
    };
    let range = match picture.range {
        Range::Limited => YuvRange::Limited,
        Range::Full => YuvRange::Full,
    };
    let matrix = match picture.matrix {
        Matrix::Bt601 => YuvStandardMatrix::Bt601,
        Matrix::Bt709 => YuvStandardMatrix::Bt709,
        Matrix::Bt2020 => YuvStandardMatrix::Bt2020,
    };
    let mut samples = vec![0; width * height * 3];
    let stride = (width * 3) as u32;
    match picture.chroma {
        Chroma::Yuv420 => yuv::yuv420_to_rgb(&image, &mut samples, stride, range, matrix),
        Chroma::Yuv422 => yuv::yuv422_to_rgb(&image, &mut samples, stride, range, matrix),
        Chroma::Yuv444 => yuv::yuv444_to_rgb(&image, &mut samples, stride, range, matrix),
    }
    .map_err(|e| format!("the planes do not fit together: {e}"))?;
    Ok(Rgb {
        width,
        height,
        samples,
    })
}

fn check(plane: &Plane, width: usize, height: usize) -> Result<(), String> {
    let fits = plane.width >= width
        && plane.height >= height
        && plane.stride >= plane.width
        && plane.samples.len() >= plane.stride * plane.height;
    if fits {
        Ok(())
    } else {
        Err(format!("a plane is smaller than its {width}x{height} samples"))
    }
}
