//! How the latest picture was judged, and what was set aside and why.

use curbwatch_types::{CameraState, Inconclusive, Point};

/// The latest picture as the scene judged it, for the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PictureState {
    /// `Live`, or why nothing is judged: `Tainted`, `Frozen`, `Obscured`, `Moved`. `Connecting`
    /// before the first look.
    pub state: CameraState,
    /// More closely, why nothing is judged.
    pub why: Option<Inconclusive>,
    /// How far the picture's content lies from where the view that it shows has it, relative.
    pub offset: Point,
    /// How well the picture fits the view's reference, -1..1.
    pub fit: f32,
}

/// Looks and detections of this camera by what became of them, since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Observations taken in.
    pub looks: u64,
    /// Of these, judged by the rules.
    pub judged: u64,
    /// Not later than the look before it: ignored.
    pub out_of_order: u64,
    /// The same picture again, byte for byte or but for a ticking clock: no new evidence.
    pub repeated: u64,
    /// Something was missing from the picture.
    pub tainted: u64,
    /// Black, covered or uniform.
    pub obscured: u64,
    /// Out of focus, misted over, smeared.
    pub blurred: u64,
    /// In a flash, or in light that had not settled.
    pub dazzled: u64,
    /// While the camera changed between colour and infrared.
    pub switching: u64,
    /// Not to be brought onto any view.
    pub moved: u64,
    /// Detections beyond the bound or without a sensible box.
    pub detections_dropped: u64,
    /// Places beyond the bound: an old one made room, or the new one was left out.
    pub anchors_over_bound: u64,
    /// Groups, and things of groups, beyond the bounds: an old group made room, or the new one was left out.
    pub groups_over_bound: u64,
    /// Findings of the decision record beyond what one look may say.
    pub findings_left_out: u64,
}
