//! Cameras that send no keyframes: every picture of theirs is decoded in its turn, and the newest serves looks as other
//! cameras' keyframes do.
//!
//! For: gradual refresh, keyframes minutes apart. Not for: deciding which camera needs it (`keyless`), or which pictures
//! have something missing: taint comes from `ingest` with each unit. Input: the lanes that receptions fill.
//!
//! It costs a decoder for each camera and all of its pictures instead of one a look, so it is bounded three times: in cameras
//! at a time, in the size of pictures, in CPU time. One thread does it all. A camera over a bound loses its seat and is what it
//! was before: one without pictures, and its state says why.

mod lane;
mod stream;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Select, Sender, TryRecvError, bounded};
use curbwatch_ingest::{Budget, Mode, ModeSwitch, Permit};
use curbwatch_types::{AccessUnit, Clock, DropReason, Monotonic};

use crate::metrics::{Metrics, Stage};
use crate::nudge::Nudge;
use crate::slot::{Put, Slot};
use crate::threads::cpu_time;
pub(crate) use lane::{Lane, Refusal, Taken};
use stream::Stream;

/// Words to the thread that may wait. A nudge that finds no room is not needed: the thread is on its way.
const WORDS_MAX: usize = 256;
/// Longest sleep without a word.
const NAP_MAX: Duration = Duration::from_millis(500);
/// Over which CPU time is added up.
const WINDOW: Duration = Duration::from_secs(10);
/// A lane without a unit for so long gives up its seat: the camera is gone, or is visited now and then.
const IDLE_MAX: Duration = Duration::from_secs(60);

/// What flow may cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FlowOptions {
    /// Cameras at a time; 0 is none.
    pub(crate) cameras_max: usize,
    /// CPU time, as a share of one core.
    pub(crate) cpu_max: f64,
}

/// The way to a seat, for receptions.
#[derive(Debug, Clone)]
pub(crate) struct Flows {
    words: Sender<Word>,
    /// `None`: there are no seats at all.
    seats: Option<Arc<Budget>>,
}

/// A camera's seat, as its reception holds it. The camera leaves when this is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    lane: Arc<Lane>,
    words: Sender<Word>,
}

#[derive(Debug)]
enum Word {
    Begin(Begin),
    /// Units wait in the camera's lane.
    Units,
}

/// What the thread needs to know of a camera.
#[derive(Debug)]
pub(crate) struct Begin {
    pub(crate) index: usize,
    pub(crate) slot: Arc<Slot>,
    pub(crate) switch: ModeSwitch,
    lane: Arc<Lane>,
    _seat: Permit,
}

impl Flows {
    /// Takes a seat; why there is none, in a sentence for an operator.
    pub(crate) fn join(&self, index: usize, slot: &Arc<Slot>, switch: &ModeSwitch) -> Result<Seat, String> {
        let Some(seats) = &self.seats else {
            return Err("decoding every picture is not allowed (`looks.flow_cameras_max` is 0)".to_owned());
        };
        let taken = || {
            format!(
                "all {} places where every picture is decoded are taken (`looks.flow_cameras_max`)",
                seats.max()
            )
        };
        let permit = seats.try_take().ok_or_else(taken)?;
        let lane = Arc::new(Lane::default());
        let begin = Begin {
            index,
            slot: Arc::clone(slot),
            switch: switch.clone(),
            lane: Arc::clone(&lane),
            _seat: permit,
        };
        self.words.try_send(Word::Begin(begin)).map_err(|_| taken())?;
        Ok(Seat {
            lane,
            words: self.words.clone(),
        })
    }
}

impl Seat {
    /// Hands a unit over. Never waits.
    pub(crate) fn take(&self, unit: AccessUnit) -> Taken {
        let taken = self.lane.put(unit);
        if matches!(taken, Taken::First) {
            let _on_its_way = self.words.try_send(Word::Units);
        }
        taken
    }
}

#[cfg(test)]
impl Seat {
    /// As the thread does with a camera that costs too much.
    pub(crate) fn let_go(&self, why: &str) {
        self.lane.refuse(Refusal::Unfit(why.to_owned()));
    }
}

#[cfg(test)]
impl FlowStage {
    /// What the thread does between two rounds.
    pub(crate) fn look_after(&mut self) {
        while let Ok(word) = self.words.try_recv() {
            self.hear(word);
        }
        self.account();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.lane.close();
    }
}

/// The thread.
pub(crate) struct FlowStage {
    options: FlowOptions,
    words: Receiver<Word>,
    cameras: BTreeMap<usize, Member>,
    stop: Receiver<()>,
    nudge: Sender<Nudge>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    window_from: Monotonic,
}

struct Member {
    begun: Begin,
    stream: Stream,
    /// CPU time since the window began.
    cpu: Duration,
    unit_at: Monotonic,
}

impl FlowStage {
    /// The thread's stage, and the way to it. It runs until `stop` is closed.
    pub(crate) fn new(
        options: FlowOptions,
        stop: Receiver<()>,
        nudge: Sender<Nudge>,
        clock: &Arc<dyn Clock>,
        metrics: &Arc<Metrics>,
    ) -> (Self, Flows) {
        let (words, told) = bounded(WORDS_MAX);
        let seats = (options.cameras_max > 0).then(|| Budget::new("flow", options.cameras_max));
        let stage = Self {
            options,
            words: told,
            cameras: BTreeMap::new(),
            stop,
            nudge,
            clock: Arc::clone(clock),
            metrics: Arc::clone(metrics),
            window_from: clock.monotonic(),
        };
        (stage, Flows { words, seats })
    }

    /// Runs until told to stop.
    pub(crate) fn run(mut self) {
        while self.listen() {
            while self.round() {
                while let Ok(word) = self.words.try_recv() {
                    self.hear(word);
                }
                if self.is_over() {
                    return;
                }
                self.account();
            }
            self.account();
        }
    }

    fn is_over(&self) -> bool {
        !matches!(self.stop.try_recv(), Err(TryRecvError::Empty))
    }

    /// Waits for a word; false when it is time to go.
    fn listen(&mut self) -> bool {
        let (words, stop) = (self.words.clone(), self.stop.clone());
        let mut select = Select::new();
        let told = select.recv(&words);
        select.recv(&stop);
        let Ok(operation) = select.select_timeout(NAP_MAX) else {
            return true;
        };
        if operation.index() != told {
            let _closed = operation.recv(&stop);
            return false;
        }
        let Ok(word) = operation.recv(&words) else {
            return false;
        };
        self.hear(word);
        true
    }

    fn hear(&mut self, word: Word) {
        if let Word::Begin(begun) = word {
            let member = Member {
                stream: Stream::default(),
                cpu: Duration::ZERO,
                unit_at: self.clock.monotonic(),
                begun,
            };
            self.cameras.insert(member.begun.index, member);
        }
    }

    /// One unit of each camera that has one, so that none waits for another's backlog; false when there was none.
    fn round(&mut self) -> bool {
        let now = self.clock.monotonic();
        let mut any = false;
        for member in self.cameras.values_mut() {
            let Some(unit) = member.begun.lane.take() else {
                continue;
            };
            any = true;
            member.unit_at = now;
            self.metrics.flow.units.inc();
            let before = cpu_time();
            let wanted = member.begun.slot.is_wanted();
            let shown = member.stream.push(unit, now, wanted);
            let spent = cpu_time().saturating_sub(before);
            member.cpu += spent;
            let micros = u64::try_from(spent.as_micros()).unwrap_or(u64::MAX);
            self.metrics.stage_cpu_micros(Stage::Flow).inc_by(micros);
            match shown {
                // A camera that is back at its keyframes has newer ones.
                Ok(Some(_)) if !member.begun.lane.is_open() => {}
                Ok(None) => {}
                Ok(Some(picture)) => {
                    self.metrics.units.inc();
                    let (put, dropped) = member.begun.slot.put(picture);
                    if let Some(reason) = dropped {
                        self.metrics.units_dropped(reason).inc();
                    }
                    let nudge = Nudge::Picture(member.begun.index);
                    if put == Put::Wanted && self.nudge.try_send(nudge).is_err() {
                        self.metrics.wishes_dropped.inc();
                    }
                }
                Err(stream::Broken::Damaged(cause)) => {
                    tracing::debug!(camera = member.begun.index, "{cause}");
                    self.metrics.units_dropped(DropReason::Undecodable).inc();
                    // What comes next may refer to it: `ingest` is to say when all is well again.
                    member.begun.switch.set(Mode::AllFrames);
                }
                Err(stream::Broken::Unfit(why)) => member.begun.lane.refuse(Refusal::Unfit(why)),
            }
        }
        any
    }

    /// Lets go of those who left, and of the dearest where all together cost more than they may.
    fn account(&mut self) {
        let now = self.clock.monotonic();
        for member in self.cameras.values() {
            if now.since(member.unit_at) >= IDLE_MAX {
                member.begun.lane.refuse(Refusal::Idle);
            }
        }
        let window = now.since(self.window_from);
        if window >= WINDOW {
            let allowed = window.mul_f64(self.options.cpu_max);
            let spent: Duration = self.cameras.values().map(|member| member.cpu).sum();
            let dearest = self.cameras.values().max_by_key(|member| member.cpu);
            if let Some(dearest) = dearest.filter(|_| spent > allowed) {
                let why = format!(
                    "decoding every picture took {:.2} of a core, {:.2} of it for this camera; {:.2} are allowed \
                     (`looks.flow_cpu_max`)",
                    spent.as_secs_f64() / window.as_secs_f64(),
                    dearest.cpu.as_secs_f64() / window.as_secs_f64(),
                    self.options.cpu_max,
                );
                dearest.begun.lane.refuse(Refusal::Unfit(why));
            }
            for member in self.cameras.values_mut() {
                member.cpu = Duration::ZERO;
            }
            self.window_from = now;
        }
        self.cameras.retain(|_, member| member.begun.lane.is_open());
        let count = i64::try_from(self.cameras.len()).unwrap_or(i64::MAX);
        self.metrics.flow.cameras.set(count);
    }
}
