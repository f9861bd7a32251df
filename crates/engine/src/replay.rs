//! Replay: footage through the same stages as live cameras, as fast as the machine allows.
//!
//! Event time comes from the footage manifest, never from a clock, so the rows are a function of
//! footage, configuration and model alone: one reader hands out numbered looks, any number of workers
//! see them, and one collector puts the observations back in order before the scenes take them.

mod book;
mod orders;
mod rows;
mod visits;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, never};
use curbwatch_case::{Coverage, Decisions};
use curbwatch_config::Config;
use curbwatch_infer::Model;
use curbwatch_ingest::footage::Visit;
use curbwatch_ingest::{Clip, Mode};
use curbwatch_scene::{CameraScene, Settled};
use curbwatch_types::{
    AccessUnit, Clock, DropReason, Findings, IncidentChange, Look, LookWhy, Monotonic, Observation,
    SystemClock, Verdict, Wall,
};

use crate::Error;
use crate::gates::Gates;
use crate::ground::CommonGround;
use crate::metrics::Metrics;
use crate::replay::book::Book;
use crate::replay::orders::{NO_PICTURE, Orders};
use crate::replay::rows::{Lines, case_line, verdict_line};
use crate::replay::visits::{StillToCome, visits};
use crate::threads::spawn;
use crate::vision::{Blind, Enforced, Turn, Vision, VisionProgram};
use crate::wiring;

/// What to replay and where the rows go.
#[derive(Debug, Clone)]
pub struct ReplayOptions {
    /// The footage manifest (JSON lines).
    pub footage: PathBuf,
    /// The rows, one life-cycle change a line; written beside it first, renamed when complete.
    pub out: PathBuf,
    /// Re-check orders, and where their verdicts go, one a line.
    pub rechecks: Option<Rechecks>,
    /// Vision workers; 0 is one per core.
    pub workers: usize,
    /// Folder of a decision record; none is kept without.
    pub store: Option<PathBuf>,
}

/// Re-checks of a replay.
#[derive(Debug, Clone)]
pub struct Rechecks {
    /// The orders (JSON lines).
    pub orders: PathBuf,
    /// The verdicts, one a line; written beside it first, renamed when complete.
    pub verdicts: PathBuf,
}

/// How far a replay is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Progress {
    /// Visits whose looks are all taken.
    pub visits: usize,
    /// Visits in the manifest.
    pub visits_total: usize,
    /// Cases opened so far.
    pub opened: usize,
}

/// What a replay did.
#[derive(Debug, Clone, Default)]
pub struct ReplayReport {
    /// Visits in the manifest.
    pub visits: usize,
    /// Looks observed.
    pub looks: usize,
    /// Looks that brought nothing, with the first cause of each reason.
    pub blind: BTreeMap<DropReason, (usize, String)>,
    /// Rows written, by change.
    pub rows: BTreeMap<IncidentChange, usize>,
    /// How each camera with footage was watched, from the first visit of any to the last picture of any.
    pub coverage: Vec<Coverage>,
    /// Re-checks answered, by verdict.
    pub verdicts: BTreeMap<&'static str, usize>,
}

/// A numbered look on its way to a worker.
struct Job {
    number: u64,
    visit: usize,
    camera: usize,
    /// Looks of this camera before this one.
    turn: u64,
    look: Result<Look, Blind>,
}

/// A numbered observation on its way back.
struct Done {
    number: u64,
    visit: usize,
    camera: usize,
    observation: Result<Observation, Blind>,
}

/// What a look at footage brought, in the footage's order.
#[derive(Debug)]
pub struct FootageLook {
    /// Index of its camera in the configuration.
    pub camera: usize,
    /// Visits before its own.
    pub visits: usize,
    /// Visits in the manifest.
    pub visits_total: usize,
    /// The observation, or why there is none.
    pub seen: Result<Observation, (DropReason, String)>,
}

/// Looks at `footage` with the cameras and the model of `config`, and hands what it sees to `each` in the footage's order. No
/// rule is asked: what is seen depends on footage, model and zones (for tiles), not on rules. `workers` of 0 is one per core.
/// Answers with the number of visits; an error of `each` ends it.
pub fn observe_footage<E: From<Error>>(
    config: &Config,
    footage: &Path,
    workers: usize,
    each: impl FnMut(FootageLook) -> Result<(), E>,
) -> Result<usize, E> {
    observe(config, visits(config, footage)?, workers, each)
}

/// The same of visits that are read already.
fn observe<E: From<Error>>(
    config: &Config,
    visits: Vec<(usize, Visit)>,
    workers: usize,
    mut each: impl FnMut(FootageLook) -> Result<(), E>,
) -> Result<usize, E> {
    let periods: Vec<Duration> = config
        .cameras
        .iter()
        .map(|camera| Duration::from_secs_f64(camera.look_every_secs))
        .collect();
    let model = wiring::model(config)?;
    let metrics = Arc::new(Metrics::new()?);
    let workers = wiring::workers(workers);

    let window = workers * 4;
    let (permit, permits) = bounded::<()>(window);
    for _ in 0..window {
        // The channel has room for every permit.
        let _sent = permit.try_send(());
    }
    let (job, jobs) = bounded::<Job>(window);
    let (done, results) = bounded::<Done>(window);
    let visions = visions(config, &model, workers, &metrics)?;
    let seen = start_workers(visions, config, &jobs, &done)?;
    drop((jobs, done));

    let visits_total = visits.len();
    let reader = spawn("cw-footage", move || read(&visits, &periods, &permits, &job))?;

    let mut waiting: BTreeMap<u64, Done> = BTreeMap::new();
    let mut next = 0;
    for result in &results {
        waiting.insert(result.number, result);
        while let Some(result) = waiting.remove(&next) {
            next += 1;
            // The reader may be gone already: then nobody needs the permit.
            let _returned = permit.try_send(());
            each(FootageLook {
                camera: result.camera,
                visits: result.visit,
                visits_total,
                seen: result.observation.map_err(|blind| (blind.reason, blind.cause)),
            })?;
        }
    }
    reader.join().map_err(|_| Error::Worker("cw-footage"))?;
    for worker in seen {
        worker.join().map_err(|_| Error::Worker("cw-vision"))?;
    }
    Ok(visits_total)
}

/// Replays `options.footage` with the cameras, zones, rules and model of `config`.
pub fn replay(
    config: &Config,
    options: &ReplayOptions,
    mut progress: impl FnMut(Progress),
) -> Result<ReplayReport, Error> {
    let scenes: Result<Vec<CameraScene>, Error> = config.cameras.iter().map(wiring::scene).collect();
    let mut scenes = scenes?;
    let gates = Gates::read(config)?;
    let mut rows = Lines::create(&options.out)?;
    let (mut orders, mut verdicts) = match &options.rechecks {
        Some(files) => (
            Orders::read(&files.orders, config)?,
            Some(Lines::create(&files.verdicts)?),
        ),
        None => (Orders::none(config), None),
    };
    let mut answer = |given: Vec<Verdict>, report: &mut ReplayReport| {
        for verdict in given {
            *report.verdicts.entry(verdict.answer.name()).or_default() += 1;
            if let Some(lines) = &mut verdicts {
                lines.write(&verdict_line(verdict))?;
            }
        }
        Ok::<(), Error>(())
    };
    let mut decisions = match &options.store {
        Some(folder) => Some(Decisions::open(folder, wiring::decisions(config))?),
        None => None,
    };
    let mut findings: Vec<Findings> = Vec::new();
    let mut tell = |settled: Vec<Settled>, report: &mut ReplayReport| {
        for settled in settled {
            for (incident, _) in settled.incidents {
                *report.rows.entry(incident.change).or_default() += 1;
                rows.write(&case_line(incident, &gates))?;
            }
            findings.push(settled.findings);
            if findings.len() >= FINDINGS_BATCH {
                keep(decisions.as_mut(), &mut findings)?;
            }
        }
        Ok::<(), Error>(())
    };
    let mut ground = CommonGround::default();
    let mut report = ReplayReport::default();
    let mut at = Progress::default();
    let visits = visits(config, &options.footage)?;
    let mut book = Book::open(config, &visits);
    let still_to_come = StillToCome::of(&visits);
    let total = observe(config, visits, options.workers, |look| {
        at.visits = look.visits;
        at.visits_total = look.visits_total;
        match look.seen {
            Ok(observation) => {
                report.looks += 1;
                let scene = &mut scenes[look.camera];
                let taken_at = observation.captured_at.at;
                answer(orders.until(look.camera, scene, taken_at), &mut report)?;
                let captured_at = observation.captured_at;
                let incidents = scene.observe(observation);
                book.look(look.camera, look.visits, taken_at, scene.picture_state());
                let judged = scene.ground_look(captured_at, incidents);
                let settled = if scene.shares_ground() {
                    ground.put(judged, Monotonic::default());
                    ground.before(still_to_come.earliest(look.visits).min(taken_at))
                } else {
                    vec![judged.by_itself()]
                };
                let verdicts = scene.verdicts(taken_at, NO_PICTURE);
                tell(settled, &mut report)?;
                at.opened = report
                    .rows
                    .get(&IncidentChange::Opened)
                    .copied()
                    .unwrap_or_default();
                answer(verdicts, &mut report)?;
            }
            Err((reason, cause)) => {
                tracing::warn!(camera = %config.cameras[look.camera].id, "{cause}");
                report.blind.entry(reason).or_insert((0, cause)).0 += 1;
            }
        }
        progress(at);
        Ok::<(), Error>(())
    })?;
    tell(ground.all(), &mut report)?;
    // The footage is over: what still waits gets no more pictures.
    for (camera, scene) in scenes.iter_mut().enumerate() {
        answer(orders.until(camera, scene, Wall(i64::MAX)), &mut report)?;
    }
    keep(decisions.as_mut(), &mut findings)?;
    rows.finish()?;
    if let Some(lines) = verdicts {
        lines.finish()?;
    }
    report.coverage = book.close();
    report.visits = total;
    (at.visits, at.visits_total) = (total, total);
    progress(at);
    Ok(report)
}

/// Looks' findings in one transaction.
const FINDINGS_BATCH: usize = 512;

/// Writes what scenes said, where a record is kept.
fn keep(decisions: Option<&mut Decisions>, findings: &mut Vec<Findings>) -> Result<(), Error> {
    if let Some(decisions) = decisions {
        decisions.write(findings)?;
    }
    findings.clear();
    Ok(())
}

fn visions(
    config: &Config,
    model: &Model,
    workers: usize,
    metrics: &Arc<Metrics>,
) -> Result<Vec<Vision>, Error> {
    // For how long one waits for a vision worker; no look's time is read from it.
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    wiring::visions(config, model, workers, (metrics, &clock), &VisionProgram::own())
}

fn start_workers(
    visions: Vec<Vision>,
    config: &Config,
    jobs: &Receiver<Job>,
    done: &Sender<Done>,
) -> Result<Vec<std::thread::JoinHandle<()>>, Error> {
    let zones: Arc<[Enforced]> = config.cameras.iter().map(wiring::zones).collect();
    let mut handles = Vec::with_capacity(visions.len());
    for (worker, mut vision) in visions.into_iter().enumerate() {
        let (jobs, done, zones) = (jobs.clone(), done.clone(), Arc::clone(&zones));
        handles.push(spawn(&format!("cw-vision-{worker}"), move || {
            for Job {
                number,
                visit,
                camera,
                turn,
                look,
            } in jobs
            {
                // Nothing is in a hurry here, so the tiles are those of the turn.
                let turn = Turn {
                    camera,
                    zones: Arc::clone(&zones[camera]),
                    number: turn,
                    ..Turn::default()
                };
                let observation = look.and_then(|look| {
                    // Footage waits, but not for ever.
                    let _there = (0..STARTS_MAX).any(|_| vision.ready(&never()));
                    vision.observe(look, number, &turn)
                });
                if done
                    .send(Done {
                        number,
                        visit,
                        camera,
                        observation,
                    })
                    .is_err()
                {
                    return;
                }
            }
        })?);
    }
    Ok(handles)
}

/// Tries to start a vision worker in the place of another before a look is given up.
const STARTS_MAX: usize = 4;

/// Reads the visits in order and hands out their looks: the first keyframe of each visit, then one
/// every period of the camera's.
fn read(visits: &[(usize, Visit)], periods: &[Duration], permits: &Receiver<()>, jobs: &Sender<Job>) {
    let mut number = 0;
    let mut turns = vec![0_u64; periods.len()];
    for (index, (camera, visit)) in visits.iter().enumerate() {
        let mut hand_out = |look: Result<Look, Blind>| {
            if permits.recv().is_err() {
                return false;
            }
            let turn = turns[*camera];
            turns[*camera] += u64::from(look.is_ok());
            let sent = jobs
                .send(Job {
                    number,
                    visit: index,
                    camera: *camera,
                    turn,
                    look,
                })
                .is_ok();
            number += 1;
            sent
        };
        let wrong = |cause: curbwatch_ingest::Error| {
            Err(Blind {
                reason: DropReason::Undecodable,
                cause: cause.to_string(),
            })
        };
        let clip = match Clip::open(&visit.file, visit.camera.clone(), visit.start, Mode::Keyframes) {
            Ok(clip) => clip,
            Err(cause) => {
                if !hand_out(wrong(cause)) {
                    return;
                }
                continue;
            }
        };
        let period_ms = i64::try_from(periods[*camera].as_millis()).unwrap_or(i64::MAX);
        let mut next_ms = i64::MIN;
        for unit in clip {
            let look = match unit {
                Ok(unit) if unit.captured_at.at.0 >= next_ms => {
                    next_ms = unit.captured_at.at.0.saturating_add(period_ms);
                    Ok(look_at(unit))
                }
                Ok(_) => continue,
                Err(cause) => wrong(cause),
            };
            let over = look.is_err();
            if !hand_out(look) {
                return;
            }
            if over {
                break;
            }
        }
    }
}

/// In replay nothing is ever late.
fn look_at(unit: AccessUnit) -> Look {
    Look {
        unit,
        why: LookWhy::Routine,
        due: Monotonic::default(),
        deadline: Monotonic(Duration::MAX),
    }
}
