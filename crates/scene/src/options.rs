//! Every number the scene decides by: unit, default and reason in one place. The engine lowers its
//! configuration into these; nothing here is read from anywhere.

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
    /// once showed a confident detection is more often a reflection or a shelter than a vehicle.
    pub open_score_min: f32,
    /// Weakest detection that makes a place of its own. 0.25: the rest is mostly babble.
    pub start_score_min: f32,
    /// Weakest detection that counts as a look at a thing. 0.25: dusk, rain and
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
    /// How often a standing incident says so again, in seconds. 900: fresh evidence four times an
    /// hour is what a reviewer wants, and costs two pictures.
    pub still_every_secs: u32,
}

/// Defaults of `illegal_motor_parking`.
impl Default for RuleOptions {
    fn default() -> Self {
        Self {
            stationary_secs: 20,
            dwell_secs: 300,
            open_score_min: 0.35,
            start_score_min: 0.25,
            keep_score_min: 0.25,
            present_looks_min: 2,
            vacant_secs: 60,
            gap_max_secs: 1800,
            occupancy_min: 0.5,
            constancy_min: 0.4,
            still_every_secs: 900,
        }
    }
}

/// What a camera's scene decides by.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The rule of `illegal_motor_parking`.
    pub motor_parking: RuleOptions,
    /// Places held per camera. 256: four times what a wide view of a car park shows; the place of
    /// least worth makes room and is counted.
    pub anchors_max: usize,
    /// Looks held per place. 64: what the share of looks that showed the thing is taken over; first,
    /// last and counts are kept apart and never age out.
    pub history_max: usize,
    /// Detections considered per look, strongest first. 256: beyond that a detector is babbling;
    /// the rest are counted.
    pub detections_max: usize,
    /// Mean luma below which a picture shows nothing, 0..255. 12: below video black plus noise.
    pub mean_luma_min: f32,
    /// Standard deviation of luma below which a picture is uniform (covered, black, fog), 0..128.
    /// 6: a lens cap with sensor noise stays under 4, the darkest street seen has 15.
    pub luma_deviation_min: f32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            motor_parking: RuleOptions::default(),
            anchors_max: 256,
            history_max: 64,
            detections_max: 256,
            mean_luma_min: 12.0,
            luma_deviation_min: 6.0,
        }
    }
}
