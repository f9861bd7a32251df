//! Footage drawn on the spot with the `ffmpeg` program: a street, with or without a red block that the
//! fixture model calls a car.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// When the first visit begins.
const START_MS: i64 = 1_700_000_000_000;
/// From one visit to the next.
const VISIT_EVERY_MS: i64 = 60_000;

/// What stands in the street during the visits: empty, then a block for four visits, then empty again.
const VISITS: [bool; 8] = [false, true, true, true, true, false, false, false];

/// A street and, to the tick, another one: what a head shows when it is turned.
const STREET: &str = "format=yuv420p,drawbox=x=0:y=0:w=640:h=120:color=0x909aa0:t=fill,\
    drawbox=x=60:y=30:w=90:h=80:color=0x384048:t=fill,drawbox=x=420:y=20:w=150:h=90:color=0x505860:t=fill,\
    drawbox=x=0:y=290:w=640:h=8:color=white:t=fill";
const GATE: &str = "format=yuv420p,drawbox=x=0:y=0:w=200:h=300:color=0x909aa0:t=fill,\
    drawbox=x=40:y=110:w=60:h=150:color=0x384048:t=fill,drawbox=x=470:y=60:w=120:h=120:color=0x303438:t=fill,\
    drawbox=x=200:y=150:w=440:h=6:color=white:t=fill";

/// Draws a street of 4 s with a keyframe each second to the tick. It has some structure: a scene calls a uniform
/// picture obscured and judges nothing by it. `None` where the program or its encoder is missing.
pub(crate) fn make_clip(folder: &Path, standing: bool) -> Option<PathBuf> {
    let name = if standing { "standing.mp4" } else { "empty.mp4" };
    draw(&folder.join(name), STREET, standing)
}

/// The same of the street at the gate, as `gate-standing.mp4` or `gate-empty.mp4`; and a picture of each of the two streets, as
/// `main.png` and `gate.png`.
pub(crate) fn make_gate(folder: &Path) -> Option<()> {
    for (name, standing) in [("gate-standing.mp4", true), ("gate-empty.mp4", false)] {
        draw(&folder.join(name), GATE, standing)?;
    }
    for (clip, picture) in [("empty.mp4", "main.png"), ("gate-empty.mp4", "gate.png")] {
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg
            .args(["-nostdin", "-v", "error", "-i"])
            .arg(folder.join(clip))
            .args(["-frames:v", "1", "-y"])
            .arg(folder.join(picture));
        assert!(ffmpeg.status().is_ok_and(|status| status.success()), "{picture}");
    }
    Some(())
}

fn draw(path: &Path, street: &str, standing: bool) -> Option<PathBuf> {
    let block = if standing {
        ",drawbox=x=260:y=200:w=96:h=64:color=red:t=fill"
    } else {
        ""
    };
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg
        .args(["-nostdin", "-v", "error", "-f", "lavfi"])
        .args(["-i", "color=c=0x606060:s=640x360:r=10:d=4"])
        .args(["-vf", &format!("{street}{block},noise=alls=6:allf=t")])
        .args([
            "-c:v",
            "libx264",
            "-g",
            "10",
            "-bf",
            "0",
            "-sc_threshold",
            "0",
            "-preset",
            "veryfast",
            "-y",
        ])
        .arg(path);
    let made = ffmpeg.status().is_ok_and(|status| status.success());
    if !made {
        let _shown = writeln!(
            std::io::stderr(),
            "skipped: the ffmpeg program with libx264 is not installed"
        );
    }
    made.then(|| path.to_owned())
}

/// A minute of a street with a clock in its corner. A block comes to stand at 20 s; from `hangs_at` on
/// nothing changes any more but the clock. Draws it as `hanging.mp4` in `folder`.
pub(crate) fn make_hanging_clip(folder: &Path, hangs_at: u32) -> Option<PathBuf> {
    const STREET: &str = "format=yuv420p,drawbox=x=0:y=0:w=640:h=120:color=0x909aa0:t=fill,\
        drawbox=x=60:y=60:w=90:h=80:color=0x384048:t=fill,drawbox=x=420:y=50:w=150:h=90:color=0x505860:t=fill,\
        drawbox=x=0:y=290:w=640:h=8:color=white:t=fill";
    let path = folder.join("hanging.mp4");
    let block = "drawbox=x=260:y=200:w=96:h=64:color=red:t=fill:enable='gte(t,20)'";
    let clock = "drawbox=x=8:y=4:w=60:h=24:color=white:t=fill:enable='lt(mod(t,2),1)'";
    let noise = format!("noise=alls=16:allf=t:enable='lt(t,{hangs_at})'");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg
        .args(["-nostdin", "-v", "error", "-f", "lavfi"])
        .args(["-i", "color=c=0x606060:s=640x360:r=4:d=60"])
        .args(["-vf", &format!("{STREET},{block},{noise},{clock}")])
        .args(["-c:v", "libx264", "-g", "4", "-bf", "0", "-sc_threshold", "0"])
        .args(["-preset", "veryfast", "-crf", "20", "-y"])
        .arg(&path);
    let made = ffmpeg.status().is_ok_and(|status| status.success());
    if !made {
        let _shown = writeln!(
            std::io::stderr(),
            "skipped: the ffmpeg program with libx264 is not installed"
        );
    }
    made.then_some(path)
}

/// Clips and a manifest of eight visits in `folder`; the manifest's path.
pub(crate) fn make_footage(folder: &Path) -> Option<PathBuf> {
    make_clip(folder, true)?;
    make_clip(folder, false)?;
    let names = VISITS.map(|standing| if standing { "standing.mp4" } else { "empty.mp4" });
    Some(write_manifest(folder, &names))
}

/// A manifest of visits of `c0` to these clips.
pub(crate) fn write_manifest(folder: &Path, clips: &[&str]) -> PathBuf {
    let mut rows = String::new();
    for (clip, start_ms) in clips.iter().zip((0..).map(|n| START_MS + n * VISIT_EVERY_MS)) {
        let _ = writeln!(
            rows,
            "{{\"camera\":\"c0\",\"file\":{clip:?},\"start_ms\":{start_ms}}}"
        );
    }
    let path = folder.join("footage.jsonl");
    std::fs::write(&path, rows).unwrap();
    path
}
