//! Re-check orders of a replay: a file of them, given to the scenes as event time passes, so that the verdicts
//! are a function of footage, configuration, model and orders alone.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use curbwatch_case::order_of_row;
use curbwatch_config::Config;
use curbwatch_scene::CameraScene;
use curbwatch_types::{Inconclusive, RecheckOrder, Verdict, Wall};

use crate::Error;

/// In a replay a picture that is not there was never taken.
pub(super) const NO_PICTURE: Inconclusive = Inconclusive::NoPicture;

/// Longest line accepted, in bytes.
const LINE_BYTES_MAX: usize = 16 << 10;
/// Most orders in a file.
const ORDERS_MAX: usize = 1_000_000;

/// The orders that are still to come, by camera, earliest first.
pub(super) struct Orders(Vec<VecDeque<RecheckOrder>>);

impl Orders {
    /// None.
    pub(super) fn none(config: &Config) -> Self {
        Self(config.cameras.iter().map(|_| VecDeque::new()).collect())
    }

    /// Reads the file. Errors name file and line.
    pub(super) fn read(path: &Path, config: &Config) -> Result<Self, Error> {
        let wrong = |line: usize, problem: String| Error::Orders {
            path: path.to_owned(),
            line,
            problem,
        };
        let mut orders: Vec<Vec<RecheckOrder>> = config.cameras.iter().map(|_| Vec::new()).collect();
        let mut ids = std::collections::HashSet::new();
        let mut reader = BufReader::new(File::open(path).map_err(|e| wrong(0, e.to_string()))?);
        let mut text = Vec::new();
        for line in 1.. {
            text.clear();
            let mut bounded = reader.by_ref().take(LINE_BYTES_MAX as u64 + 1);
            let read = bounded
                .read_until(b'\n', &mut text)
                .map_err(|e| wrong(line, e.to_string()))?;
            if read == 0 {
                break;
            }
            if read > LINE_BYTES_MAX {
                return Err(wrong(line, format!("longer than {LINE_BYTES_MAX} bytes")));
            }
            let row = std::str::from_utf8(&text).map_err(|e| wrong(line, e.to_string()))?;
            if row.trim().is_empty() {
                continue;
            }
            let order = order_of_row(row).map_err(|e| wrong(line, e.to_string()))?;
            let unknown = || {
                wrong(
                    line,
                    format!("camera `{}` is not in the configuration", order.camera),
                )
            };
            let camera = config.cameras.iter().position(|c| c.id == order.camera);
            let camera = camera.ok_or_else(unknown)?;
            if !ids.insert(order.id.clone()) {
                return Err(wrong(line, format!("a second order `{}`", order.id)));
            }
            if ids.len() > ORDERS_MAX {
                return Err(wrong(line, format!("more than {ORDERS_MAX} orders")));
            }
            orders[camera].push(order);
        }
        let by_time = |mut orders: Vec<RecheckOrder>| {
            orders.sort_by(|a, b| a.ordered_at.cmp(&b.ordered_at).then(a.id.cmp(&b.id)));
            orders.into()
        };
        Ok(Self(orders.into_iter().map(by_time).collect()))
    }

    /// Gives the scene every order given before `now`, and answers with the verdicts until then.
    pub(super) fn until(&mut self, camera: usize, scene: &mut CameraScene, now: Wall) -> Vec<Verdict> {
        let orders = &mut self.0[camera];
        let mut verdicts = Vec::new();
        while orders.front().is_some_and(|order| order.ordered_at < now) {
            let Some(order) = orders.pop_front() else { break };
            // Those before it may have run out by then, which makes room.
            verdicts.extend(scene.verdicts(order.ordered_at, NO_PICTURE));
            scene.recheck(order);
        }
        verdicts.extend(scene.verdicts(now, NO_PICTURE));
        verdicts
    }
}
