//! Replay: footage through the same stages as live cameras, as fast as the machine allows.
//!
//! Event time comes from the footage manifest, never from a clock, so the rows are a function of
//! footage, configuration and model alone: one reader hands out numbered looks, any number of workers
//! see them, and one collector puts the observations back in order before the scenes take them.

mod orders;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, never};
use curbwatch_case::{CaseChange, Coverage, Decisions, RecheckAnswer, case_row, verdict_row};
use curbwatch_config::Config;
use curbwatch_infer::Model;
use curbwatch_ingest::footage::{self, Visit};
use curbwatch_ingest::{Clip, Mode};
use curbwatch_scene::{CameraScene, PictureState, Settled};
use curbwatch_types::{
    AccessUnit, BlindCause, CameraId, Clock, DropReason, Findings, Incident, IncidentChange, Look, LookWhy,
    Monotonic, Observation, SystemClock, Verdict, Wall,
};

use crate::Error;
use crate::board::why;
use crate::coverage::Watched;
use crate::gates::Gates;
use crate::ground::CommonGround;
use crate::metrics::Metrics;
use crate::replay::orders::{NO_PICTURE, Orders};
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
    mut each: impl FnMut(FootageLook) -> Result<(), E>,
) -> Result<usize, E> {
    let visits = footage::read_manifest(footage).map_err(Error::from)?;
    let cameras = camera_indexes(config, footage, &visits)?;
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
    let reader = {
        let visits: Vec<(usize, Visit)> = cameras.iter().copied().zip(visits).collect();
        spawn("cw-footage", move || read(&visits, &periods, &permits, &job))?
    };

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
    let mut book = Book::open(config, &options.footage)?;
    let still_to_come = StillToCome::of(&options.footage)?;
    let total = observe_footage(config, &options.footage, options.workers, |look| {
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

/// The index in the configuration of each visit's camera.
fn camera_indexes(config: &Config, manifest: &Path, visits: &[Visit]) -> Result<Vec<usize>, Error> {
    let known: HashMap<&CameraId, usize> = config
        .cameras
        .iter()
        .enumerate()
        .map(|(i, camera)| (&camera.id, i))
        .collect();
    visits
        .iter()
        .map(|visit| {
            known
                .get(&visit.camera)
                .copied()
                .ok_or_else(|| Error::UnknownCamera {
                    manifest: manifest.to_owned(),
                    line: visit.line,
                    camera: visit.camera.to_string(),
                })
        })
        .collect()
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

/// When the visits begin: what is judged of shared ground waits for whatever was taken earlier and is read later.
struct StillToCome(Vec<Wall>);

impl StillToCome {
    fn of(manifest: &Path) -> Result<Self, Error> {
        let mut earliest = Wall(i64::MAX);
        let visits = footage::read_manifest(manifest)?;
        let from_the_end = visits.iter().rev().map(|visit| {
            earliest = earliest.min(visit.start);
            earliest
        });
        let mut starts: Vec<Wall> = from_the_end.collect();
        starts.reverse();
        Ok(Self(starts))
    }

    /// The earliest begin of a visit after the one with so many before it.
    fn earliest(&self, visits: usize) -> Wall {
        self.0.get(visits + 1).copied().unwrap_or(Wall(i64::MAX))
    }
}

/// How the cameras were watched: the ledger of a replay, kept in memory.
struct Book {
    from: Wall,
    until: Wall,
    pages: BTreeMap<usize, Page>,
}

/// One camera's.
struct Page {
    camera: CameraId,
    watched: Watched,
    /// Visit and time of the latest look.
    latest: (usize, Wall),
}

impl Book {
    /// A page for every camera of the manifest, from its first visit on.
    fn open(config: &Config, manifest: &Path) -> Result<Self, Error> {
        let visits = footage::read_manifest(manifest)?;
        let cameras = camera_indexes(config, manifest, &visits)?;
        let from = visits.iter().map(|visit| visit.start).min().unwrap_or_default();
        let page = |&index: &usize| {
            let camera = &config.cameras[index];
            let every = Duration::from_secs_f64(camera.look_every_secs);
            let mut watched = Watched::unvisited(camera.id.clone(), every, from);
            watched.stands(Some(UNVISITED), from);
            let page = Page {
                camera: camera.id.clone(),
                watched,
                latest: (usize::MAX, from),
            };
            (index, page)
        };
        Ok(Self {
            from,
            until: from,
            pages: cameras.iter().map(page).collect(),
        })
    }

    fn look(&mut self, camera: usize, visit: usize, at: Wall, judged: PictureState) {
        let Some(page) = self.pages.get_mut(&camera) else {
            return;
        };
        if page.latest.0 != visit {
            page.watched.stands(Some(UNVISITED), page.latest.1);
        }
        page.latest = (visit, at);
        self.until = self.until.max(at);
        if let Some(cause) = BlindCause::of(judged.state) {
            page.watched.stands(Some((cause, judged.why.map_or("", why))), at);
        } else {
            page.watched.usable(at);
            page.watched.stands(Some(UNVISITED), at);
        }
    }

    fn close(self) -> Vec<Coverage> {
        let (from, until) = (self.from, self.until);
        let pages = self.pages.into_values().map(|mut page| {
            page.watched.stands(Some(UNVISITED), page.latest.1);
            page.watched.close(until);
            let mut blind_millis = BTreeMap::new();
            let intervals: BTreeMap<Wall, _> = page.watched.drain().map(|row| (row.from, row)).collect();
            for row in intervals.values() {
                *blind_millis.entry(row.cause).or_default() += row.millis();
            }
            Coverage {
                camera: page.camera,
                from,
                until,
                blind_millis,
                intervals: intervals.into_values().collect(),
            }
        });
        pages.collect()
    }
}

const UNVISITED: (BlindCause, &str) = (BlindCause::Unvisited, "no footage of it");

/// A row of the case file.
fn case_line(incident: Incident, gates: &Gates) -> String {
    let emitted_at = incident.decided_at.at;
    case_row(&CaseChange {
        measured: gates.measured(incident.class),
        gate: gates.gate(incident.class),
        incident,
        evidence: None,
        emitted_at,
        appearance: None,
    })
}

/// A row of the verdict file.
fn verdict_line(verdict: Verdict) -> String {
    let emitted_at = verdict.decided_at.at;
    verdict_row(&RecheckAnswer {
        verdict,
        evidence: None,
        filed_with: None,
        emitted_at,
    })
}

/// An output: written beside, renamed when complete.
struct Lines {
    path: PathBuf,
    partial: PathBuf,
    file: BufWriter<File>,
}

impl Lines {
    fn create(path: &Path) -> Result<Self, Error> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let file = File::create(&partial).map_err(|cause| Error::Output {
            path: partial.clone(),
            cause,
        })?;
        Ok(Self {
            path: path.to_owned(),
            partial,
            file: BufWriter::new(file),
        })
    }

    fn write(&mut self, line: &str) -> Result<(), Error> {
        writeln!(self.file, "{line}").map_err(|cause| Error::Output {
            path: self.partial.clone(),
            cause,
        })
    }

    fn finish(self) -> Result<(), Error> {
        let Self { path, partial, file } = self;
        let output = |cause| Error::Output {
            path: path.clone(),
            cause,
        };
        let file = file.into_inner().map_err(|e| output(e.into_error()))?;
        file.sync_all().map_err(output)?;
        std::fs::rename(&partial, &path).map_err(output)
    }
}
