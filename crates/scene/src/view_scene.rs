//! What one camera's scene knows of one view: places, groups, the ground, what it looked like before, and the orders that
//! wait there. Takes the looks that show the view, and decides.
//!
//! Not for: which view a picture shows, and whether it may judge anything (`camera_scene`, `judge_picture`).

use std::cell::LazyCell;

use curbwatch_types::{
    BBox, CameraId, Detection, Incident, Inconclusive, LookWhy, Observation, Point, ViewId, Wall, Zone,
    ZoneId,
};

use crate::anchor::{Anchor, Away, Match, Occupancy};
use crate::boxes::Boxes;
use crate::flash::Flash;
use crate::ground::Ground;
use crate::group::Group;
use crate::look_times::LookTimes;
use crate::now::Now;
use crate::recheck::Desk;
use crate::record::{Record, Told};
use crate::registration::Registration;
use crate::rule::Rule;
use crate::rules::{GROUP_RULES, ILLEGAL_MOTOR_PARKING};
use crate::sharpness::Sharpness;
use crate::sighting::{Seen, Sighting, sort_out, strongest};
use crate::surroundings::Surroundings;
use crate::tuned::{Resolve, Tuned, counted_from};
use crate::verdict::Bench;
use crate::wanted::Wanted;
use crate::watch::Watch;
use crate::witness::Witness;
use crate::zone_map::ZoneMap;
use crate::{Homography, OpenIncident, Options, Reference, RuleOptions};

/// Surer than any place can be of a thing that nobody followed there.
const FOLLOWED: f32 = 2.0;

/// Numbers of places that a view may use up.
const PLACES_OF_A_VIEW: u64 = 1 << 32;

/// The scene of one view.
#[derive(Debug)]
pub(crate) struct ViewScene {
    pub(crate) camera: CameraId,
    pub(crate) zones: ZoneMap,
    pub(crate) options: Options,
    /// The parameters of `illegal_motor_parking`.
    parking: Tuned<RuleOptions>,
    pub(crate) rule: &'static Rule,
    pub(crate) anchors: Vec<Anchor>,
    /// Its number among the camera's views, from which its places are numbered.
    pub(crate) slot: u64,
    pub(crate) next_id: u64,
    /// The rules about groups that have a zone here, in the order of precedence.
    pub(crate) watches: Vec<Watch>,
    pub(crate) ground: Ground,
    /// Where a rule about groups has a zone.
    pub(crate) witness: Option<Witness>,
    pub(crate) registration: Registration,
    /// How sharp and how bright it is, and whether the latest look at it was in infrared.
    pub(crate) sharpness: Sharpness,
    pub(crate) flash: Flash,
    pub(crate) infrared: bool,
    /// What finds the view in infrared while it is seen in colour, and the other way round.
    pub(crate) other_light: Option<Registration>,
    /// Where the content of the latest picture that showed the view lies against the view, relative.
    pub(crate) offset: Point,
    /// The picture that was stored of it.
    pub(crate) reference: Option<u64>,
    /// The latest look that showed it.
    pub(crate) seen_at: Option<Wall>,
    /// When it was looked at, where its ground is shared.
    pub(crate) looked: LookTimes,
    /// The first of the latest looks that showed nothing of the view.
    pub(crate) blind_since: Option<Wall>,
    /// Re-check orders and what they may be about.
    pub(crate) desk: Desk,
    /// What was said of the places.
    pub(crate) told: Told,
    pub(crate) detections_dropped: u64,
    pub(crate) anchors_over_bound: u64,
}

impl ViewScene {
    /// One that has seen nothing. Of `zones` those of the view are kept; `slot` is its number among the camera's views.
    pub(crate) fn new(
        camera: CameraId,
        (view, slot): (Option<ViewId>, u64),
        zones: Vec<Zone>,
        options: Options,
        reference: Option<Reference>,
    ) -> Self {
        let zones = ZoneMap::new(view, zones, &options.zones, &options.permits);
        let here = GROUP_RULES.into_iter().filter(|rule| zones.concerns(&rule.rule));
        let watches: Vec<Watch> = here.filter_map(|rule| Watch::new(rule, &options)).collect();
        let mut scene = Self {
            camera,
            zones,
            witness: (!watches.is_empty()).then(Witness::default),
            watches,
            ground: Ground::default(),
            parking: options.tuned_parking(),
            options,
            rule: &ILLEGAL_MOTOR_PARKING,
            anchors: Vec::new(),
            slot,
            next_id: 0,
            reference: reference.as_ref().map(|reference| reference.digest),
            registration: reference.map_or_else(Registration::default, |r| Registration::stored(r.field)),
            sharpness: Sharpness::default(),
            flash: Flash::default(),
            infrared: false,
            other_light: None,
            offset: Point::default(),
            seen_at: None,
            looked: LookTimes::default(),
            blind_since: None,
            desk: Desk::default(),
            told: Told::default(),
            detections_dropped: 0,
            anchors_over_bound: 0,
        };
        scene.number_from(slot);
        scene
    }

    /// Numbers its places apart from those of the camera's other views, before there are any.
    pub(crate) fn number_from(&mut self, slot: u64) {
        (self.slot, self.next_id) = (slot, slot * PLACES_OF_A_VIEW);
        for watch in &mut self.watches {
            watch.next_id = self.next_id;
        }
        self.told = Told::numbered_from(self.next_id);
    }

    /// Takes a look that shows the view, `since_last_ms` after the one before; answers with what it decided.
    pub(crate) fn judge(
        &mut self,
        mut observation: Observation,
        since_last_ms: i64,
        record: &mut Record,
    ) -> Vec<Incident> {
        let (at, offset) = (observation.captured_at.at, self.offset);
        self.seen_at = Some(at);
        if self.options.shared().is_some() {
            self.looked.note(at);
        }
        self.see_again(at);
        self.desk.expire(at, Inconclusive::NoPicture);
        self.zones.turn_to(at);
        let detections = std::mem::take(&mut observation.detections);
        let keep = self.parking.all().map(|o| o.keep_score_min).fold(1.0, f32::min);
        let weakest = self
            .watches
            .iter()
            .flat_map(|w| w.options.all())
            .map(|o| o.keep_score_min)
            .fold(keep, f32::min);
        let (strongest, dropped) = strongest(detections, weakest, self.options.detections_max);
        self.detections_dropped += dropped;
        let view = self.zones.view().cloned();
        let mut witness = self.witness.take();
        if let Some(witness) = &mut witness {
            witness.remember(at, offset, self.infrared, &observation.thumbnail);
        }
        let now = Now {
            at: observation.captured_at,
            offset,
            view: view.as_ref(),
            observation: &observation,
            witness: witness.as_ref(),
            since_last_ms,
        };
        self.feed_groups(&strongest, &now);
        let seen = self.vehicles(strongest.clone(), &now, |options| options.keep_score_min);
        if self.desk.is_asked() {
            // Of a place that is only remembered nothing is known that a weak detection could be.
            let surely = self.vehicles(strongest.clone(), &now, |options| options.start_score_min);
            self.desk.read_remembered(&self.anchors, &surely, &now);
        }
        self.feed(&seen, &now);
        self.desk.read_anchors(&self.anchors, &now);
        let mut incidents = self.decide(&now);
        self.decide_groups(&now, &mut incidents);
        self.take_down(&strongest, &now, record);
        self.witness = witness;
        incidents
    }

    /// What the look showed to the rule about vehicles, of at least the score that the place's parameters have for it.
    fn vehicles(
        &self,
        strongest: Vec<Detection>,
        now: &Now,
        score_min: impl Fn(&RuleOptions) -> f32,
    ) -> Seen {
        let least = self.parking.all().map(&score_min).fold(1.0, f32::min);
        let mut seen = sort_out(
            self.rule,
            strongest,
            least,
            now.offset,
            &now.observation.thumbnail,
        );
        if !self.parking.is_uniform() {
            let weak = |s: &Sighting| s.score.get() < score_min(self.rule_at(s.bbox.ground_contact()));
            seen.subjects.retain(|sighting| !weak(sighting));
        }
        seen
    }

    /// Blind time ends: in it no place was seen empty.
    fn see_again(&mut self, now: Wall) {
        let Some(since) = self.blind_since.take() else {
            return;
        };
        let blind_ms = now.millis_since(since);
        for anchor in &mut self.anchors {
            anchor.was_blind(blind_ms);
        }
        for group in self.watches.iter_mut().flat_map(|watch| &mut watch.groups) {
            group.was_blind(blind_ms);
        }
    }

    /// The look shows nothing of the view, for that reason: what waits for one learns why.
    pub(crate) fn is_blind(&mut self, observation: &Observation, reason: Inconclusive) {
        let at = observation.captured_at.at;
        self.blind_since = self.blind_since.or(Some(at));
        self.desk.expire(at, Inconclusive::NoPicture);
        self.desk.note_blind(observation, reason);
    }

    /// Gives the look to every rule about groups; what one takes the next does not get.
    fn feed_groups(&mut self, strongest: &[Detection], now: &Now) {
        if self.watches.is_empty() {
            return;
        }
        let back = Point::new(-now.offset.x, -now.offset.y);
        let boxes: Vec<BBox> = strongest.iter().map(|d| d.bbox.moved(back)).collect();
        let teachers = strongest
            .iter()
            .zip(&boxes)
            .map(|(d, bbox)| (d.class, d.score.get(), bbox));
        self.ground.learn(now.observation.size, teachers);
        let look = Surroundings::of(strongest, now.offset, &self.ground, &self.zones);
        let mut claimed = vec![false; look.things.len()];
        for watch in &mut self.watches {
            watch.feed(&look, &mut claimed, now);
        }
        self.desk.read_groups(&self.watches, &look, now);
    }

    fn decide_groups(&mut self, now: &Now, incidents: &mut Vec<Incident>) {
        let bench = Bench {
            camera: &self.camera,
            zones: &self.zones,
            now,
            shared: self.options.shared(),
        };
        for i in 0..self.watches.len() {
            let (before, rest) = self.watches.split_at_mut(i);
            let Some((watch, after)) = rest.split_first_mut() else {
                return;
            };
            let marked = |before: bool| move |group| (before, group);
            let others: Vec<(bool, &Group)> = before
                .iter()
                .flat_map(|w| &w.groups)
                .map(marked(true))
                .chain(after.iter().flat_map(|w| &w.groups).map(marked(false)))
                .collect();
            incidents.extend(watch.decide(&bench, &others));
            for (key, memory) in watch.ended.drain(..) {
                self.desk
                    .remember_group(key, watch.rule.rule.class, memory, now.at.at);
            }
        }
    }

    /// Whether a vehicle is a vendor's stand, and his case.
    pub(crate) fn is_a_stand(&self, place: &BBox) -> bool {
        self.watches
            .iter()
            .flat_map(Watch::vehicles)
            .any(|vehicle| vehicle.iou(place) >= 0.5)
    }

    pub(crate) fn ground_from_image(&self) -> Option<&Homography> {
        self.options.ground_from_image.as_ref()
    }

    /// The parameters of vehicles where nothing is said of the zone.
    pub(crate) fn rule_options(&self) -> &RuleOptions {
        self.parking.everywhere()
    }

    /// The parameters of vehicles that stand on this ground.
    fn rule_at(&self, contact: Point) -> &RuleOptions {
        let find = || self.zones.enforced(self.rule, contact).map(|zone| &zone.id);
        self.parking.of(find)
    }

    /// The parameters of vehicles in a zone.
    pub(crate) fn parking_in(&self, zone: &ZoneId) -> &RuleOptions {
        self.parking.in_zone(zone)
    }

    /// The parameters of a place: those of its incident's zone, else of the ground.
    pub(crate) fn rule_of(&self, anchor: &Anchor) -> &RuleOptions {
        match &anchor.opened {
            Some(opened) => self.parking.in_zone(&opened.zone),
            None => self.rule_at(anchor.foot),
        }
    }

    /// Gives each sighting to its anchor, tells the other anchors what the look said of them, and
    /// makes anchors of what is new.
    fn feed(&mut self, seen: &Seen, now: &Now) {
        self.forget(now.at.at);
        let follows = self.road(now).is_some();
        // Who is followed is never away.
        let ms = |secs: u32| if follows { 0 } else { i64::from(secs) * 1000 };
        let away = Away {
            other_ms: ms(self.rule_options().stationary_secs),
            empty_ms: ms(self.rule_options().vacant_secs),
        };
        let mut subjects = Boxes::with_capacity(seen.subjects.len());
        for sighting in &seen.subjects {
            subjects.push(sighting.bbox);
        }
        let mut pairs = Vec::new();
        let mut another = vec![false; self.anchors.len()];
        for (a, anchor) in self.anchors.iter().enumerate() {
            if follows && anchor.may_have_changed_hands(now.at.at) {
                continue;
            }
            let followed = follows && anchor.is_fresh(now.at.at);
            let luma = &now.observation.thumbnail;
            let otherwise =
                LazyCell::new(|| anchor.looks_otherwise(now.at.at, away.other_ms, now.offset, luma));
            let reach = anchor.reach();
            if !subjects.touch(&reach) {
                continue; // nearly all of them
            }
            for (s, sighting) in seen.subjects.iter().enumerate() {
                if reach.intersection(&sighting.bbox) <= 0.0 {
                    continue;
                }
                let otherwise = || !seen.hide(&anchor.last, sighting) && *otherwise;
                let sure = match anchor.compare(sighting, followed, (now.at.at, away), otherwise) {
                    Match::Same(sure) => sure,
                    Match::Other => {
                        another[a] |= anchor.is_filled_by(sighting);
                        continue;
                    }
                    Match::Apart => continue,
                };
                // An open incident keeps its thing against a passing claim.
                let sure = match anchor.opened {
                    Some(_) if follows => sure + 0.1,
                    // A box that strayed once makes a place beside it; that one must not win it over.
                    Some(_) => sure + 0.25,
                    None => sure,
                };
                // What is followed is no other place's returning thing.
                let sure = if followed { sure + FOLLOWED } else { sure };
                pairs.push((sure, a, s));
            }
        }
        pairs.sort_by(|p, q| q.0.total_cmp(&p.0).then(p.1.cmp(&q.1)).then(p.2.cmp(&q.2)));
        let mut sighting_of = vec![None; self.anchors.len()];
        let mut anchor_of = vec![None; seen.subjects.len()];
        for (_, a, s) in pairs {
            if sighting_of[a].is_none() && anchor_of[s].is_none() {
                sighting_of[a] = Some(s);
                anchor_of[s] = Some(a);
            }
        }
        let history_max = self.options.history_max;
        let mut departed = Vec::new();
        let came: Vec<Wall> = self.anchors.iter().map(|anchor| anchor.first_seen.at).collect();
        let mut anchors = std::mem::take(&mut self.anchors);
        for ((anchor, s), another) in anchors.iter_mut().zip(&sighting_of).zip(another) {
            if let Some(s) = *s {
                let sighting = seen.subjects[s].clone();
                let shot = now.shot(&sighting);
                if self.drives_off(anchor, &sighting.bbox, seen, now) {
                    departed.push(anchor.depart(self.next_id, sighting, now.at, shot));
                    self.next_id += 1;
                    anchor.miss(now.at.at, Occupancy::Absent, history_max);
                } else {
                    anchor.has_foot = anchor.has_foot || !seen.hides_foot(&sighting.bbox);
                    anchor.see(sighting, now.at, shot, history_max);
                }
            } else {
                let newcomer = |s: usize| anchor_of[s].is_none_or(|a: usize| came[a] > anchor.last_seen.at);
                // What was seen once, without its foot, may be a part of what may stand where it stands.
                let may_stand = |of: &Sighting| self.zones.enforced(self.rule, of.foot).is_none();
                let hardly_seen = anchor.present_looks == 1 && !anchor.has_foot;
                let another = another || (hardly_seen && seen.wholes(&anchor.last).any(may_stand));
                let occupancy = if another && anchor.opened.is_none() {
                    Occupancy::Absent
                } else if self.is_shown_in_part(anchor, seen, newcomer, now) {
                    Occupancy::Unknown
                } else {
                    anchor.unshown(seen, now)
                };
                anchor.miss(now.at.at, occupancy, history_max);
            }
        }
        self.anchors = anchors;
        for anchor in departed {
            if self.anchors.len() < self.options.anchors_max || self.make_room(now.at.at) {
                self.anchors.push(anchor);
            }
        }
        for (s, sighting) in seen.subjects.iter().enumerate() {
            let start = self.rule_at(sighting.bbox.ground_contact()).start_score_min;
            if anchor_of[s].is_none() && sighting.score.get() >= start {
                self.add(sighting.clone(), !seen.hides_foot(&sighting.bbox), now);
            }
        }
    }

    /// A new place, where the rule holds; elsewhere nothing can come of it.
    fn add(&mut self, sighting: Sighting, has_foot: bool, now: &Now) {
        if self.zones.enforced(self.rule, sighting.foot).is_none() {
            return;
        }
        if self.anchors.len() >= self.options.anchors_max && !self.make_room(now.at.at) {
            return;
        }
        let shot = now.shot(&sighting);
        let mut anchor = Anchor::new(self.next_id, sighting, now.at, shot);
        anchor.has_foot = has_foot;
        if let Some(road) = self.road(now) {
            anchor
                .motion
                .step(now.at.at, &anchor.last, road.aspect, !has_foot);
        }
        self.anchors.push(anchor);
        self.next_id += 1;
    }

    /// Drops the anchor of least worth to make room: never one with an open incident nor one seen at
    /// `now`; least recently seen first, then the one that has stood for the shortest time. `false`
    /// when there is none, and the newcomer is left out.
    fn make_room(&mut self, now: Wall) -> bool {
        self.anchors_over_bound += 1;
        let least = self
            .anchors
            .iter()
            .enumerate()
            .filter(|(_, anchor)| anchor.opened.is_none() && anchor.last_seen.at < now)
            .min_by_key(|(_, anchor)| (anchor.last_seen.at, anchor.stood_millis(), anchor.id))
            .map(|(i, _)| i);
        least.map(|i| self.anchors.remove(i)).is_some()
    }

    /// See [`crate::CameraScene::next_due`]; `last_at` is the latest look.
    pub(crate) fn next_due(&self, last_at: Option<Wall>) -> Option<Wanted> {
        let due_at = |anchor: &Anchor| {
            let options = self.rule_of(anchor);
            if let Some(since) = anchor.vacant_since() {
                return anchor
                    .opened
                    .as_ref()
                    .map(|_| since.plus_millis(i64::from(options.vacant_secs) * 1000));
            }
            if anchor.opened.is_some() || anchor.best_score.get() < options.open_score_min {
                return None;
            }
            let force = self.zones.force(self.rule, anchor.foot).ok()?;
            let options = self.parking.in_zone(&force.zone.id);
            let dwell_secs = options.dwell_secs_in(force.zone).max(options.stationary_secs);
            let from = counted_from(anchor.first_seen.at, force.since);
            Some(from.plus_millis(i64::from(dwell_secs) * 1000))
        };
        let due = |anchor: &Anchor| {
            Some(Wanted {
                at: due_at(anchor)?,
                place: anchor.last,
                why: LookWhy::Due,
            })
        };
        self.anchors
            .iter()
            .filter_map(due)
            .chain(self.watches.iter().flat_map(|w| w.next_due(&self.zones)))
            .chain(self.desk.next_due(last_at))
            .filter(|wanted| Some(wanted.at) > last_at)
            .min_by_key(|wanted| wanted.at)
            .map(|wanted| Wanted {
                place: wanted.place.moved(self.offset),
                ..wanted
            })
    }

    /// Incidents of this view that have opened and not ended.
    pub(crate) fn open_incidents(&self) -> Vec<OpenIncident> {
        let shared = self.options.shared();
        let plain = |anchor: &Anchor| {
            let opened = anchor.opened.clone()?;
            Some(OpenIncident {
                key: opened.key,
                class: self.rule.class,
                view: opened.view,
                zone: opened.zone,
                bbox: anchor.last.moved(self.offset),
                first_seen: anchor.first_seen,
                due: opened.due,
                last_seen: anchor.last_seen,
                present_looks: anchor.present_looks,
                best_score: anchor.best_score,
                supersedes: anchor.supersedes.clone(),
                also: opened.also,
                appearance: anchor.appearance.clone(),
                ground: shared.and_then(|s| s.place(self.rule.class, anchor.foot, &anchor.place)),
            })
        };
        let mut open: Vec<OpenIncident> = self.anchors.iter().filter_map(plain).collect();
        for watch in &self.watches {
            let class = watch.rule.rule.class;
            let groups = watch.groups.iter();
            open.extend(groups.filter_map(|g| g.open_incident(class, self.offset, shared)));
        }
        open
    }

    /// See [`crate::CameraScene::adopt`].
    pub(crate) fn adopt(&mut self, open: Vec<OpenIncident>) {
        let back = Point::new(-self.offset.x, -self.offset.y);
        for incident in open {
            let of_class = |w: &&mut Watch| w.rule.rule.class == incident.class;
            if let Some(watch) = self.watches.iter_mut().find(of_class) {
                let hull = incident.bbox.moved(back);
                watch.adopt(hull, incident);
                continue;
            }
            if incident.class != self.rule.class {
                continue;
            }
            let bbox = incident.bbox.moved(back);
            let known = |anchor: &Anchor| anchor.opened.as_ref().is_some_and(|o| o.key == incident.key);
            // It opened after the memory was laid by, where it was still waiting.
            let became = |anchor: &Anchor| {
                anchor.opened.is_none()
                    && anchor.first_seen.at == incident.first_seen.at
                    && anchor.last.iou(&bbox) > 0.0
            };
            let found = self.anchors.iter().position(known);
            if let Some(i) = found.or_else(|| self.anchors.iter().position(became)) {
                self.anchors[i].hear(&incident);
                continue;
            }
            if self.anchors.len() >= self.options.anchors_max && !self.make_room(Wall(i64::MAX)) {
                continue;
            }
            self.anchors.push(Anchor::adopted(self.next_id, bbox, incident));
            self.next_id += 1;
        }
    }
}
