//! Probe: connects to one camera exactly as the pipeline would, for some seconds, and says what came.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use curbwatch_config::{Config, Transport};
use curbwatch_decode::Decoder;
use curbwatch_ingest::{Event, Source};
use curbwatch_scene::Reference;
use curbwatch_types::{CameraId, CameraState, Clock, Monotonic, Picture, Secret, Taint};
use tokio_util::sync::CancellationToken;

use crate::budgets::Budgets;
use crate::{Error, wiring};

/// What to probe, and for how long.
#[derive(Debug, Clone)]
pub struct ProbeOptions {
    /// Which camera.
    pub of: Probed,
    /// How long to stay.
    pub duration: Duration,
    /// Whether a picture is wanted, as the reference of the view that the camera shows.
    pub reference: bool,
}

/// The camera that is probed.
#[derive(Debug, Clone)]
pub enum Probed {
    /// The one at an address.
    Address {
        /// Where it is; user and password in it are used and never printed.
        url: Secret,
        /// User name and password, instead of those in the URL.
        credentials: Option<(String, Secret)>,
        /// How packets travel.
        transport: Transport,
    },
    /// One of a configuration, with the address and the login that it has there.
    Camera(Box<Config>, CameraId),
}

/// What a probe found. `url` is without credentials.
#[derive(Debug, Clone)]
pub struct Probe {
    /// Where it connected to, credentials removed.
    pub url: String,
    /// Last state.
    pub state: CameraState,
    /// Why it is in that state.
    pub why: String,
    /// `tcp` or `udp`, once connected.
    pub transport: Option<&'static str>,
    /// `h264` or `h265`, once described.
    pub codec: Option<&'static str>,
    /// Width of the last decoded picture.
    pub width: usize,
    /// Height of the last decoded picture.
    pub height: usize,
    /// Access units that arrived whole.
    pub access_units: u64,
    /// Keyframes among them.
    pub keyframes: u64,
    /// Keyframes that decoded.
    pub decoded: u64,
    /// Access units known to miss something.
    pub tainted: u64,
    /// Sessions after the first.
    pub reconnects: u64,
    /// Redirects followed.
    pub redirects: u64,
    /// From the start of the probe to the first decoded picture.
    pub first_picture_ms: Option<u64>,
    /// RTP packets received.
    pub packets: u64,
    /// Bytes received.
    pub bytes: u64,
    /// Errors and drops by kind.
    pub errors: BTreeMap<&'static str, u64>,
    /// The last error in words.
    pub last_error: Option<String>,
    /// The latest whole picture as a JPEG, where a reference is wanted and it shows something that a view can be told by.
    pub reference: Option<Vec<u8>>,
    /// Largest resident memory of this process.
    pub rss_peak_bytes: u64,
}

/// Probes a camera, until the time is up or `stop`.
pub async fn probe(
    options: &ProbeOptions,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) -> Result<Probe, Error> {
    let source = source(options)?;
    let mut probe = Probe {
        url: source.shown(),
        state: CameraState::Connecting,
        why: String::new(),
        transport: None,
        codec: None,
        width: 0,
        height: 0,
        access_units: 0,
        keyframes: 0,
        decoded: 0,
        tainted: 0,
        reconnects: 0,
        redirects: 0,
        first_picture_ms: None,
        packets: 0,
        bytes: 0,
        errors: BTreeMap::new(),
        last_error: None,
        reference: None,
        rss_peak_bytes: 0,
    };
    let started = clock.monotonic();
    let mut decoder = Decoder::new(curbwatch_decode::Options::default());
    let mut picture = Picture::default();
    let mut sessions = 0_u64;
    let ending = stop.clone();
    {
        let outlet = |event: Event| {
            if let Event::Connected { .. } = event {
                sessions += 1;
            }
            probe.take(
                event,
                &mut decoder,
                &mut picture,
                options.reference,
                (started, &*clock),
            );
        };
        let reception = curbwatch_ingest::run(&source, &*clock, started_seed(started), stop.clone(), outlet);
        tokio::pin!(reception);
        let time_is_up = async {
            tokio::select! {
                () = tokio::time::sleep(options.duration) => {}
                () = ending.cancelled() => {}
            }
        };
        tokio::select! {
            () = &mut reception => {}
            () = time_is_up => {
                // The session says TEARDOWN before it goes.
                stop.cancel();
                reception.await;
            }
        }
    }
    probe.reconnects = sessions.saturating_sub(1);
    probe.rss_peak_bytes = rss_peak_bytes();
    Ok(probe)
}

/// [`probe`] on a runtime of its own, ended early and orderly by Ctrl-C.
pub fn probe_until_ctrl_c(options: &ProbeOptions, clock: Arc<dyn Clock>) -> Result<Probe, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Runtime)?;
    let stop = CancellationToken::new();
    runtime.block_on(async {
        let interrupted = stop.clone();
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                interrupted.cancel();
            }
        });
        Box::pin(probe(options, clock, stop)).await
    })
}

fn source(options: &ProbeOptions) -> Result<Source, Error> {
    let (url, credentials, transport) = match &options.of {
        Probed::Address {
            url,
            credentials,
            transport,
        } => (url, credentials, *transport),
        Probed::Camera(config, id) => {
            let camera = config.cameras.iter().find(|camera| camera.id == *id);
            let source = match camera {
                Some(camera) => wiring::source(config, camera, &Budgets::new(config), 0)?,
                None => None,
            };
            return source.ok_or_else(|| Error::NoSuchCamera(id.to_string()));
        }
    };
    let camera = CameraId::new("probe").map_err(|_| Error::Worker("probe"))?;
    let credentials = credentials
        .as_ref()
        .map(|(user, password)| curbwatch_ingest::Credentials {
            user: user.clone(),
            password: password.clone(),
        });
    let receive = curbwatch_ingest::Options {
        transport: wiring::transport(transport),
        ..curbwatch_ingest::Options::default()
    };
    Ok(Source::new(camera, url.expose(), credentials, receive)?)
}

impl Probe {
    fn take(
        &mut self,
        event: Event,
        decoder: &mut Decoder,
        picture: &mut Picture,
        reference: bool,
        (started, clock): (Monotonic, &dyn Clock),
    ) {
        match event {
            Event::Unit(unit) => {
                self.access_units += 1;
                if unit.taint != Taint::Clean {
                    self.tainted += 1;
                }
                if !unit.keyframe {
                    return;
                }
                self.keyframes += 1;
                match decoder.decode_key(&unit, picture) {
                    Ok(()) => {
                        self.decoded += 1;
                        (self.width, self.height) = (picture.width, picture.height);
                        let ms = clock.monotonic().since(started).as_millis();
                        self.first_picture_ms
                            .get_or_insert(u64::try_from(ms).unwrap_or(u64::MAX));
                        if reference && unit.taint == Taint::Clean {
                            self.keep(picture);
                        }
                    }
                    Err(cause) => {
                        *self.errors.entry("undecodable").or_default() += 1;
                        self.last_error = Some(cause.to_string());
                    }
                }
            }
            Event::State { state, why } => (self.state, self.why) = (state, why),
            Event::Connected { transport, codec } => {
                self.transport = Some(transport.name());
                self.codec = Some(codec.name());
            }
            Event::Redirected { .. } => self.redirects += 1,
            Event::Dropped { reason, count } => *self.errors.entry(reason.name()).or_default() += count,
            Event::Received { bytes, packets } => {
                self.bytes += bytes;
                self.packets += packets;
            }
            Event::Failed(error) => {
                *self.errors.entry(error.kind()).or_default() += 1;
                self.why = error.to_string();
                self.last_error = Some(error.to_string());
            }
        }
    }
}

impl Probe {
    /// Keeps the picture as a reference.
    fn keep(&mut self, picture: &Picture) {
        let thumbnail = curbwatch_decode::thumbnail(&picture.y, picture.range);
        if Reference::new(&thumbnail).is_none() {
            wiring::NOTHING_TO_TELL_BY.clone_into(self.last_error.get_or_insert_default());
            return;
        }
        match curbwatch_case::to_jpeg(picture) {
            Ok(jpeg) => self.reference = Some(jpeg),
            Err(problem) => self.last_error = Some(problem),
        }
    }
}

/// A probe needs no reproducible jitter: where in its nanosecond it started is random enough.
fn started_seed(started: Monotonic) -> u64 {
    u64::from(started.0.subsec_nanos()) ^ u64::from(std::process::id())
}

/// Peak resident set of this process, from Linux's `VmHWM`; 0 where there is none.
pub(crate) fn rss_peak_bytes() -> u64 {
    status_kib("VmHWM:") * 1024
}

/// Resident set of this process now, from Linux's `VmRSS`; 0 where there is none.
pub fn rss_bytes() -> u64 {
    status_kib("VmRSS:") * 1024
}

fn status_kib(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
