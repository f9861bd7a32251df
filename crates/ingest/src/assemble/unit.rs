//! The access unit that is being put together: what is known of it so far. Not for deciding anything: see
//! the assembler.

use crate::coded::Arrival;
use crate::parameter_sets::Sequence;
use crate::references::Order;

/// How sure we are that the first NAL unit seen is the unit's first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Head {
    Certain,
    /// The stream was joined here: a first slice is proof enough.
    #[default]
    Joined,
    /// Packets are missing right before: only a delimiter or parameter set is proof.
    AfterGap,
}

/// What a picture is to us, once its first slice has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Verdict {
    #[default]
    Undecided,
    Skip,
    Key,
    Plain,
}

/// The access unit under way.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four facts that do not depend on each other"
)]
pub(super) struct Unit {
    /// A packet of it has come.
    pub(super) begun: bool,
    pub(super) rtp: u32,
    pub(super) media: i64,
    pub(super) first: Arrival,
    pub(super) last: Arrival,
    pub(super) head: Head,
    pub(super) lost: bool,
    pub(super) nals: usize,
    pub(super) firsts: u8,
    pub(super) verdict: Verdict,
    pub(super) slices_in_body: usize,
    pub(super) sequence: Option<Sequence>,
    pub(super) recovery: Option<u32>,
    /// Where it stands among the others; all-frames mode only.
    pub(super) order: Option<Order>,
    /// The sequence ends with it.
    pub(super) ends: bool,
    pub(super) marker: bool,
    pub(super) body: Vec<u8>,
}

impl Unit {
    /// Begins the next one; when and where is the caller's to say.
    pub(super) fn begin(&mut self, head: Head) {
        let mut body = std::mem::take(&mut self.body);
        body.clear();
        *self = Self {
            begun: true,
            rtp: self.rtp,
            media: self.media,
            first: self.first,
            last: self.last,
            head,
            body,
            ..Self::default()
        };
    }
}
