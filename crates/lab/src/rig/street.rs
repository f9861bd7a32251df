//! What the rig's cameras show: a street with one red block that stands in a no-parking zone.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use curbwatch_types::BBox;

use crate::Error;

/// Where the block stands, relative: left, top, width, height.
const BLOCK: (f32, f32, f32, f32) = (0.4, 0.5, 0.15, 0.167);
/// The sizes: the usual one, which the fixture detector takes without scaling, and another.
const SIZE: (u32, u32) = (320, 192);
const OTHER: (u32, u32) = (400, 240);
/// A large one, in the shape of the usual one.
pub(super) const LARGE: (u32, u32) = (1280, 768);
/// Length of a clip that is played again and again, in seconds.
const SECS: u32 = 16;
/// The frozen one is longer than any run: a clip that begins again has an encoder that begins again, and the
/// rate control that settles anew changes the picture, which that of a camera that hangs does not.
const FROZEN_SECS: u32 = 240;

/// Where the block stands.
pub(super) fn block() -> BBox {
    let (x, y, w, h) = BLOCK;
    BBox::new(x, y, w, h)
}

/// The clips of a rig.
#[derive(Debug, Clone)]
pub struct Clips {
    /// The street.
    pub street: PathBuf,
    /// The same street in another size.
    pub other_size: PathBuf,
    /// The same street, standing still, under a clock that ticks.
    pub frozen: PathBuf,
}

/// Draws them with the FFmpeg program into `folder`.
pub fn draw(folder: &Path) -> Result<Clips, Error> {
    let clips = Clips {
        street: folder.join("street.mp4"),
        other_size: folder.join("street-other.mp4"),
        frozen: folder.join("street-frozen.mp4"),
    };
    encode(&clips.street, SIZE, SECS, ",noise=alls=6:allf=t")?;
    encode(&clips.other_size, OTHER, SECS, ",noise=alls=6:allf=t")?;
    encode(&clips.frozen, SIZE, FROZEN_SECS, &ticking_clock())?;
    Ok(clips)
}

/// Draws the street in large into `folder`.
pub(super) fn draw_large(folder: &Path) -> Result<PathBuf, Error> {
    let clip = folder.join("street-large.mp4");
    encode(&clip, LARGE, SECS, ",noise=alls=6:allf=t")?;
    Ok(clip)
}

/// Noise once for all, and a clock of six digits in the corner, each with its own beat.
fn ticking_clock() -> String {
    let mut graph = ",noise=alls=6:all_seed=7".to_owned();
    for (n, beat) in [0.4, 0.8, 1.6, 3.2, 6.4, 12.8].iter().enumerate() {
        let x = 8 + 8 * n;
        let _ = write!(
            graph,
            r",drawbox=x={x}:y=4:w=5:h=8:color=white:t=fill:enable='lt(mod(t\,{beat})\,{beat}/2)'"
        );
    }
    graph
}

fn encode(path: &Path, (width, height): (u32, u32), secs: u32, effects: &str) -> Result<(), Error> {
    let at = |relative: f32, of: u32| (relative * of as f32).round() as u32;
    let mut graph = "format=yuv420p".to_owned();
    let mut draw = |(x, y, w, h): (f32, f32, f32, f32), color: &str| {
        let (x, y, w, h) = (at(x, width), at(y, height), at(w, width), at(h, height));
        let _ = write!(graph, ",drawbox=x={x}:y={y}:w={w}:h={h}:color={color}:t=fill");
    };
    // Structure: a scene calls a uniform picture obscured and judges nothing by it.
    draw((0.0, 0.0, 1.0, 0.25), "0x707880");
    draw((0.075, 0.04, 0.14, 0.18), "0x303840");
    draw((0.41, 0.02, 0.19, 0.19), "0xd8dce0");
    draw((0.74, 0.06, 0.16, 0.16), "0x404850");
    draw((0.0, 0.57, 1.0, 0.02), "white");
    draw((0.0, 0.92, 1.0, 0.03), "0x505050");
    draw(BLOCK, "red");
    graph.push_str(effects);
    let size = format!("color=c=0xb0b0b0:s={width}x{height}:r=10:d={secs}");
    let mut command = Command::new("ffmpeg");
    command.args([
        "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", &size, "-vf", &graph,
    ]);
    command.args([
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-g",
        "5",
        "-bf",
        "0",
        "-sc_threshold",
        "0",
    ]);
    let ran = command.arg(path).status();
    if ran.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err(Error::Encoder(
        "the ffmpeg command with libx264 is not installed, or failed; `cargo xtask setup` installs it"
            .to_owned(),
    ))
}
