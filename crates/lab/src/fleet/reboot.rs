//! A district behind one platform that reboots: how long until all of it is back, what the dials cost, and what its neighbours
//! notice, beside cameras that are dead for good.
//!
//! Input: how many of each. Not for: decoding and cases.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use curbwatch_types::Clock;

use super::{District, Fleet};
use crate::Error;
use crate::farm::{Farm, FarmOptions, Track, open_all};

/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// First dials are spread over so much for each camera.
const SPREAD_EACH: Duration = Duration::from_millis(50);

/// Who takes part.
#[derive(Debug, Clone)]
pub struct RebootOptions {
    /// Cameras elsewhere, which stay.
    pub healthy: usize,
    /// Cameras that lose their platform and get it back.
    pub returning: usize,
    /// Cameras that never answer.
    pub dead: usize,
    /// How long anything may take.
    pub patience: Duration,
    /// Where the clip is drawn.
    pub folder: PathBuf,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Rebooted {
    /// From the platform's return until all its cameras were live.
    pub back: Duration,
    /// Dials at a time: of the platform, of the process; what was, and what may be.
    pub dials: [(usize, usize); 2],
    /// Handshakes at a time, as the platform saw them.
    pub handshakes_most: u64,
    /// Keyframes the healthy cameras sent meanwhile, but for one each under way, and those that arrived.
    pub healthy_pictures: (u64, u64),
    /// Sessions of the healthy cameras that ended meanwhile.
    pub healthy_reconnects: u64,
    /// Connections that could not be made, or ended.
    pub failures: u64,
    /// Sessions at the end, and the TEARDOWNs that came for them.
    pub goodbyes: (u64, u64),
}

impl Rebooted {
    /// Everything that is not as it must be, whatever the time it took; empty is good.
    pub fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut want = |holds: bool, what: String| {
            if !holds {
                wrong.push(what);
            }
        };
        let (sent, seen) = self.healthy_pictures;
        want(
            seen * 100 >= sent * 99,
            format!("healthy cameras lost pictures: {seen} of {sent}"),
        );
        want(
            self.healthy_reconnects == 0,
            format!("{} healthy cameras reconnected", self.healthy_reconnects),
        );
        for (most, max) in self.dials {
            want(most <= max, format!("{most} dials at a time, {max} are allowed"));
        }
        let [(_, platform_max), _] = self.dials;
        want(
            self.handshakes_most <= platform_max as u64,
            format!("{} handshakes at a time at the platform", self.handshakes_most),
        );
        let (sessions, teardowns) = self.goodbyes;
        want(
            sessions == teardowns,
            format!("{teardowns} goodbyes for {sessions} sessions"),
        );
        wrong
    }
}

/// Half of them refuse, half accept and then say nothing, until the listener is dropped.
pub fn dead(count: usize) -> Result<(TcpListener, Vec<String>), Error> {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let listen = || {
        let listener = TcpListener::bind(any);
        listener.and_then(|listener| Ok((listener.local_addr()?, listener)))
    };
    let error = |source| Error::Listen { addr: any, source };
    let (mute, silent) = listen().map_err(error)?;
    let (closed, _) = listen().map_err(error)?;
    let urls = (0..count).map(|n| {
        let address = if n % 2 == 0 { mute } else { closed };
        format!("rtsp://{address}/{n}")
    });
    Ok((silent, urls.collect()))
}

/// Reboots a platform on the current tokio runtime.
pub async fn reboot(options: &RebootOptions, clock: &Arc<dyn Clock>) -> Result<Rebooted, Error> {
    let RebootOptions {
        healthy, returning, ..
    } = *options;
    let until = |what: &'static str| Until {
        what,
        patience: options.patience,
        clock: Arc::clone(clock),
    };
    let tracks = tracks(&options.folder)?;
    let (silent, dead_urls) = dead(options.dead)?;
    let start = |cameras, listen: Option<SocketAddr>| {
        let mut farm = FarmOptions::new(cameras, tracks.clone());
        farm.listen = listen.unwrap_or(farm.listen);
        Farm::start(farm, Arc::clone(clock))
    };
    let steady = start(healthy, None).await?;
    let platform = start(returning, None).await?;
    let (address, urls) = (platform.addr(), platform.urls());

    // One budget for the process; the platform and the rest have their own host's.
    let ours = District::default();
    let elsewhere = || District {
        all: Arc::clone(&ours.all),
        dead: Arc::clone(&ours.dead),
        ..District::default()
    };
    let theirs = elsewhere();
    let spread = SPREAD_EACH * u32::try_from(returning).unwrap_or(u32::MAX);
    let steady_fleet = Fleet::start(&steady.urls(), &ours.options(Duration::ZERO), clock, 1)?;
    let fleet = Fleet::start(&urls, &theirs.options(spread), clock, 2)?;
    let dead_fleet = Fleet::start(&dead_urls, &elsewhere().options(spread), clock, 4)?;
    let all_live = || steady_fleet.sums().live == healthy && fleet.sums().live == returning;
    until("all are live").holds(all_live).await?;

    let before = (steady.stats().frames, steady_fleet.sums());
    drop(platform);
    until("all have noticed").holds(|| fleet.sums().live == 0).await?;
    // Back-off has grown by the time the power is back.
    let second = || fleet.sums().failures >= 2 * returning as u64;
    until("a second attempt of each").holds(second).await?;

    let platform = start(returning, Some(address)).await?;
    let restored = clock.monotonic();
    let mut handshakes_most = 0;
    let back = || {
        let stats = platform.stats();
        handshakes_most = handshakes_most.max(stats.connections.saturating_sub(stats.playing));
        fleet.sums().live == returning
    };
    until("all are back").holds(back).await?;
    let back = clock.monotonic().since(restored);

    let after = (steady.stats().frames, steady_fleet.sums());
    // Two pictures a second, every other one a keyframe.
    let sent = ((after.0 - before.0) / 2).saturating_sub(healthy as u64);
    let failures = fleet.sums().failures;
    for fleet in [steady_fleet, fleet, dead_fleet] {
        fleet.stop().await;
    }
    drop(silent);
    Ok(Rebooted {
        back,
        dials: [&theirs.host, &theirs.all].map(|budget| (budget.most(), budget.max())),
        handshakes_most,
        healthy_pictures: (sent, after.1.pictures - before.1.pictures),
        healthy_reconnects: after.1.sessions - before.1.sessions,
        failures,
        goodbyes: (
            (healthy + returning) as u64,
            steady.stats().teardowns + platform.stats().teardowns,
        ),
    })
}

struct Until {
    what: &'static str,
    patience: Duration,
    clock: Arc<dyn Clock>,
}

impl Until {
    async fn holds(self, mut condition: impl FnMut() -> bool) -> Result<(), Error> {
        let begun = self.clock.monotonic();
        while !condition() {
            if self.clock.monotonic().since(begun) > self.patience {
                return Err(Error::Bench(format!("not in {:?}: {}", self.patience, self.what)));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }
}

/// A tiny street: two pictures a second, every other one a keyframe.
fn tracks(folder: &Path) -> Result<Vec<Arc<Track>>, Error> {
    let clip = folder.join("tiny.mp4");
    let mut command = Command::new("ffmpeg");
    command
        .args([
            "-nostdin",
            "-v",
            "error",
            "-y",
            "-f",
            "lavfi",
            "-i",
            "testsrc2=s=128x96:r=2:d=8",
        ])
        .args(["-c:v", "libx264", "-g", "2", "-bf", "0", "-pix_fmt", "yuv420p"])
        .arg(&clip);
    if command.status().is_ok_and(|status| status.success()) {
        return open_all(&[clip]);
    }
    Err(Error::Encoder(
        "the ffmpeg command with libx264 is not installed, or failed; `cargo xtask setup` installs it"
            .to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said() {
        let good = Rebooted {
            dials: [(16, 16), (20, 64)],
            handshakes_most: 16,
            healthy_pictures: (1000, 990),
            goodbyes: (9, 9),
            ..Rebooted::default()
        };
        assert_eq!(good.wrong(), Vec::<String>::new());
        let rows = [
            Rebooted {
                healthy_pictures: (1000, 989),
                ..good.clone()
            },
            Rebooted {
                healthy_reconnects: 1,
                ..good.clone()
            },
            Rebooted {
                dials: [(16, 16), (65, 64)],
                ..good.clone()
            },
            Rebooted {
                handshakes_most: 17,
                ..good.clone()
            },
            Rebooted {
                goodbyes: (9, 8),
                ..good.clone()
            },
        ];
        for row in rows {
            assert_eq!(row.wrong().len(), 1, "{row:?}");
        }
    }
}
