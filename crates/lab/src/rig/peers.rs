//! The cameras of a rig: a farm of healthy ones, and the faulted one with what makes it so.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use curbwatch_types::Clock;

use super::{Clips, Fault, RigOptions, SENTINEL, USER};
use crate::Error;
use crate::fakecam::{Fakecam, FakecamOptions};
use crate::farm::{Account, Challenges, Farm, FarmOptions, Quirks, open_all};
use crate::hostile::{HostileServer, Hostility};
use crate::impair::{Impairment, Proxy};

/// Seconds a half-open camera plays before it falls silent.
const PLAYS_SECS: u32 = 8;

/// Running cameras; they stop when dropped.
#[derive(Debug, Default)]
pub(super) struct Peers {
    /// URLs of the healthy ones.
    pub(super) healthy: Vec<String>,
    /// URLs of the faulted one, or ones.
    pub(super) faulted: Vec<String>,
    farm: Option<Farm>,
    fakecam: Option<Fakecam>,
    proxy: Option<Proxy>,
    bombs: Vec<HostileServer>,
}

impl Peers {
    pub(super) async fn start(
        options: &RigOptions,
        clips: &Clips,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let mut peers = Self::default();
        // Without a fault the other camera is there as well, and healthy in all but name.
        let farmed = options.healthy + usize::from(options.fault.is_none());
        let mut farm = FarmOptions::new(farmed, open_all(std::slice::from_ref(&clips.street))?);
        farm.account = Some(Account::new(USER, SENTINEL, Challenges::Both));
        farm.seed = options.seed;
        let farm = Farm::start(farm, Arc::clone(clock)).await?;
        let mut urls = farm.urls();
        peers.faulted = urls.split_off(options.healthy);
        peers.healthy = urls;
        peers.farm = Some(farm);
        match options.fault {
            None => {}
            Some(Fault::Bombs) => {
                for (hostility, _) in Hostility::NAMES {
                    let bomb = HostileServer::start(hostility).await?;
                    peers.faulted.push(bomb.url());
                    peers.bombs.push(bomb);
                }
            }
            Some(fault) => peers.fake(fault, options, clips, clock).await?,
        }
        Ok(peers)
    }

    async fn fake(
        &mut self,
        fault: Fault,
        options: &RigOptions,
        clips: &Clips,
        clock: &Arc<dyn Clock>,
    ) -> Result<(), Error> {
        let (quirks, played) = script(fault, clips);
        let quirks = Quirks::parse(&quirks).map_err(|e| Error::Quirk(e.to_string()))?;
        let mut fake = FakecamOptions::new(played, quirks);
        fake.account = Some((USER.to_owned(), SENTINEL.to_owned()));
        fake.seed = options.seed;
        let fakecam = Fakecam::start(&fake, Arc::clone(clock)).await?;
        let (mut urls, behind) = (fakecam.urls(), fakecam.addrs());
        if let (Fault::UdpLoss, Some(behind)) = (fault, behind.first()) {
            let network = Impairment {
                loss: 0.05,
                ..Impairment::default()
            };
            let listen = SocketAddr::from(([127, 0, 0, 1], 0));
            let proxy = Proxy::start(listen, *behind, network, options.seed, Arc::clone(clock)).await?;
            urls = urls.iter().filter_map(|url| proxy.url(url)).collect();
            self.proxy = Some(proxy);
        }
        self.faulted = urls;
        self.fakecam = Some(fakecam);
        Ok(())
    }

    /// Requests that the faulted camera refused for want of an answer to its challenge.
    pub(super) fn refused_auth(&self) -> u64 {
        self.fakecam
            .as_ref()
            .map_or(0, |camera| camera.stats().refused_auth)
    }
}

/// The faulted camera's quirks, and what it plays.
fn script(fault: Fault, clips: &Clips) -> (String, Vec<PathBuf>) {
    let street = vec![clips.street.clone()];
    let quirks = match fault {
        // A short session, so that keepalives are frequent.
        Fault::NonceOnKeepalive => "nonce-on-keepalive wants-keepalive,secs=8",
        Fault::SpropMissing => "sprop-missing",
        Fault::SpropEmpty => "sprop-empty",
        Fault::SpropSpsOnly => "sprop-sps-only",
        Fault::UdpOnly | Fault::UdpLoss => "udp-only",
        Fault::HalfOpen => return (format!("half-open,after={PLAYS_SECS}"), street),
        Fault::ResolutionSwitch => {
            return (
                "resolution-switch".to_owned(),
                vec![clips.street.clone(), clips.other_size.clone()],
            );
        }
        Fault::OddPackets => {
            "whole-fragments empty-fragments aggregates-all odd-headers empty-packets marker-always"
        }
        Fault::FrozenPicture => return (String::new(), vec![clips.frozen.clone()]),
        Fault::Bombs => "",
    };
    (quirks.to_owned(), street)
}
