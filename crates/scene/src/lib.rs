//! Observations to incidents: place anchors, zones, dwell.
//!
//! A [`CameraScene`] takes one camera's [`curbwatch_types::Observation`]s in order and answers with
//! the [`curbwatch_types::Incident`]s that each of them decides. It is a pure function of its input:
//! no clock, no file, no socket, no random number; time is the observation's captured-at and moves
//! forward only. The same observations give the same incidents on any machine.
//!
//! A look is judged in this order: is the picture usable and new (`judge_picture`), which of the camera's views does it show
//! (`which_view`) and where does its content lie (`registration`). The rest is that view's (`view_scene`); the others are blind.
//! What things does it show (`sighting`, `surroundings`), which places are they in, what follows, by the rule of a class in
//! `rules`. A vehicle is in a place of its own (`anchor`, `part`, then `life_cycle`); goods, stalls, bicycles, bags and piles are in
//! groups (`watch`, `group`, `member`, then `verdict`), which need to know what is near what (`ground`). Where a homography is
//! given and looks come many times a second, vehicles are followed from look to look (`following`) and stand or drive by
//! metres a second (`motion`). What a place looked like before says whether something came, and when, and whether it is gone
//! (`witness`). It never fails: what cannot be used is counted ([`Counters`]) and judges nothing.
//!
//! Re-check orders come in between looks and are answered by the looks after them (`recheck`).
//!
//! Memory: per view a reference of 80 cells' width for colour and one for infrared (29 kB each for 16:9, at most 80 kB), where a rule about groups holds fifteen
//! thumbnails (216 kB for 16:9, at most 384 kB) and 12 kB for each open group of things left behind, and at most `anchors_max`
//! places, each with a 12x12 patch and the first and latest coded picture that showed it; for each rule about groups at
//! most `groups_max` groups of `members_max` things with such a patch. A group that has begun holds two coded
//! pictures; before, its things hold the picture that showed each first, for as long as they may still
//! turn out to stand. 32 ended incidents are remembered per view, without any. A camera has at most 16 views; at it at most
//! `rechecks_max` orders wait, with two coded pictures each.
//!
//! Not for: detecting (`infer`), pictures and evidence files (`case`), when to look (`engine`; it may
//! ask [`CameraScene::next_due`]).

mod anchor;
mod attendance;
mod boxes;
mod camera_scene;
mod card;
mod crop;
mod dwell;
mod field;
mod flash;
mod following;
mod footing;
mod freeze;
mod ground;
mod ground_register;
mod group;
mod homography;
mod infrared;
mod judge_picture;
mod kept;
mod key;
mod life_cycle;
mod look_times;
mod member;
mod memory;
mod motion;
mod now;
mod open_incident;
mod options;
mod origins;
mod overlap;
mod part;
mod patch;
mod picture_health;
mod picture_state;
mod recheck;
mod record;
mod reference;
mod registration;
mod rezone;
mod rule;
mod rules;
mod sharpness;
mod sighting;
mod surroundings;
mod tuned;
mod verdict;
mod view_scene;
mod wanted;
mod watch;
mod which_view;
mod witness;
mod zone_map;

pub use camera_scene::CameraScene;
pub use footing::Frame;
pub use ground_register::{Arrivals, GroundCounts, GroundLook, GroundRegister, Settled};
pub use homography::Homography;
pub use memory::{Memory, Pictures, Refusal};
pub use open_incident::OpenIncident;
pub use options::{GroupOptions, Options, RuleOptions, ViewOptions, ZoneOptions};
pub use origins::Origins;
pub use picture_state::{Counters, PictureState};
pub use reference::Reference;
pub use rules::classes_in;
pub use wanted::Wanted;
