//! What tells the cameras of a farm apart: their names, and where in the loop they start.

/// The name of camera `number`, counted from 1: `camera-0001`.
pub fn camera_name(number: usize) -> String {
    format!("camera-{number:04}")
}

/// How far into its loop camera `index` starts: multiples of the golden ratio, which stay evenly
/// spread whatever the loop's length is to its keyframe interval.
pub(super) fn phase_ticks(index: usize, loop_ticks: i64) -> i64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    ((index as f64 * GOLDEN).fract() * loop_ticks as f64) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_spread_keyframes_whatever_the_loop_is() {
        // Of 1160 cameras no more than twice the even share may send a keyframe in the same 40 ms.
        for (loop_secs, gop_secs) in [
            (3.0, 3.0),
            (37.688, 1.997),
            (30.16, 4.8),
            (20.0, 2.0),
            (60.0, 2.0),
        ] {
            let loop_ticks = (loop_secs * 90_000.0) as i64;
            let gop = (gop_secs * 90_000.0) as i64;
            let mut slots = vec![0_usize; (gop as usize).div_ceil(3600)];
            for index in 0..1160 {
                slots[(phase_ticks(index, loop_ticks) % gop) as usize / 3600] += 1;
            }
            let busiest = slots.iter().max().copied().unwrap_or(0);
            assert!(
                busiest <= 2 * 1160 / slots.len() + 1,
                "{loop_secs} s: {busiest} in {} slots",
                slots.len()
            );
        }
    }
}
