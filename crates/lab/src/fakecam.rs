//! Cameras with quirks, each on a loopback address of its own: what real cameras do wrong, one named
//! quirk at a time or several together.
//!
//! For: finding out what a client makes of trouble before a street does. A fake camera is a farm of one
//! with [`Quirks`]; a fleet is so many of them, on 127.0.0.1, 127.0.0.2 and on. Not for: hostile peers
//! (see [`hostile`](crate::hostile)) and networks (see [`impair`](crate::impair)). Input: clips, and
//! quirks as an engineer writes them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use curbwatch_types::Clock;

use crate::Error;
use crate::farm::{Account, Challenges, Farm, FarmOptions, Quirk, Quirks, Stats, Track, Transports};

/// The account of cameras whose quirks need one, where none is given.
pub const ACCOUNT: (&str, &str) = ("admin", "p:ss w%rd/\u{fc}");
/// Most cameras of a fleet: what 127.0.0.0/16 has room for, and a machine descriptors.
pub const CAMERAS_MAX: usize = 4096;

/// What a fleet is made of.
#[derive(Debug, Clone)]
pub struct FakecamOptions {
    /// Where the first camera listens, on a loopback address; the others follow on the next addresses,
    /// on the same port. Port 0 takes a free one for each.
    pub listen: SocketAddr,
    /// How many cameras, 1 or more.
    pub cameras: usize,
    /// What every one plays: these clips one after the other.
    pub clips: Vec<PathBuf>,
    /// What every one does wrong.
    pub quirks: Quirks,
    /// User and password, where asked for; default [`ACCOUNT`] with quirks that need one, else none.
    pub account: Option<(String, String)>,
    /// Seed of every chance.
    pub seed: u64,
}

impl FakecamOptions {
    /// One camera on a free port of 127.0.0.1.
    pub fn new(clips: Vec<PathBuf>, quirks: Quirks) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            cameras: 1,
            clips,
            quirks,
            account: None,
            seed: 0,
        }
    }
}

/// A running fleet; it stops when dropped.
#[derive(Debug)]
pub struct Fakecam {
    farms: Vec<Farm>,
}

impl Fakecam {
    /// Listens, and serves on the current tokio runtime.
    pub async fn start(options: &FakecamOptions, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        if options.cameras == 0 || options.cameras > CAMERAS_MAX {
            return Err(Error::Options("a fleet has 1 to 4096 cameras"));
        }
        let IpAddr::V4(first) = options.listen.ip() else {
            return Err(Error::Options(
                "a fake camera listens on an IPv4 address of loopback",
            ));
        };
        if !first.is_loopback() {
            return Err(Error::Options(
                "a fake camera listens on loopback only, 127.0.0.1 and on",
            ));
        }
        let track = Arc::new(Track::play(&options.clips, &options.quirks)?);
        let mut farms = Vec::with_capacity(options.cameras);
        for n in 0..options.cameras {
            let ip = Ipv4Addr::from_bits(first.to_bits() + n as u32);
            let mut farm = FarmOptions::new(1, vec![Arc::clone(&track)]);
            farm.listen = SocketAddr::from((ip, options.listen.port()));
            farm.account = account(options);
            farm.transports = transports(&options.quirks);
            farm.seed = options.seed.wrapping_add(n as u64);
            farm.quirks = options.quirks.clone();
            farms.push(Farm::start(farm, Arc::clone(&clock)).await?);
        }
        Ok(Self { farms })
    }

    /// The cameras' URLs, in order.
    pub fn urls(&self) -> Vec<String> {
        self.farms.iter().map(|farm| farm.url(1)).collect()
    }

    /// Where the cameras listen, in order.
    pub fn addrs(&self) -> Vec<SocketAddr> {
        self.farms.iter().map(Farm::addr).collect()
    }

    /// The first camera's counters as they stand.
    pub fn stats(&self) -> Stats {
        self.farms.first().map(Farm::stats).unwrap_or_default()
    }

    /// Every camera's counters, in order.
    pub fn all_stats(&self) -> Vec<Stats> {
        self.farms.iter().map(Farm::stats).collect()
    }
}

fn account(options: &FakecamOptions) -> Option<Account> {
    let quirks = &options.quirks;
    let (user, password) = match &options.account {
        Some((user, password)) => (user.as_str(), password.as_str()),
        None if quirks.need_an_account() => ACCOUNT,
        None => return None,
    };
    let challenges = if quirks.has(Quirk::BasicOnly) {
        Challenges::Basic
    } else if quirks.has(Quirk::DigestWithoutQop) {
        Challenges::DigestWithoutQop
    } else if quirks.has(Quirk::DigestSha256) {
        Challenges::Sha256
    } else if quirks.has(Quirk::BasicFirst) {
        Challenges::DigestAfterBasic
    } else {
        Challenges::Digest
    };
    Some(Account::new(user, password, challenges))
}

fn transports(quirks: &Quirks) -> Transports {
    if quirks.has(Quirk::UdpOnly) {
        Transports::UdpOnly
    } else if quirks.has(Quirk::TcpOnly) {
        Transports::TcpOnly
    } else {
        Transports::Any
    }
}
