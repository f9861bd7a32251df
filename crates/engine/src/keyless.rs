//! Which of the two roads a camera's pictures take: keyframes alone, or every picture where keyframes do not come.
//!
//! Not for: decoding (`flow`). Input: what reception hears.

use std::sync::Arc;
use std::time::Duration;

use curbwatch_ingest::{Mode, ModeSwitch, Options};
use curbwatch_types::{AccessUnit, CameraState, DropReason, Monotonic};

use crate::flow::{Flows, Refusal, Seat, Taken};
use crate::slot::Slot;

/// Keyframes in a row, none later than half of the patience after the one before, that bring a camera back.
const REGULAR_KEYS: u32 = 4;
/// A camera whose pictures were too dear, or for which there was no seat, waits so long.
const AFTER_REFUSAL: Duration = Duration::from_secs(600);
const AFTER_FULL: Duration = Duration::from_secs(15);

/// What reception does with a unit.
#[derive(Debug)]
pub(crate) enum Step {
    /// It is a keyframe for the slot.
    ToSlot(Box<AccessUnit>),
    /// The flow thread has it.
    InFlow,
    /// So many are given up, for this reason.
    Dropped(DropReason, u64),
    /// The camera has lost its seat, and is back on the road of keyframes.
    Left,
}

/// Which road one camera's pictures take.
#[derive(Debug)]
pub(crate) struct Keyless {
    flows: Flows,
    index: usize,
    slot: Arc<Slot>,
    /// None: keyframes alone, whatever comes.
    switch: Option<ModeSwitch>,
    /// Every picture from the start.
    always: bool,
    /// Without a picture for so long, the camera is one without keyframes.
    patience: Duration,
    seat: Option<Seat>,
    key_at: Option<Monotonic>,
    regular: u32,
    /// Pictures do not come, though packets do.
    starving: bool,
    not_before: Monotonic,
    /// Why it has no seat.
    why: Option<String>,
}

impl Keyless {
    pub(crate) fn new(flows: Flows, index: usize, slot: Arc<Slot>, options: &Options) -> Self {
        Self {
            flows,
            index,
            slot,
            switch: options.switch.clone(),
            always: options.mode == Mode::AllFrames,
            patience: options.bounds.no_picture,
            seat: None,
            key_at: None,
            regular: 0,
            starving: false,
            not_before: Monotonic::default(),
            why: None,
        }
    }

    /// Whether every picture is decoded.
    pub(crate) fn is_flow(&self) -> bool {
        self.seat.is_some()
    }

    /// Reception is in this state now. Answers as [`Self::tick`] does.
    pub(crate) fn state(&mut self, state: CameraState, now: Monotonic) -> Option<String> {
        self.starving = state == CameraState::NoPicture;
        self.tick(now)
    }

    /// Time has passed. A camera without pictures gets a seat in flow if there is one; if not, the answer says why.
    pub(crate) fn tick(&mut self, now: Monotonic) -> Option<String> {
        if !self.starving || self.seat.is_some() {
            return None;
        }
        self.join(now);
        let why = self.why.as_ref()?;
        Some(format!(
            "no keyframe came for {} s though packets do, and {why}",
            self.patience.as_secs()
        ))
    }

    fn join(&mut self, now: Monotonic) {
        let Some(switch) = self.switch.as_ref().filter(|_| now >= self.not_before) else {
            return;
        };
        match self.flows.join(self.index, &self.slot, switch) {
            Ok(seat) => {
                switch.set(Mode::AllFrames);
                self.seat = Some(seat);
                self.regular = 0;
                self.why = None;
            }
            Err(why) => {
                if switch.mode() == Mode::AllFrames {
                    switch.set(Mode::Keyframes);
                }
                self.not_before = now.plus(AFTER_FULL);
                self.why = Some(why);
            }
        }
    }

    /// Why it has lost its seat, for its operator, who reads elsewhere that every picture is decoded.
    pub(crate) fn left(&self) -> Option<String> {
        let why = self.why.as_ref()?;
        Some(format!("its pictures are no longer decoded one and all: {why}"))
    }

    /// A unit came.
    pub(crate) fn step(&mut self, unit: AccessUnit, now: Monotonic) -> Step {
        if self.seat.is_none() && self.always {
            self.join(now);
        }
        let (Some(seat), Some(switch)) = (&self.seat, &self.switch) else {
            return if unit.keyframe {
                Step::ToSlot(Box::new(unit))
            } else {
                // The word to send keyframes alone is on its way.
                Step::InFlow
            };
        };
        if unit.keyframe {
            let since = self.key_at.replace(now).map(|before| now.since(before));
            let soon = since.is_some_and(|since| since <= self.patience / 2);
            self.regular = if soon { self.regular + 1 } else { 0 };
            if self.regular >= REGULAR_KEYS && !self.always {
                switch.set(Mode::Keyframes);
                self.seat = None;
                return Step::ToSlot(Box::new(unit));
            }
        }
        match seat.take(unit) {
            Taken::Kept | Taken::First => Step::InFlow,
            Taken::GivenUp(count) => {
                switch.set(Mode::AllFrames);
                Step::Dropped(DropReason::Overload, count)
            }
            Taken::Unjoined => Step::Dropped(DropReason::Overload, 1),
            Taken::Refused(refusal) => {
                switch.set(Mode::Keyframes);
                self.seat = None;
                if let Refusal::Unfit(why) = refusal {
                    self.not_before = now.plus(AFTER_REFUSAL);
                    self.why = Some(why);
                }
                Step::Left
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use curbwatch_types::{Clock, SystemClock, Taint};

    use super::*;
    use crate::flow::{FlowOptions, FlowStage};
    use crate::metrics::Metrics;
    use crate::testing::keyframe;

    const SECS: fn(u64) -> Monotonic = |secs| Monotonic::default().plus(Duration::from_secs(secs));

    /// Keylesss of so many cameras, with seats for one; nobody decodes.
    fn roads(cameras: usize, pictures: Mode) -> (FlowStage, Vec<Keyless>) {
        let metrics = Arc::new(Metrics::new().expect("names are valid and unique"));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let (_never, stop) = crossbeam_channel::bounded(0);
        let (nudge, _nudges) = crossbeam_channel::bounded(1);
        let options = FlowOptions {
            cameras_max: 1,
            cpu_max: 1.0,
        };
        let (stage, flows) = FlowStage::new(options, stop, nudge, &clock, &metrics);
        let road = |index| {
            let switch = ModeSwitch::default();
            switch.set(pictures);
            let options = Options {
                mode: pictures,
                switch: Some(switch),
                ..Options::default()
            };
            Keyless::new(flows.clone(), index, Arc::default(), &options)
        };
        (stage, (0..cameras).map(road).collect())
    }

    fn mode(road: &Keyless) -> Mode {
        road.switch.as_ref().expect("a switch").mode()
    }

    #[test]
    fn a_camera_without_pictures_gets_a_seat_and_comes_back_when_keyframes_are_regular() {
        let (_stage, mut roads) = roads(1, Mode::Keyframes);
        let road = &mut roads[0];
        assert!(road.state(CameraState::Live, SECS(0)).is_none() && !road.is_flow());
        assert!(matches!(road.step(keyframe("a", 1), SECS(1)), Step::ToSlot(_)));
        assert_eq!(road.state(CameraState::NoPicture, SECS(40)), None);
        assert!(road.is_flow() && mode(road) == Mode::AllFrames);
        // Two minutes apart, they are not regular; then they are, but for one.
        for (at, flows) in [
            (160, true),
            (280, true),
            (285, true),
            (290, true),
            (330, true),
            (340, true),
            (350, true),
            (360, true),
            (370, false),
        ] {
            let step = road.step(keyframe("a", at), SECS(at as u64));
            assert_eq!(road.is_flow(), flows, "{at}");
            assert_eq!(matches!(step, Step::ToSlot(_)), !flows, "{at}");
        }
        assert_eq!(mode(road), Mode::Keyframes);
    }

    #[test]
    fn who_finds_no_seat_is_told_and_gets_the_next() {
        let (mut stage, mut roads) = roads(2, Mode::Keyframes);
        assert_eq!(roads[0].state(CameraState::NoPicture, SECS(30)), None);
        let why = roads[1].state(CameraState::NoPicture, SECS(31)).expect("no seat");
        assert!(
            why.contains("no keyframe came for 30 s") && why.contains("all 1 places"),
            "{why}"
        );
        assert_eq!(mode(&roads[1]), Mode::Keyframes);
        roads.remove(0);
        let other = &mut roads[0];
        stage.look_after();
        assert!(other.tick(SECS(40)).is_some(), "it does not ask every second");
        assert_eq!(other.tick(SECS(50)), None);
        assert!(other.is_flow());
    }

    #[test]
    fn a_camera_that_is_too_dear_waits_and_a_backlog_joins_anew() {
        let (_stage, mut roads) = roads(1, Mode::AllFrames);
        let road = &mut roads[0];
        let unit = |taint| AccessUnit {
            keyframe: false,
            taint,
            ..keyframe("a", 1)
        };
        assert!(matches!(road.step(unit(Taint::Clean), SECS(1)), Step::InFlow));
        let before = road.switch.clone().expect("a switch");
        let given_up = (0..1000).find_map(|_| match road.step(unit(Taint::Clean), SECS(1)) {
            Step::Dropped(DropReason::Overload, count) => Some(count),
            _ => None,
        });
        assert!(given_up.is_some_and(|count| count > 100), "{given_up:?}");
        assert_eq!(before.mode(), Mode::AllFrames);

        let seat = road.seat.as_ref().expect("a seat");
        seat.let_go("too dear");
        assert!(matches!(
            road.step(unit(Taint::NoRandomAccess), SECS(2)),
            Step::Left
        ));
        assert!(!road.is_flow() && mode(road) == Mode::Keyframes);
        assert!(road.left().is_some_and(|why| why.contains("too dear")));
        let why = road.state(CameraState::NoPicture, SECS(40)).expect("a reason");
        assert!(why.contains("too dear"), "{why}");
    }
}
