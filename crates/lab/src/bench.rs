//! Throughput: a farm in its own process, the product's engine in this one, and the sum of the pieces
//! measured in the same run.
//!
//! The figure of merit is CPU time per look, all of this process included (receiving, scheduling,
//! deciding), against the bound: decoding, preparing and inferring the same keyframes on one idle
//! thread, measured before and after. Ratios survive a noisy machine; absolute times do not.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use curbwatch_decode::Decoder;
use curbwatch_engine::{Live, Stage, View};
use curbwatch_infer::{Detector, DetectorOptions, Model, ModelOptions};
use curbwatch_ingest::{Clip, Mode};
use curbwatch_types::{AccessUnit, CameraId, Clock, DropReason, Picture, SystemClock, Wall};
use serde_json::{Value, json};

use crate::Error;

/// A district to measure.
#[derive(Debug, Clone)]
pub struct District {
    /// Cameras.
    pub cameras: u32,
    /// Seconds between two looks at one camera.
    pub look_every_secs: f64,
    /// How long is measured, after every camera is live and has been looked at once.
    pub seconds: u64,
    /// What the cameras show.
    pub clips: Vec<PathBuf>,
    /// Model manifest.
    pub model: PathBuf,
    /// Folders in which weights are looked for.
    pub model_dirs: Vec<PathBuf>,
    /// Vision workers; 0 is one per core.
    pub workers: usize,
    /// `tcp` or `udp`.
    pub transport: &'static str,
}

/// Longest wait until every camera is live and was looked at.
const WARM_UP_MAX: Duration = Duration::from_secs(120);
/// Keyframes measured for the bound, before and after.
const BOUND_KEYS: usize = 48;

/// Runs the district and reports; see `docs/guide/measuring.md`.
pub fn district(district: &District) -> Result<Value, Error> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let folder = std::env::temp_dir().join(format!("curbwatch-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|source| Error::System {
        what: "make a folder",
        source,
    })?;
    let measured = measured_in(district, &folder, &clock);
    // Whatever became of the run, its folder goes; if it cannot, the system's cleaner takes it.
    let _removed = std::fs::remove_dir_all(&folder);
    measured
}

fn measured_in(district: &District, folder: &Path, clock: &Arc<dyn Clock>) -> Result<Value, Error> {
    let mut farm = FarmProcess::start(district)?;
    let file = folder.join("curbwatch.toml");
    std::fs::write(&file, configuration(district, folder, &farm.address)).map_err(|source| {
        Error::System {
            what: "write the configuration",
            source,
        }
    })?;
    let mut config = curbwatch_config::load(&file, &|name| std::env::var(name).ok())
        .map_err(|problems| Error::Bench(problems.to_string()))?;
    config
        .inference
        .model_dirs
        .extend(district.model_dirs.iter().cloned());

    curbwatch_infer::load_runtime(config.inference.onnxruntime.as_deref()).map_err(Error::bench)?;
    let mut pieces = Pieces::new(district)?;
    let before = pieces.measure()?;
    let live = Live::start(&config, clock, 1).map_err(Error::bench)?;
    let view = live.view().clone();
    let warm_up = warm_up(&view, district, &**clock)?;
    let (start, cpu_start, at_start) = (Totals::of(&view), cpu_time(), clock.monotonic());
    std::thread::sleep(Duration::from_secs(district.seconds));
    let (end, cpu_end, at_end) = (Totals::of(&view), cpu_time(), clock.monotonic());
    let cpu_used = cpu_end.saturating_sub(cpu_start);
    let rss_bytes = curbwatch_engine::rss_bytes();
    let cameras_live = view.board.live();
    let provider = view.provider.to_string();
    let balanced = view.metrics.balanced();
    live.stop().map_err(Error::bench)?;
    farm.stop();
    let after = pieces.measure()?;

    let seconds = at_end.since(at_start).as_secs_f64();
    let done = end.observed - start.observed;
    let per_look = |micros: u64| micros as f64 / 1000.0 / done.max(1) as f64;
    let cpu_ms_per_look = per_look(u64::try_from(cpu_used.as_micros()).unwrap_or(u64::MAX));
    let bound: Vec<f64> = before.iter().zip(&after).map(|(b, a)| b.midpoint(*a)).collect();
    let bound_ms_per_look: f64 = bound.iter().sum();
    let stages: serde_json::Map<String, Value> = Stage::ALL
        .iter()
        .enumerate()
        .map(|(i, stage)| {
            (
                stage.name().to_owned(),
                json!(rounded(per_look(end.stages[i] - start.stages[i]))),
            )
        })
        .collect();
    let staged: f64 = (0..Stage::ALL.len())
        .map(|i| per_look(end.stages[i] - start.stages[i]))
        .sum();
    let [p50, p95, p99] =
        [0.50, 0.95, 0.99].map(|q| rounded(1000.0 * quantile(&start.latency, &end.latency, q)));
    Ok(json!({
        "cpu_ms_per_look": rounded(cpu_ms_per_look),
        "bound_ms_per_look": rounded(bound_ms_per_look),
        "ratio_to_bound": rounded(cpu_ms_per_look / bound_ms_per_look),
        "bound": { "decode": rounded(bound[0]), "prepare": rounded(bound[1]), "infer": rounded(bound[2]) },
        "looks_done": done,
        "looks_due": end.due - start.due,
        "late": end.late - start.late,
        "dropped": end.dropped - start.dropped,
        "looks_per_second": rounded(done as f64 / seconds),
        "latency_ms": { "p50": p50, "p95": p95, "p99": p99 },
        "stages": Value::Object(stages),
        "receive_and_rest_ms": rounded(cpu_ms_per_look - staged),
        "cores_used": rounded(cpu_used.as_secs_f64() / seconds),
        "rss_bytes": rss_bytes,
        "received_bytes_per_second": ((end.bytes - start.bytes) as f64 / seconds).round(),
        "cameras_live": cameras_live,
        "accounting_balanced": balanced,
        "warm_up_seconds": rounded(warm_up),
        "settings": {
            "cameras": district.cameras,
            "look_every_secs": district.look_every_secs,
            "seconds": district.seconds,
            "transport": district.transport,
            "workers": config.inference.workers,
            "model": &*view.model,
            "provider": provider,
            "decoder": curbwatch_decode::library(),
            "clips": district.clips.iter().map(|clip| clip.file_name().map(|n| n.to_string_lossy().into_owned())).collect::<Vec<_>>(),
        },
        "machine": machine(),
    }))
}

/// The farm as a process of its own, so that its CPU time is not ours.
struct FarmProcess {
    child: Child,
    address: String,
}

impl FarmProcess {
    fn start(district: &District) -> Result<Self, Error> {
        let system = |source| Error::System {
            what: "start the farm",
            source,
        };
        let program = std::env::current_exe().map_err(system)?;
        let mut child = Command::new(program)
            .args([
                "farm",
                "--listen",
                "127.0.0.1:0",
                "--cameras",
                &district.cameras.to_string(),
                "--clip",
            ])
            .args(&district.clips)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(system)?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line).map_err(system)?;
        }
        let ready: Value = serde_json::from_str(&line).unwrap_or_default();
        match ready["listen"].as_str() {
            Some(address) => Ok(Self {
                child,
                address: address.to_owned(),
            }),
            None => Err(Error::Bench(
                "the farm did not get ready; its reason stands above".to_owned(),
            )),
        }
    }

    fn stop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Drop for FarmProcess {
    fn drop(&mut self) {
        self.stop();
    }
}

fn configuration(district: &District, folder: &Path, address: &str) -> String {
    use std::fmt::Write as _;
    let model = std::path::absolute(&district.model).unwrap_or_else(|_| district.model.clone());
    // A JSON string is a TOML basic string.
    let toml = |path: PathBuf| Value::from(path.display().to_string());
    let mut text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n[store]\ndirectory = {}\n[inference]\nmodel = {}\nworkers = {}\n\
         [looks]\nlook_every_secs = {:?}\n[review]\nillegal_motor_parking = \"auto\"\n[[sinks.jsonl]]\nname = \"file\"\npath = {}\n",
        toml(folder.join("data")),
        toml(model),
        district.workers,
        district.look_every_secs,
        toml(folder.join("cases.jsonl")),
    );
    for number in 1..=district.cameras {
        let name = crate::farm::camera_name(number as usize);
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "[[cameras]]\nid = \"{name}\"\nurl = \"rtsp://{address}/{name}\"\ntransport = \"{}\"\n\
             [[zones]]\ncamera = \"{name}\"\nview = \"main\"\nid = \"road\"\nkind = \"no_parking\"\n\
             polygon = [[0.0, 0.4], [1.0, 0.4], [1.0, 1.0], [0.0, 1.0]]\n",
            district.transport
        );
    }
    text
}

/// Waits until every camera is live and every one was looked at; answers how long that took.
fn warm_up(view: &View, district: &District, clock: &dyn Clock) -> Result<f64, Error> {
    let start = clock.monotonic();
    loop {
        let cameras = view.board.cameras();
        let looked_at = cameras.iter().filter(|camera| camera.looks > 0).count();
        let waited = clock.monotonic().since(start);
        if looked_at == cameras.len() {
            return Ok(waited.as_secs_f64());
        }
        if waited > WARM_UP_MAX + Duration::from_secs_f64(district.look_every_secs) {
            return Err(Error::Bench(format!(
                "after {} s only {looked_at} of {} cameras were looked at",
                waited.as_secs(),
                cameras.len()
            )));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Decode, prepare and infer alone, on this thread, over keyframes of the clips.
struct Pieces {
    keys: Vec<AccessUnit>,
    decoder: Decoder,
    detector: Detector,
    picture: Picture,
}

impl Pieces {
    fn new(district: &District) -> Result<Self, Error> {
        let camera = CameraId::new("bound").map_err(Error::bench)?;
        let mut keys = Vec::new();
        let share = BOUND_KEYS.div_ceil(district.clips.len().max(1));
        for clip in &district.clips {
            let clip = Clip::open(clip, camera.clone(), Wall(0), Mode::Keyframes).map_err(Error::bench)?;
            let of_clip: Vec<AccessUnit> = clip.filter_map(Result::ok).collect();
            keys.extend(
                of_clip
                    .iter()
                    .cycle()
                    .take(share.min(of_clip.len() * share))
                    .cloned(),
            );
        }
        let model = Model::load(
            &district.model,
            &ModelOptions {
                model_dirs: district.model_dirs.clone(),
            },
        )
        .map_err(Error::bench)?;
        Ok(Self {
            keys,
            decoder: Decoder::new(curbwatch_decode::Options::default()),
            detector: Detector::new(&model, &DetectorOptions::default()).map_err(Error::bench)?,
            picture: Picture::default(),
        })
    }

    /// Mean CPU ms per keyframe of decode, prepare, infer; the first round warms caches and is dropped.
    fn measure(&mut self) -> Result<[f64; 3], Error> {
        if self.keys.is_empty() {
            return Err(Error::Bench("the clips hold no keyframe".to_owned()));
        }
        let mut sums = [Duration::ZERO; 3];
        for _round in 0..2 {
            sums = [Duration::ZERO; 3];
            for key in &self.keys {
                let mut at = thread_cpu_time();
                let mut lap = |sum: &mut Duration| {
                    let now = thread_cpu_time();
                    *sum += now.saturating_sub(at);
                    at = now;
                };
                self.decoder
                    .decode_key(key, &mut self.picture)
                    .map_err(Error::bench)?;
                lap(&mut sums[0]);
                self.detector.prepare(&self.picture).map_err(Error::bench)?;
                lap(&mut sums[1]);
                self.detector.run().map_err(Error::bench)?;
                lap(&mut sums[2]);
            }
        }
        Ok(sums.map(|sum| sum.as_secs_f64() * 1000.0 / self.keys.len() as f64))
    }
}

/// Counters at one moment.
struct Totals {
    due: u64,
    observed: u64,
    late: u64,
    dropped: u64,
    bytes: u64,
    stages: [u64; Stage::ALL.len()],
    latency: Vec<(f64, u64)>,
}

impl Totals {
    fn of(view: &View) -> Self {
        let metrics = &view.metrics;
        Self {
            due: metrics.looks_due.get(),
            observed: metrics.looks_observed.get(),
            late: metrics.looks_late.get(),
            dropped: DropReason::ALL
                .iter()
                .map(|&reason| metrics.looks_dropped(reason).get())
                .sum(),
            bytes: metrics.received_bytes.get(),
            stages: Stage::ALL.map(|stage| metrics.stage_cpu_micros(stage).get()),
            latency: metrics.latency_buckets(),
        }
    }
}

/// The quantile `q` of what fell into cumulative buckets between two moments, in seconds, by linear
/// interpolation within the bucket.
fn quantile(start: &[(f64, u64)], end: &[(f64, u64)], q: f64) -> f64 {
    let counts: Vec<(f64, f64)> = end
        .iter()
        .zip(start)
        .map(|(e, s)| (e.0, (e.1 - s.1) as f64))
        .collect();
    let wanted = q * counts.last().map_or(0.0, |last| last.1);
    let (mut below, mut edge) = (0.0, 0.0);
    for (upper, cumulative) in counts {
        if cumulative >= wanted && cumulative > below {
            return edge + (upper - edge) * (wanted - below) / (cumulative - below);
        }
        (below, edge) = (cumulative, upper);
    }
    edge
}

/// CPU time of this process, all threads.
fn cpu_time() -> Duration {
    duration(rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime))
}

fn thread_cpu_time() -> Duration {
    duration(rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime))
}

fn duration(time: rustix::time::Timespec) -> Duration {
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

/// What ran it: processor, cores, memory.
fn machine() -> Value {
    let field = |file: &str, name: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let line = text
            .lines()
            .find(|line| line.starts_with(name))
            .map(str::to_owned);
        line.and_then(|line| line.split_once(':').map(|(_, value)| value.trim().to_owned()))
    };
    json!({
        "processor": field("/proc/cpuinfo", "model name"),
        "cores": std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        "memory": field("/proc/meminfo", "MemTotal"),
    })
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_interpolated_within_its_bucket() {
        let start = [(0.1, 0), (0.2, 0), (0.4, 0)];
        let end = [(0.1, 50), (0.2, 90), (0.4, 100)];
        assert!((quantile(&start, &end, 0.5) - 0.1).abs() < 1e-9);
        assert!((quantile(&start, &end, 0.7) - 0.15).abs() < 1e-9);
        assert!((quantile(&start, &end, 0.95) - 0.3).abs() < 1e-9);
    }
}
