//! A decoded picture as a unit that decodes by itself.
//!
//! For: pictures out of streams without keyframes. What stands behind them on the road (looks, shots of cases, memories of
//! scenes) carries coded pictures, not 3 MB of samples, and takes this one like any keyframe.
//! Not for: pictures that came as keyframes; those are carried as they came.
//! Input: pictures of [`StreamDecoder`](crate::StreamDecoder).
//!
//! The codec is MPEG-4 part 2, one I picture at the finest quantiser but one: FFmpeg has encoder and decoder for it in every
//! build, and its headers name range and matrix of the samples (ISO/IEC 14496-2 6.2.2).

use bytes::Bytes;
use curbwatch_types::{AccessUnit, Chroma, Codec, Matrix, Picture, Plane, Range};
use ffmpeg_the_third::codec::{self, Id, encoder};
use ffmpeg_the_third::format::Pixel;
use ffmpeg_the_third::{Packet, Rational, frame};

use crate::Error;
use crate::av::be_quiet;

/// Quantiser: differences of a level or two, far below what detectors notice and what people see.
const QUANTISER: i32 = 2;
/// ISO/IEC 14496-2 6.2.3: sizes are 13 bits.
const SIDE_MAX: usize = 8191;

/// `picture` as a keyframe, with everything else as `unit` has it. Chroma becomes 4:2:0. The same samples always give the same
/// bytes: the encoder is opened for the one picture, and never knows of another.
pub fn as_keyframe(picture: &Picture, unit: &AccessUnit) -> Result<AccessUnit, Error> {
    let (width, height) = (picture.width, picture.height);
    if width == 0 || height == 0 || width > SIDE_MAX || height > SIDE_MAX {
        return Err(Error::TooLarge {
            camera: unit.camera.clone(),
            width,
            height,
            width_max: SIDE_MAX,
            height_max: SIDE_MAX,
        });
    }
    let mut encoder = open(width as u32, height as u32)?;
    encoder.send_frame(&frame(picture)).map_err(failed("encode"))?;
    let mut packet = Packet::empty();
    encoder
        .receive_packet(&mut packet)
        .map_err(failed("take what was encoded"))?;
    Ok(AccessUnit {
        codec: Codec::Mpeg4,
        keyframe: true,
        bytes: Bytes::from(with_colours(packet.data().unwrap_or_default(), picture)),
        ..unit.clone()
    })
}

fn failed(what: &'static str) -> impl Fn(ffmpeg_the_third::Error) -> Error {
    move |cause| Error::Library {
        what,
        text: cause.to_string(),
    }
}

fn open(width: u32, height: u32) -> Result<encoder::Video, Error> {
    be_quiet();
    let coder = encoder::find(Id::MPEG4).ok_or_else(|| Error::Library {
        what: "this FFmpeg has no encoder",
        text: "mpeg4".to_owned(),
    })?;
    let context = codec::Context::new_with_codec(coder).encoder().video();
    let mut video = context.map_err(failed("set an encoder up"))?;
    video.set_width(width);
    video.set_height(height);
    video.set_format(Pixel::YUV420P);
    video.set_time_base(Rational::new(1, 25));
    // One quantiser, whatever the bits.
    video.set_gop(0);
    video.set_max_b_frames(0);
    video.set_qmin(QUANTISER);
    video.set_qmax(QUANTISER);
    video.set_i_quant_factor(1.0);
    video.open_as(coder).map_err(failed("open an encoder"))
}

fn frame(picture: &Picture) -> frame::Video {
    let mut frame = frame::Video::new(Pixel::YUV420P, picture.width as u32, picture.height as u32);
    let chroma = match picture.chroma {
        Chroma::Yuv420 => (1, 1),
        Chroma::Yuv422 => (1, 2),
        Chroma::Yuv444 => (2, 2),
    };
    let planes = [(&picture.y, (1, 1)), (&picture.u, chroma), (&picture.v, chroma)];
    for (index, (plane, by)) in planes.into_iter().enumerate() {
        let stride = frame.stride(index);
        thin(plane, by, frame.data_mut(index), stride);
    }
    frame.set_pts(Some(0));
    frame
}

/// Copies a plane; where chroma has more samples than 4:2:0, each is the mean of `across` times `down`.
fn thin(plane: &Plane, (across, down): (usize, usize), into: &mut [u8], stride: usize) {
    let rows = into.chunks_mut(stride.max(1)).take(plane.height.div_ceil(down));
    for (row, into) in rows.enumerate() {
        if (across, down) == (1, 1) {
            into[..plane.width].copy_from_slice(plane.row(row * down));
            continue;
        }
        for (column, into) in into[..plane.width.div_ceil(across)].iter_mut().enumerate() {
            let lines = row * down..((row + 1) * down).min(plane.height);
            let places = column * across..((column + 1) * across).min(plane.width);
            let count = (lines.len() * places.len()) as u32;
            let sum: u32 = lines
                .flat_map(|line| &plane.row(line)[places.clone()])
                .map(|sample| u32::from(*sample))
                .sum();
            *into = ((sum + count / 2) / count) as u8;
        }
    }
}

/// FFmpeg's encoder leaves out what the samples mean: its visual object header (start code B5) gives way to one that says it.
fn with_colours(coded: &[u8], picture: &Picture) -> Vec<u8> {
    const OBJECT: [u8; 4] = [0, 0, 1, 0xb5];
    let find = |code: &[u8], from: usize| {
        let rest = coded.get(from..)?;
        rest.windows(code.len())
            .position(|w| w == code)
            .map(|at| from + at)
    };
    let Some(begin) = find(&OBJECT, 0) else {
        return coded.to_vec();
    };
    let end = find(&[0, 0, 1], begin + OBJECT.len()).unwrap_or(coded.len());
    let mut out = Vec::with_capacity(coded.len() + 8);
    out.extend_from_slice(&coded[..begin]);
    out.extend_from_slice(&OBJECT);
    out.extend_from_slice(&object(picture.range, picture.matrix));
    out.extend_from_slice(&coded[end..]);
    out
}

/// A visual object header's six bytes (ISO/IEC 14496-2 6.2.2): version 1, priority 1, video, format unspecified, then range
/// and colours (ITU-T H.273), and stuffing.
fn object(range: Range, matrix: Matrix) -> [u8; 6] {
    let colours: u64 = match matrix {
        Matrix::Bt601 => 6,
        Matrix::Bt709 => 1,
        Matrix::Bt2020 => 9,
    };
    // Transfer: BT.709's curve, which all three share.
    let fields: [(u64, u32); 12] = [
        (1, 1),
        (1, 4),
        (1, 3),
        (1, 4),
        (1, 1),
        (5, 3),
        (u64::from(range == Range::Full), 1),
        (1, 1),
        (colours, 8),
        (1, 8),
        (colours, 8),
        (0b01_1111, 6),
    ];
    let bits = fields
        .iter()
        .fold(0, |bits, (value, width)| bits << width | value);
    let [_, _, bytes @ ..] = bits.to_be_bytes();
    bytes
}

#[cfg(test)]
mod tests {
    use curbwatch_types::{CameraId, CapturedAt, Epoch, MediaTime, Monotonic, Taint};

    use super::*;
    use crate::{Decoder, Options};

    fn plane(width: usize, height: usize, samples: impl Fn(usize, usize) -> usize) -> Plane {
        let stride = width + 5;
        let mut plane = Plane {
            width,
            height,
            stride,
            samples: vec![0; stride * height],
        };
        for y in 0..height {
            (0..width).for_each(|x| plane.samples[y * stride + x] = samples(x, y) as u8);
        }
        plane
    }

    /// A street's worth of edges and texture.
    fn picture((width, height): (usize, usize), chroma: Chroma, range: Range, matrix: Matrix) -> Picture {
        let (across, down) = match chroma {
            Chroma::Yuv420 => (2, 2),
            Chroma::Yuv422 => (2, 1),
            Chroma::Yuv444 => (1, 1),
        };
        let (w, h) = (width.div_ceil(across), height.div_ceil(down));
        Picture {
            width,
            height,
            chroma,
            range,
            matrix,
            y: plane(width, height, |x, y| 40 + (x / 9 + y / 5) % 7 * 20 + (x * y) % 3),
            u: plane(w, h, |x, _| 90 + x * across * 60 / width),
            v: plane(w, h, |_, y| 100 + y * down * 50 / height),
        }
    }

    fn unit() -> AccessUnit {
        AccessUnit {
            camera: CameraId::new("test").expect("a good id"),
            epoch: Epoch(3),
            codec: Codec::H264,
            keyframe: false,
            taint: Taint::Clean,
            media_time: MediaTime(7),
            received: Monotonic::default(),
            captured_at: CapturedAt::default(),
            bytes: Bytes::from_static(b"a picture that refers to others"),
        }
    }

    fn mean_difference(a: &Plane, b: &Plane) -> f64 {
        assert_eq!((a.width, a.height), (b.width, b.height));
        let rows = (0..a.height).flat_map(|y| a.row(y).iter().zip(b.row(y)));
        let sum: u64 = rows.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        sum as f64 / (a.width * a.height) as f64
    }

    #[test]
    fn what_comes_out_decodes_to_the_same_picture() {
        let mut decoder = Decoder::new(Options::default());
        let mut got = Picture::default();
        for (size, chroma, range, matrix) in [
            ((320, 180), Chroma::Yuv420, Range::Limited, Matrix::Bt601),
            ((1280, 720), Chroma::Yuv420, Range::Full, Matrix::Bt709),
            ((1280, 720), Chroma::Yuv420, Range::Limited, Matrix::Bt601),
            ((354, 289), Chroma::Yuv420, Range::Full, Matrix::Bt2020),
            ((321, 180), Chroma::Yuv422, Range::Limited, Matrix::Bt709),
            ((320, 181), Chroma::Yuv444, Range::Limited, Matrix::Bt601),
            ((16, 16), Chroma::Yuv420, Range::Limited, Matrix::Bt601),
        ] {
            let want = picture(size, chroma, range, matrix);
            let coded = [0, 1].map(|_| as_keyframe(&want, &unit()).expect("coded"));
            assert!(coded[0].bytes == coded[1].bytes, "{size:?}: not the same bytes");
            assert!(coded[0].keyframe && coded[0].epoch == Epoch(3) && coded[0].media_time == MediaTime(7));
            decoder.decode_key(&coded[1], &mut got).expect("decoded");
            assert_eq!((got.width, got.height), size);
            assert_eq!((got.range, got.matrix), (range, matrix), "{size:?}");
            let luma = mean_difference(&want.y, &got.y);
            assert!(luma < 1.5, "{size:?}: luma off by {luma}");
            if chroma == Chroma::Yuv420 {
                let colour = mean_difference(&want.u, &got.u).max(mean_difference(&want.v, &got.v));
                assert!(colour < 1.0, "{size:?}: chroma off by {colour}");
            }
        }
    }

    #[test]
    fn chroma_is_averaged_down() {
        let mut into = [0; 8];
        let four = plane(3, 3, |x, y| 10 * (x + 3 * y));
        thin(&four, (2, 2), &mut into, 4);
        // Means of 0 10 30 40, of 20 50, of 60 70, and 80 alone.
        assert_eq!(into, [20, 35, 0, 0, 65, 80, 0, 0]);
    }

    #[test]
    fn pictures_of_no_size_or_too_large_are_refused() {
        assert!(as_keyframe(&Picture::default(), &unit()).is_err());
        let wide = picture((SIDE_MAX + 1, 16), Chroma::Yuv420, Range::Limited, Matrix::Bt601);
        assert!(matches!(as_keyframe(&wide, &unit()), Err(Error::TooLarge { .. })));
    }
}
