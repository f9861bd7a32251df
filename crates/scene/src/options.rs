//! Every number the scene decides by: unit, default and reason in one place. The engine lowers its
//! configuration into these; nothing here is read from anywhere.

use curbwatch_types::{Permit, Schedule, ViewId, ViolationClass, ZoneId};

use crate::{Frame, Homography, Origins, Reference};

/// Parameters of one rule (class of violation). Times are seconds of captured-at, scores are the
/// detector's 0..1.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleOptions {
    /// First stage: a thing must have stood in its place for this long before it is more than
    /// traffic, in seconds. 20: a stop at a light or to let somebody cross is over by then; field
    /// devices use 10 to 120. The dwell itself counts from the first look that showed it.
    pub stationary_secs: u32,
    /// Second stage, the legal dwell, in seconds, where the zone names none. 300: what most cities
    /// allow a driver to load or set down.
    pub dwell_secs: u32,
    /// Weakest best score of all its looks with which an incident may open. 0.35: a place that never
    /// once showed a confident detection is more often a reflection or a shelter than a vehicle. Where things are followed it
    /// is the mean over the looks that showed it: the best of forty looks a dwell would always pass.
    pub open_score_min: f32,
    /// Weakest detection that makes a place of its own. 0.25: the rest is mostly babble.
    pub start_score_min: f32,
    /// Weakest detection that counts as a look at a thing. 0.2: dusk, rain and
    /// partial cover halve a detector's confidence, yet the thing has not gone.
    pub keep_score_min: f32,
    /// Looks that must have shown the thing before an incident opens. 2: one look is a moment, not a
    /// dwell; where looks are frequent the dwell itself asks for many more.
    pub present_looks_min: u32,
    /// How long the place must have been seen empty before it counts as empty, in seconds, and over
    /// at least two looks. 60: one missed detection never closes.
    pub vacant_secs: u32,
    /// Longest time without a look that shows the thing over which its dwell goes on, in seconds.
    /// 1800: six visits of a five-minute patrol; after more than that nobody would swear to it.
    pub gap_max_secs: u32,
    /// Of the remembered looks that could tell, the share that must have shown the thing, 0..1.
    /// 0.5: a place that is found empty as often as not holds no parked vehicle.
    pub occupancy_min: f32,
    /// How like a thing must have stayed to itself from look to look in the thumbnail, as a running
    /// mean of correlations, -1..1. 0.4: of standing coaches over a day three looks in four
    /// correlate at 0.6 or more with the one before, of different vehicles in one place at a light
    /// half do at 0.45 or less. Where the picture says nothing it is not asked.
    pub constancy_min: f32,
    /// How far a box's lower edge strays from where the thing meets the ground (standard deviation), as a share of the box's
    /// sides. 0.1: half of a good detector's boxes share less than 0.85 with what they are about.
    pub foot_error: f32,
    /// How likely what was seen must be if the thing stands where the rule is in force, against the likeliest place beside it, 0..1.
    /// 0.67: two to three. What stands on a border within the error of its foot is no proof of a violation.
    pub in_force_min: f32,
    /// How often a standing incident says so again, in seconds. 900: fresh evidence four times an
    /// hour is what a reviewer wants, and costs two pictures.
    pub still_every_secs: u32,
    /// Speed on the ground from which a thing drives, in metres a second. 1.5: walking pace; who creeps on more slowly to
    /// find a gap has not left. This and the two below are asked only where a homography is given and looks come at least every second.
    pub driving_mps: f32,
    /// How much likelier it must be that a thing stands than that it drives, as a ratio of likelihoods. A million: ten looks a
    /// second are about as many a day.
    pub standing_odds_min: f32,
    /// What comes to stand within this many metres of an open case whose thing was not seen any more is that case. 2: about a
    /// parking manoeuvre.
    pub merge_m: f32,
    /// What set each parameter.
    pub origins: Origins,
}

/// Defaults of `illegal_motor_parking`.
impl Default for RuleOptions {
    fn default() -> Self {
        Self {
            stationary_secs: 20,
            dwell_secs: 300,
            open_score_min: 0.35,
            start_score_min: 0.25,
            keep_score_min: 0.2,
            present_looks_min: 2,
            vacant_secs: 60,
            gap_max_secs: 1800,
            occupancy_min: 0.5,
            constancy_min: 0.4,
            foot_error: 0.1,
            in_force_min: 0.67,
            still_every_secs: 900,
            driving_mps: 1.5,
            standing_odds_min: 1e6,
            merge_m: 2.0,
            origins: Origins::BUILT_IN,
        }
    }
}

/// Parameters of one of the five rules about groups of things. Times are seconds of captured-at, scores
/// the detector's 0..1, distances metres on the ground by zone-local scale (good to a third).
#[derive(Debug, Clone, PartialEq)]
pub struct GroupOptions {
    /// First stage: a thing must have stood in its place for this long before it counts, in seconds. The
    /// dwell itself counts from the first look that showed it.
    pub stationary_secs: u32,
    /// Second stage, the legal dwell, in seconds, where the zone names none.
    pub dwell_secs: u32,
    /// Weakest best score of a group with which an incident may open. 0.35, as for vehicles.
    pub open_score_min: f32,
    /// Weakest detection that makes a thing of its own. 0.25.
    pub start_score_min: f32,
    /// Weakest detection that counts as a look at a thing. 0.25.
    pub keep_score_min: f32,
    /// Looks that must have shown the group before an incident opens. 2; 3 for garbage and piles, whose
    /// detections are the weakest.
    pub present_looks_min: u32,
    /// How long the place must have been seen without the group before it counts as cleared, in seconds,
    /// and over at least two looks. 180: goods are put back as fast as they are taken in; 60 for bicycles.
    pub vacant_secs: u32,
    /// Longest time without a look that shows the group over which its dwell goes on, in seconds. 1800,
    /// as for vehicles; 3600 for piles, whose dwell alone is as long as that.
    pub gap_max_secs: u32,
    /// Of the remembered looks since its dwell began that could tell, the share that must have shown the
    /// group, 0..1. 0.5; 0.7 for front trading.
    pub occupancy_min: f32,
    /// How often a standing incident says so again, in seconds. 900.
    pub still_every_secs: u32,
    /// Things nearer to one another than this are one case, in metres.
    pub merge_m: f32,
    /// A person nearer than this is beside a thing, in metres. 2: an arm's length and a step.
    pub beside_m: f32,
    /// Share of the looks in which somebody must be beside the group (vendor), or above which it is taken for
    /// somebody's own (garbage), 0..1. 0.5.
    pub attended_share: f32,
    /// How much the second witness weighs, as a ratio of likelihoods: what it saw come is this much likelier a violation, what
    /// has looked the same ever since the memory began this much less likely than its score says. 2.5: a district files .15 cases
    /// a camera and day that stand for hours, so at any moment one camera in forty shows one, while on the eighteen clips every
    /// sixth street has a thing that the detector takes for one for good; the scores tell most of that already.
    pub witness_odds: f32,
    /// How long such a thing usually stands, in seconds: what has looked the same for so long beyond the dwell is `e` times
    /// less likely one. The time within which the same thing is the same case: 4 h; 1 h for vendors, 12 h for garbage, 24 h for
    /// piles.
    pub stands_secs: u32,
    /// How many things make it a violation; bicycles only. 3.
    pub count_min: u32,
    /// What is left must cover at least this share of the ground that the case covered at its widest to be
    /// the case still, 0..1. 0.1 for front trading; 0 elsewhere: half gone is still there.
    pub remains_min: f32,
    /// What set each parameter.
    pub origins: Origins,
}

impl GroupOptions {
    const COMMON: Self = Self {
        stationary_secs: 60,
        dwell_secs: 600,
        open_score_min: 0.35,
        start_score_min: 0.25,
        keep_score_min: 0.25,
        present_looks_min: 2,
        vacant_secs: 180,
        gap_max_secs: 1800,
        occupancy_min: 0.5,
        still_every_secs: 900,
        merge_m: 5.0,
        beside_m: 2.0,
        attended_share: 0.5,
        witness_odds: 2.5,
        stands_secs: 4 * 3600,
        count_min: 1,
        remains_min: 0.0,
        origins: Origins::BUILT_IN,
    };

    /// Defaults of `street_front_trading`: 60 s, then 10 min at 70 %, one zone or 5 m.
    pub const STREET_FRONT_TRADING: Self = Self {
        occupancy_min: 0.7,
        remains_min: 0.1,
        ..Self::COMMON
    };
    /// Defaults of `itinerant_vendor`: 30 s, then 3 min, 15 m.
    pub const ITINERANT_VENDOR: Self = Self {
        stationary_secs: 30,
        dwell_secs: 180,
        merge_m: 15.0,
        stands_secs: 3600,
        ..Self::COMMON
    };
    /// Defaults of `disorderly_nonmotor_parking`: three for 60 s, then 10 min, 2 m.
    pub const DISORDERLY_NONMOTOR_PARKING: Self = Self {
        vacant_secs: 60,
        merge_m: 2.0,
        count_min: 3,
        ..Self::COMMON
    };
    /// Defaults of `exposed_garbage`: 60 s, then 15 min over three looks, 3 m.
    pub const EXPOSED_GARBAGE: Self = Self {
        dwell_secs: 900,
        present_looks_min: 3,
        merge_m: 3.0,
        stands_secs: 12 * 3600,
        ..Self::COMMON
    };
    /// Defaults of `piled_materials`: 2 min, then 30 min over three looks, 5 m.
    pub const PILED_MATERIALS: Self = Self {
        stationary_secs: 120,
        dwell_secs: 1800,
        present_looks_min: 3,
        gap_max_secs: 3600,
        stands_secs: 24 * 3600,
        ..Self::COMMON
    };
}

/// What a camera's scene decides by.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The rule of `illegal_motor_parking`.
    pub motor_parking: RuleOptions,
    /// The rule of `street_front_trading`.
    pub street_front_trading: GroupOptions,
    /// The rule of `itinerant_vendor`.
    pub itinerant_vendor: GroupOptions,
    /// The rule of `disorderly_nonmotor_parking`.
    pub disorderly_nonmotor_parking: GroupOptions,
    /// The rule of `exposed_garbage`.
    pub exposed_garbage: GroupOptions,
    /// The rule of `piled_materials`.
    pub piled_materials: GroupOptions,
    /// Groups held per view and class. 64: a market street has a dozen; the group of least worth makes
    /// room and is counted.
    pub groups_max: usize,
    /// Things held per group. 32: what a picture can tell apart in one spot; the rest are counted.
    pub members_max: usize,
    /// Places held per view. 256: four times what a wide view of a car park shows; the place of
    /// least worth makes room and is counted.
    pub anchors_max: usize,
    /// Looks held per place. 64: what the share of looks that showed the thing is taken over; first,
    /// last and counts are kept apart and never age out.
    pub history_max: usize,
    /// Detections considered per look, strongest first. 256: beyond that a detector is babbling;
    /// the rest are counted.
    pub detections_max: usize,
    /// Re-check orders that may wait per camera. 16: more people do not ask about one street at once; those beyond are
    /// answered `inconclusive(overload)`.
    pub rechecks_max: usize,
    /// Mean luma below which a picture shows nothing, 0..255. 12: below video black plus noise.
    pub mean_luma_min: f32,
    /// Standard deviation of luma below which a picture is uniform (covered, black, fog), 0..128.
    /// 6: a lens cap with sensor noise stays under 4, the darkest street seen has 15.
    pub luma_deviation_min: f32,
    /// Share of a picture in three plain shades from which on it is a card in place of one, when it fits no view, 0..1.
    /// 0.85: over a day of a street camera, night and shadows among it, no picture had more than 0.44.
    pub card_share_min: f32,
    /// From the base view to the ground in metres, where somebody measured it. With it and looks at least every second,
    /// vehicles are followed and judged by their speed on the ground.
    pub ground_from_image: Option<Homography>,
    /// The ground that views share with others, of the same camera or another, by view; those without a homography are passed over.
    pub frames: Vec<(ViewId, Frame)>,
    /// What single zones have of their own: hours, parameters.
    pub zones: Vec<ZoneOptions>,
    /// What is allowed for a time.
    pub permits: Vec<Permit>,
    /// The camera's views, the base view first, at most [`curbwatch_types::VIEWS_MAX`]; those beyond are left out. Empty: the view
    /// of the first zone alone.
    pub views: Vec<ViewOptions>,
}

/// A view of a camera.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewOptions {
    /// The view.
    pub view: ViewId,
    /// What it looks like. The base view may do without: then it is learned from the first pictures that show no other view. A
    /// further view without it is never recognised.
    pub reference: Option<Reference>,
    /// From a further view to the ground in metres; the base view's is [`Options::ground_from_image`].
    pub ground_from_image: Option<Homography>,
}

/// What one zone has of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneOptions {
    /// The zone.
    pub zone: ZoneId,
    /// The view it is drawn in.
    pub view: ViewId,
    /// When it is in force; always where absent. Outside, a zone that forbids forbids nothing, and one that is cut out
    /// is not cut out.
    pub hours: Option<Schedule>,
    /// The rule of `illegal_motor_parking` in it, where that is not the camera's.
    pub motor_parking: Option<RuleOptions>,
    /// The rules of other classes in it, where they are not the camera's.
    pub groups: Vec<(ViolationClass, GroupOptions)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            motor_parking: RuleOptions::default(),
            street_front_trading: GroupOptions::STREET_FRONT_TRADING,
            itinerant_vendor: GroupOptions::ITINERANT_VENDOR,
            disorderly_nonmotor_parking: GroupOptions::DISORDERLY_NONMOTOR_PARKING,
            exposed_garbage: GroupOptions::EXPOSED_GARBAGE,
            piled_materials: GroupOptions::PILED_MATERIALS,
            groups_max: 64,
            members_max: 32,
            anchors_max: 256,
            history_max: 64,
            detections_max: 256,
            rechecks_max: 16,
            mean_luma_min: 12.0,
            luma_deviation_min: 6.0,
            card_share_min: 0.85,
            ground_from_image: None,
            frames: Vec::new(),
            zones: Vec::new(),
            permits: Vec::new(),
            views: Vec::new(),
        }
    }
}

impl Options {
    /// The parameters of a class of violation about groups; `None` for vehicles, which are no group.
    pub fn group(&self, class: ViolationClass) -> Option<&GroupOptions> {
        match class {
            ViolationClass::IllegalMotorParking => None,
            ViolationClass::StreetFrontTrading => Some(&self.street_front_trading),
            ViolationClass::ItinerantVendor => Some(&self.itinerant_vendor),
            ViolationClass::DisorderlyNonmotorParking => Some(&self.disorderly_nonmotor_parking),
            ViolationClass::ExposedGarbage => Some(&self.exposed_garbage),
            ViolationClass::PiledMaterials => Some(&self.piled_materials),
        }
    }

    /// What one view's scene decides by: its own zones and permits.
    pub(crate) fn of_view(&self, view: &ViewId, ground_from_image: Option<Homography>) -> Self {
        let zones = self.zones.iter().filter(|zone| zone.view == *view);
        let permits = self.permits.iter().filter(|permit| permit.view == *view);
        let frames = self.frames.iter().filter(|(of, _)| of == view);
        Self {
            ground_from_image,
            frames: frames.cloned().collect(),
            zones: zones.cloned().collect(),
            permits: permits.cloned().collect(),
            views: Vec::new(),
            ..self.clone()
        }
    }
}
