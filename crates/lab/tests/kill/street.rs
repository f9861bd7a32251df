//! The street the cameras show: blocks that come, stand, swap and go on a known timetable, so that
//! what the product should say of it is known, too.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use curbwatch_types::{BBox, Clock};

/// The picture: a size the fixture detector takes without scaling.
const WIDTH: u32 = 320;
const HEIGHT: u32 = 192;
const BLOCK_WIDTH: u32 = 48;
const BLOCK_HEIGHT: u32 = 32;
/// One round of the timetable.
const LOOP_SECS: f64 = 90.0;

/// A block's corner and when it stands there, in seconds of the loop.
pub(crate) struct Block {
    x: u32,
    y: u32,
    stands: &'static [(f64, f64)],
}

/// Blocks 5 and 6 take turns in one place, so short a time apart that one look, if any, shows it empty:
/// then each is the other's `reoccupied`.
pub(crate) const BLOCKS: [Block; 8] = [
    Block::new(16, 64, &[(0.0, LOOP_SECS)]),
    Block::new(96, 64, &[(0.0, 45.0)]),
    Block::new(176, 64, &[(20.0, 50.0), (65.0, 90.0)]),
    Block::new(256, 64, &[(10.0, 70.0)]),
    Block::new(16, 128, &[(5.0, 30.0), (50.0, 75.0)]),
    Block::new(96, 128, &[(0.0, 44.3)]),
    Block::new(112, 128, &[(45.0, 89.3)]),
    Block::new(208, 128, &[(30.0, 80.0)]),
];

/// The block that never leaves: one case, however often the process dies.
pub(crate) const PERMANENT: usize = 0;

impl Block {
    const fn new(x: u32, y: u32, stands: &'static [(f64, f64)]) -> Self {
        Self { x, y, stands }
    }

    pub(crate) fn bbox(&self) -> BBox {
        let (w, h) = (WIDTH as f32, HEIGHT as f32);
        BBox::new(
            self.x as f32 / w,
            self.y as f32 / h,
            BLOCK_WIDTH as f32 / w,
            BLOCK_HEIGHT as f32 / h,
        )
    }
}

/// The block whose place this is, if it is one's.
pub(crate) fn block_at(bbox: &BBox) -> Option<usize> {
    let (best, shared) = BLOCKS
        .iter()
        .map(|block| block.bbox().iou(bbox))
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    (shared >= 0.5).then_some(best)
}

/// Blocks that share a place share its number.
pub(crate) fn place_of(block: usize) -> usize {
    if block == 6 { 5 } else { block }
}

/// Draws the loop with the FFmpeg program; `false` where the program or its encoder is missing. A
/// keyframe every half second; noise makes each picture its own.
pub(crate) fn make_clip(path: &Path) -> bool {
    let mut graph = "format=yuv420p,drawbox=x=0:y=0:w=320:h=48:color=0x707880:t=fill,\
        drawbox=x=24:y=8:w=44:h=34:color=0x303840:t=fill,drawbox=x=130:y=4:w=60:h=36:color=0xd8dce0:t=fill,\
        drawbox=x=236:y=12:w=52:h=30:color=0x404850:t=fill,drawbox=x=0:y=110:w=320:h=4:color=white:t=fill,\
        drawbox=x=0:y=176:w=320:h=6:color=0x505050:t=fill"
        .to_owned();
    for block in &BLOCKS {
        for (from, to) in block.stands {
            let (x, y) = (block.x, block.y);
            let _ = write!(
                graph,
                ",drawbox=x={x}:y={y}:w={BLOCK_WIDTH}:h={BLOCK_HEIGHT}:color=red:t=fill:\
                 enable='gte(t,{from})*lt(t,{to})'"
            );
        }
    }
    graph.push_str(",noise=alls=6:allf=t");
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i"])
        .arg(format!("color=c=0xb0b0b0:s={WIDTH}x{HEIGHT}:r=10:d={LOOP_SECS}"))
        .args(["-vf", &graph, "-c:v", "libx264", "-preset", "veryfast"])
        .args(["-g", "5", "-bf", "0", "-sc_threshold", "0"])
        .arg(path)
        .status();
    matches!(made, Ok(status) if status.success())
}

/// What the farm's cameras show when, on the wall clock.
pub(crate) struct Timetable {
    /// Wall-clock time of the farm's zero, in milliseconds.
    zero_ms: i64,
}

impl Timetable {
    pub(crate) fn new(clock: &dyn Clock) -> Self {
        let since_zero = i64::try_from(clock.monotonic().0.as_millis()).expect("a few minutes");
        Self {
            zero_ms: clock.wall().0 - since_zero,
        }
    }

    /// Seconds of camera `index`'s own time; its loops begin at multiples of [`LOOP_SECS`].
    fn camera_secs(&self, index: usize, wall_ms: i64) -> f64 {
        // The farm spreads its cameras over the loop by the golden ratio (`phase_ticks`); a test of
        // the proof below would fail were it otherwise.
        let phase = (index as f64 * 0.618_033_988_749_894_9).fract();
        (wall_ms - self.zero_ms) as f64 / 1000.0 + phase * LOOP_SECS
    }

    /// The stand of `block` that a look of camera `index` at `wall_ms` shows: its number, and for how
    /// many seconds it has stood. `slack_secs` widens it on both sides.
    pub(crate) fn standing(
        &self,
        index: usize,
        block: usize,
        wall_ms: i64,
        slack_secs: f64,
    ) -> Option<(i64, f64)> {
        let at = self.camera_secs(index, wall_ms);
        let loops = (at / LOOP_SECS).floor();
        let stands = BLOCKS[block].stands;
        if block == PERMANENT {
            return Some((0, (wall_ms - self.zero_ms) as f64 / 1000.0));
        }
        // The loop before and after, too: the slack may reach over its ends.
        [loops, loops - 1.0, loops + 1.0].into_iter().find_map(|round| {
            stands.iter().enumerate().find_map(|(n, &(from, to))| {
                let begin = round * LOOP_SECS;
                let (from, to) = (begin + from, begin + to);
                (at >= from - slack_secs && at < to + slack_secs)
                    .then(|| (round as i64 * stands.len() as i64 + n as i64, at - from))
            })
        })
    }

    /// For how many seconds `block` has been away at `wall_ms`; nothing while it stands.
    pub(crate) fn away_secs(&self, index: usize, block: usize, wall_ms: i64) -> Option<f64> {
        let step_ms = 250;
        if self.standing(index, block, wall_ms, 0.0).is_some() {
            return None;
        }
        let back = (1..=(LOOP_SECS * 1000.0) as i64 / step_ms)
            .map(|n| n * step_ms)
            .find(|back| self.standing(index, block, wall_ms - back, 0.0).is_some())?;
        Some(back as f64 / 1000.0)
    }
}
