//! 13: a whole platform of cameras loses its power, and all of them return at once, beside healthy neighbours and dead cameras.
//! Reception alone takes part: what the fault asks about is dials.

use std::sync::Arc;
use std::time::Duration;

use curbwatch_types::{Clock, SystemClock};

use super::{HouseOptions, HouseOutcome};
use crate::Error;
use crate::fleet::{RebootOptions, reboot};
use crate::rig::{RigOptions, network};

/// All must be live again after so long.
const BACK_MAX: Duration = Duration::from_secs(90);
/// Cameras elsewhere, and cameras that are dead for good.
const HEALTHY: usize = 40;
const DEAD: usize = 200;
/// Cameras and receivers of a whole city share them.
const THREADS: usize = 2;
/// How long anything may take, on a busy machine, too.
const PATIENCE: Duration = Duration::from_mins(10);

pub(super) fn run(options: &RigOptions, house: &HouseOptions) -> Result<HouseOutcome, Error> {
    std::fs::create_dir_all(&options.folder).map_err(|source| Error::File {
        path: options.folder.clone(),
        source,
    })?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let district = RebootOptions {
        healthy: HEALTHY,
        returning: house.district,
        dead: DEAD,
        patience: PATIENCE,
        folder: options.folder.clone(),
    };
    let rebooted = network(THREADS)?.block_on(reboot(&district, &clock))?;
    let mut wrong = rebooted.wrong();
    if rebooted.back > BACK_MAX {
        wrong.push(format!("back after {:.0} s", rebooted.back.as_secs_f64()));
    }
    let [(platform, platform_max), (all, all_max)] = rebooted.dials;
    let (sent, seen) = rebooted.healthy_pictures;
    Ok(HouseOutcome {
        measured: format!(
            "{} cameras were back after {:.0} s; {platform} dials at a time of {platform_max} there, {all} of {all_max} in all; {seen} \
             keyframes of {HEALTHY} neighbours, at least {sent} sent; {DEAD} dead cameras beside them",
            house.district,
            rebooted.back.as_secs_f64(),
        ),
        wrong,
        ..HouseOutcome::default()
    })
}
