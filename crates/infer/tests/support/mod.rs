//! Shared by the tests, the benchmark and the example: where models lie, and pictures from clips.
#![allow(
    dead_code,
    clippy::print_stdout,
    reason = "each user takes its part; a skip is said aloud"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use curbwatch_infer::{Error, Model, ModelOptions};
use curbwatch_types::{Chroma, Matrix, Picture, Plane, Range};

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder of real clips and models, or a printed line that says why the test does nothing.
pub(crate) fn assets(what: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("CURBWATCH_ASSETS")
        .filter(|v| !v.is_empty())
        .map(PathBuf::from);
    if folder.is_none() {
        let _shown = writeln!(std::io::stderr(), "skipped: CURBWATCH_ASSETS is not set; {what}");
    }
    folder
}

/// Weights beside their manifest or in the assets.
pub(crate) fn model_options() -> ModelOptions {
    let assets = std::env::var_os("CURBWATCH_ASSETS").map(|a| PathBuf::from(a).join("models"));
    ModelOptions {
        model_dirs: assets.into_iter().collect(),
    }
}

/// A manifest of this repository with its weights.
pub(crate) fn model(manifest: &str) -> Result<Model, Error> {
    Model::load(&root().join(manifest), &model_options())
}

/// The first picture of a clip, decoded by the `ffmpeg` command; limited range, BT.601 below 720 lines.
pub(crate) fn first_picture(clip: &Path) -> Result<Picture, String> {
    picture_at(clip, None)
}

/// The same scaled to `size` first.
pub(crate) fn picture_at(clip: &Path, size: Option<(usize, usize)>) -> Result<Picture, String> {
    picture_after(clip, 0.0, size)
}

/// The picture that many seconds after the beginning.
pub(crate) fn picture_after(clip: &Path, secs: f64, size: Option<(usize, usize)>) -> Result<Picture, String> {
    let mut command = Command::new("ffmpeg");
    command
        .args(["-v", "error", "-ss", &secs.to_string(), "-i"])
        .arg(clip)
        .args(["-frames:v", "1"]);
    if let Some((w, h)) = size {
        command.arg("-vf").arg(format!("scale={w}:{h}"));
    }
    // A YUV4MPEG2 header says the size, so nothing needs to be probed.
    let output = command
        .args(["-pix_fmt", "yuv420p", "-f", "yuv4mpegpipe", "-"])
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("ffmpeg does not start: {e}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let bytes = output.stdout;
    let end = bytes.iter().position(|b| *b == b'\n').ok_or("no header")?;
    let header = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let side = |tag: char| {
        let word = header.split(' ').find_map(|word| word.strip_prefix(tag));
        word.and_then(|n| n.parse::<usize>().ok())
            .ok_or(format!("no {tag} in {header}"))
    };
    let (width, height) = (side('W')?, side('H')?);
    let frame = bytes[end + 1..]
        .iter()
        .position(|b| *b == b'\n')
        .ok_or("no frame")?
        + end
        + 2;
    let (cw, ch) = (width.div_ceil(2), height.div_ceil(2));
    let mut rest = bytes.get(frame..).ok_or("no samples")?;
    let mut plane = |width: usize, height: usize| {
        let (samples, after) = rest.split_at_checked(width * height).ok_or("a short frame")?;
        rest = after;
        Ok::<_, String>(Plane {
            width,
            height,
            stride: width,
            samples: samples.to_vec(),
        })
    };
    Ok(Picture {
        width,
        height,
        chroma: Chroma::Yuv420,
        range: Range::Limited,
        matrix: if height < 720 {
            Matrix::Bt601
        } else {
            Matrix::Bt709
        },
        y: plane(width, height)?,
        u: plane(cw, ch)?,
        v: plane(cw, ch)?,
    })
}

/// A grey picture with filled rectangles `(x, y, w, h)` in pixels and their Y, U, V.
pub(crate) fn painted(width: usize, height: usize, boxes: &[([usize; 4], [u8; 3])]) -> Picture {
    let fill = |w: usize, h: usize, shrink: usize, channel: usize, grey: u8| {
        let mut samples = vec![grey; w * h];
        for ([x, y, bw, bh], colour) in boxes {
            for row in y / shrink..(y + bh) / shrink {
                samples[row * w..][x / shrink..(x + bw) / shrink].fill(colour[channel]);
            }
        }
        Plane {
            width: w,
            height: h,
            stride: w,
            samples,
        }
    };
    let (cw, ch) = (width.div_ceil(2), height.div_ceil(2));
    Picture {
        width,
        height,
        chroma: Chroma::Yuv420,
        range: Range::Limited,
        matrix: Matrix::Bt601,
        y: fill(width, height, 1, 0, 110),
        u: fill(cw, ch, 2, 1, 128),
        v: fill(cw, ch, 2, 2, 128),
    }
}

/// Pure red, blue, yellow and grey in limited-range BT.601.
pub(crate) const RED: [u8; 3] = [81, 90, 240];
/// Pure blue.
pub(crate) const BLUE: [u8; 3] = [41, 240, 110];
/// Pure yellow.
pub(crate) const YELLOW: [u8; 3] = [210, 16, 146];
/// Light grey.
pub(crate) const GREY: [u8; 3] = [200, 128, 128];
