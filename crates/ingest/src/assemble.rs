//! NAL units to access units. An access unit ends where the timestamp changes or a first slice comes;
//! the marker bit is a hint only (cameras lie with it). In keyframe mode the first slice header of a
//! picture decides: what is no random-access picture is counted through, never copied. Not for packets
//! (see `depacketise`) and not for order (see `sequence`). Input: whole NAL units or their fragments.

mod unit;

use bytes::Bytes;
use curbwatch_types::{Codec, DropReason, Epoch};

use crate::coded::{Coded, Over, Stamp};
use crate::drops::Drops;
use crate::nal::{self, Kind, START_CODE};
use crate::options::{Bounds, Mode};
use crate::parameter_sets::{NotKept, ParameterSets};
use crate::references::{Missing, References};
use crate::sei;
use crate::slices::Slices;
use crate::taint::{Picture, Taints};
use unit::{Head, Unit, Verdict};

/// Most bytes of SEI kept before a picture.
const SEI_BYTES_MAX: usize = 16 << 10;
/// Bytes of a slice that are looked at for its head.
const HEAD_BYTES: usize = 128;
/// A unit's buffer grows by at most this much at a time.
const GROWTH_BYTES_MAX: usize = 512 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Skip,
    Set,
    Sei,
    Body,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    target: Target,
    slice: bool,
    header: [u8; 2],
    /// Where it begins in its target.
    from: usize,
    bytes: usize,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Assembler {
    codec: Codec,
    mode: Mode,
    /// What is wanted from the next unit on.
    wanted: Option<Mode>,
    /// Nobody was told the parameter sets since the stream was joined: some come in the description alone.
    unsaid: bool,
    bounds: Bounds,
    pub(crate) sets: ParameterSets,
    pub(crate) drops: Drops,
    pub(crate) done: Vec<Coded>,
    epoch: Epoch,
    /// Identity of the parameter sets of this epoch, once a picture of it was made.
    identity: Option<Vec<u8>>,
    unit: Unit,
    open: Option<Open>,
    /// Header of a fragmented NAL unit whose first bytes are still to come (empty first fragments).
    pending: Option<[u8; 2]>,
    /// SEI and parameter sets that came for the next picture.
    sei: Vec<u8>,
    set: Vec<u8>,
    own_sets: Vec<u8>,
    recovery: Option<u32>,
    marker_lies: bool,
    idle_flushed: Option<u32>,
    taint: Taints,
    references: References,
    slices: Slices,
    body_hint: usize,
}

impl Assembler {
    pub(crate) fn new(codec: Codec, mode: Mode, bounds: &Bounds, epoch: Epoch) -> Self {
        Self {
            codec,
            mode,
            wanted: None,
            unsaid: true,
            bounds: bounds.clone(),
            sets: ParameterSets::new(codec, bounds),
            drops: Drops::default(),
            done: Vec::new(),
            epoch,
            identity: None,
            unit: Unit::default(),
            open: None,
            pending: None,
            sei: Vec::new(),
            set: Vec::new(),
            own_sets: Vec::new(),
            recovery: None,
            marker_lies: false,
            idle_flushed: None,
            taint: Taints::new(mode),
            references: References::default(),
            slices: Slices::default(),
            body_hint: 0,
        }
    }

    pub(crate) fn codec(&self) -> Codec {
        self.codec
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Memory held for the unit under way.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn held_bytes(&self) -> usize {
        self.unit.body.capacity() + self.sei.capacity() + self.own_sets.capacity()
    }

    /// Wants other pictures from the next unit on, where the stream then counts as joined.
    pub(crate) fn want(&mut self, mode: Mode) {
        self.wanted = Some(mode);
    }

    /// A packet of the stream begins; `gap`: packets before it are missing. True when it is the first
    /// of its access unit.
    pub(crate) fn packet(&mut self, stamp: Stamp, gap: bool) -> bool {
        let same = self.unit.begun && self.unit.rtp == stamp.rtp && !stamp.jumped;
        if gap {
            self.abort();
        }
        if same {
            self.unit.lost |= gap;
            self.marker_lies |= self.unit.marker;
        } else {
            let whole_tail = !gap || (self.unit.marker && !self.marker_lies);
            self.finish(whole_tail);
            self.sei.clear();
            self.own_sets.clear();
            self.recovery = None;
            self.unit.begin(if gap { Head::AfterGap } else { self.unit.head });
            self.unit.rtp = stamp.rtp;
            self.unit.media = stamp.media;
            self.unit.first = stamp.arrival;
            if self.idle_flushed.take() == Some(stamp.rtp) {
                self.marker_lies = true;
            }
            if let Some(mode) = self.wanted.take() {
                self.mode = mode;
                self.unsaid = true;
                self.taint = Taints::new(mode);
                self.references = References::default();
            }
            if stamp.jumped {
                self.epoch = self.epoch.next();
                self.unsaid = true;
                self.taint = Taints::new(self.mode);
                self.references = References::default();
            }
        }
        self.unit.last = stamp.arrival;
        self.unit.marker = stamp.marker;
        !same
    }

    /// A whole NAL unit, header included. Start codes before it and between parameter sets are
    /// forgiven: cameras that put their Annex B stream into packets as it is.
    pub(crate) fn nal(&mut self, nal: &[u8]) -> Result<(), Over> {
        if self.open.is_some() || self.pending.is_some() {
            self.abort();
            self.unit.lost = true;
        }
        let lenient = nal.starts_with(&[0, 0])
            || matches!(
                nal::kind(self.codec, nal),
                Kind::Vps | Kind::Sps | Kind::Pps | Kind::Sei | Kind::Delimiter
            );
        if lenient && nal::find_start_code(nal).is_some() {
            for part in nal::split_annex_b(nal) {
                self.whole(part)?;
            }
            return Ok(());
        }
        self.whole(nal)
    }

    fn whole(&mut self, nal: &[u8]) -> Result<(), Over> {
        let header_bytes = nal::header_bytes(self.codec);
        if nal.len() <= header_bytes {
            if nal::kind(self.codec, nal) != Kind::Suffix {
                self.drops.count(DropReason::Malformed);
            }
            return Ok(());
        }
        let (header, payload) = nal.split_at(header_bytes);
        self.begin([header[0], header.get(1).copied().unwrap_or(0)], payload)?;
        self.append(payload)?;
        self.end();
        Ok(())
    }

    /// A fragment of a NAL unit whose header was restored from the fragment headers.
    pub(crate) fn fragment(
        &mut self,
        (first, last): (bool, bool),
        header: [u8; 2],
        payload: &[u8],
    ) -> Result<(), Over> {
        if first {
            if self.open.is_some() || self.pending.is_some() {
                self.abort();
                self.unit.lost = true;
            }
            self.pending = Some(header);
        } else if self.open.is_some_and(|open| open.header != header) {
            // Another NAL unit's middle: the rest of ours, and its beginning, are missing.
            self.abort();
            self.unit.lost = true;
        }
        if !payload.is_empty() {
            if let Some(header) = self.pending.take() {
                self.begin(header, payload)?;
            }
            if self.open.is_none() {
                self.unit.lost = true;
                self.drops.count(DropReason::PacketLoss);
                return Ok(());
            }
            self.append(payload)?;
        }
        if last {
            self.pending = None;
            self.end();
        }
        Ok(())
    }

    /// The packet could not be used: what it held is missing.
    pub(crate) fn malformed(&mut self) {
        self.abort();
        self.unit.lost = true;
        self.drops.count(DropReason::Malformed);
    }

    /// No packet came for a while: a unit that ended with an honest marker need not wait for the next.
    pub(crate) fn idle(&mut self) {
        if self.unit.begun && self.unit.marker && !self.marker_lies && self.open.is_none() {
            let rtp = self.unit.rtp;
            self.finish(true);
            self.unit.begin(Head::Certain);
            self.unit.begun = false;
            self.idle_flushed = Some(rtp);
        }
    }

    /// The stream ends; what is complete comes out. `whole`: nothing of it can be missing.
    pub(crate) fn flush(&mut self, whole: bool) {
        let whole = whole || (self.unit.marker && !self.marker_lies);
        self.finish(whole);
        self.unit.begin(Head::Joined);
        self.unit.begun = false;
    }

    fn begin(&mut self, header: [u8; 2], payload: &[u8]) -> Result<(), Over> {
        let kind = nal::kind(self.codec, &header);
        let slice = matches!(kind, Kind::Slice | Kind::KeySlice);
        let first_slice = slice && payload.first().is_some_and(|b| b & 0x80 != 0);
        if first_slice && self.unit.firsts > 0 && !self.second_field() {
            self.finish(true);
            self.unit.begin(Head::Certain);
        }
        self.unit.nals += 1;
        if self.unit.nals > self.bounds.nals_per_unit_max {
            return Err(Over {
                what: "NAL units of an access unit",
                limit: self.bounds.nals_per_unit_max,
            });
        }
        self.settle_head(kind, first_slice);
        self.unit.ends |= nal::ends_sequence(self.codec, header);
        let target = match kind {
            Kind::Vps | Kind::Sps | Kind::Pps => Target::Set,
            Kind::Sei if self.sei.len() < SEI_BYTES_MAX => Target::Sei,
            Kind::Slice | Kind::KeySlice => self.judge(kind, first_slice, header, payload),
            Kind::Suffix if self.unit.verdict == Verdict::Plain => Target::Body,
            _ => Target::Skip,
        };
        let buffer = match target {
            Target::Skip => None,
            Target::Set => {
                self.set.clear();
                Some(&mut self.set)
            }
            Target::Sei => Some(&mut self.sei),
            Target::Body => Some(&mut self.unit.body),
        };
        let from = buffer.as_ref().map_or(0, |b| b.len());
        if let Some(buffer) = buffer {
            if target != Target::Set {
                buffer.extend_from_slice(&START_CODE);
            }
            buffer.extend_from_slice(&header[..nal::header_bytes(self.codec)]);
        }
        self.open = Some(Open {
            target,
            slice,
            header,
            from,
            bytes: 0,
        });
        Ok(())
    }

    /// Decides by the unit's first NAL unit whether what came before it can have been part of it.
    fn settle_head(&mut self, kind: Kind, first_slice: bool) {
        let proven = matches!(kind, Kind::Delimiter | Kind::Vps | Kind::Sps)
            || (self.unit.head == Head::Joined && (first_slice || matches!(kind, Kind::Pps | Kind::Sei)));
        if self.unit.head != Head::Certain && !proven {
            self.unit.lost = true;
        }
        self.unit.head = Head::Certain;
    }

    /// H.264 codes an interlaced picture as two fields, each with a first slice.
    fn second_field(&self) -> bool {
        self.unit.firsts == 1 && self.unit.sequence.is_some_and(|s| s.fields)
    }

    /// Where a slice goes; the first of a picture decides for the picture.
    fn judge(&mut self, kind: Kind, first: bool, header: [u8; 2], payload: &[u8]) -> Target {
        self.unit.firsts += u8::from(first);
        if self.unit.verdict == Verdict::Undecided {
            if !first {
                self.unit.lost = true;
            }
            self.unit.recovery = self.recovery.take();
            self.slices.begin();
            self.decide(kind, header, payload);
            if self.mode == Mode::AllFrames && self.unit.verdict != Verdict::Skip {
                self.unit.order = self.read(header, payload, ParameterSets::order);
            }
        } else if self.unit.verdict == Verdict::Key && kind == Kind::Slice {
            let intra = self
                .read(header, payload, ParameterSets::slice_head)
                .is_some_and(|h| h.intra || self.codec == Codec::H265);
            let field_pair = self.unit.sequence.is_some_and(|s| s.fields);
            if !intra && !field_pair {
                self.demote();
            }
        }
        match self.unit.verdict {
            Verdict::Key | Verdict::Plain => {
                let head = self.read(header, payload, ParameterSets::slice_head);
                self.slices.slice(head.and_then(|h| h.start));
                Target::Body
            }
            Verdict::Skip | Verdict::Undecided => Target::Skip,
        }
    }

    fn decide(&mut self, kind: Kind, header: [u8; 2], payload: &[u8]) {
        let candidate = kind == Kind::KeySlice || self.unit.recovery.is_some();
        let head = if candidate || self.mode == Mode::AllFrames {
            self.read(header, payload, ParameterSets::slice_head)
        } else {
            None
        };
        let key = candidate && (kind == Kind::KeySlice || head.is_some_and(|h| h.intra));
        let sequence = head.and_then(|h| self.sets.active(h));
        self.unit.verdict = match (key, sequence) {
            (true, Some(sequence)) => {
                self.unit.sequence = Some(sequence);
                Verdict::Key
            }
            (true, None) => {
                // Its parameter sets have not come: nobody could decode it.
                self.drops.count(DropReason::Undecodable);
                Verdict::Skip
            }
            (false, _) if self.mode == Mode::Keyframes => Verdict::Skip,
            (false, _) if self.sets.complete() => {
                self.unit.sequence = sequence.or_else(|| self.sets.any_sequence());
                Verdict::Plain
            }
            (false, _) => {
                self.drops.count(DropReason::Undecodable);
                Verdict::Skip
            }
        };
        let unit = &mut self.unit;
        match (unit.verdict, unit.sequence) {
            (Verdict::Key, Some(sequence)) => {
                unit.body.reserve(self.body_hint);
                self.sets.write(sequence, &mut unit.body);
                self.unsaid = false;
            }
            (Verdict::Plain, Some(sequence)) if self.unsaid => {
                self.sets.write(sequence, &mut unit.body);
                self.unsaid = false;
            }
            (Verdict::Plain, _) => unit.body.extend_from_slice(&self.own_sets),
            _ => {}
        }
        if matches!(unit.verdict, Verdict::Key | Verdict::Plain) {
            unit.body.extend_from_slice(&self.sei);
        }
        self.sei.clear();
        self.own_sets.clear();
    }

    /// Not all of its slices are intra coded: it does not decode by itself.
    fn demote(&mut self) {
        if self.mode == Mode::Keyframes {
            self.unit.verdict = Verdict::Skip;
            self.unit.body.clear();
            self.unit.slices_in_body = 0;
        } else {
            self.unit.verdict = Verdict::Plain;
        }
    }

    /// Reads the head of a slice, of which `payload` is the beginning.
    fn read<T>(
        &self,
        header: [u8; 2],
        payload: &[u8],
        reader: impl Fn(&ParameterSets, &[u8]) -> Option<T>,
    ) -> Option<T> {
        let header = &header[..nal::header_bytes(self.codec)];
        let taken = payload.len().min(HEAD_BYTES - header.len());
        let mut head = [0; HEAD_BYTES];
        head[..header.len()].copy_from_slice(header);
        head[header.len()..header.len() + taken].copy_from_slice(&payload[..taken]);
        reader(&self.sets, &head[..header.len() + taken])
    }

    fn append(&mut self, payload: &[u8]) -> Result<(), Over> {
        let Some(open) = &mut self.open else { return Ok(()) };
        open.bytes += payload.len();
        if open.bytes > self.bounds.nal_bytes_max {
            return Err(Over {
                what: "bytes of a NAL unit",
                limit: self.bounds.nal_bytes_max,
            });
        }
        match open.target {
            Target::Skip => {}
            Target::Set | Target::Sei => {
                let (buffer, max) = match open.target {
                    Target::Set => (&mut self.set, self.bounds.parameter_set_bytes_max + 8),
                    _ => (&mut self.sei, SEI_BYTES_MAX),
                };
                if buffer.len() + payload.len() > max {
                    buffer.truncate(open.from);
                    open.target = Target::Skip;
                    self.drops.count(DropReason::OverBound);
                } else {
                    buffer.extend_from_slice(payload);
                }
            }
            Target::Body => {
                let body = &mut self.unit.body;
                let need = body.len() + payload.len();
                if need > self.bounds.unit_bytes_max {
                    return Err(Over {
                        what: "bytes of an access unit",
                        limit: self.bounds.unit_bytes_max,
                    });
                }
                if need > body.capacity() {
                    let grown = body.capacity() + body.capacity().clamp(4 << 10, GROWTH_BYTES_MAX);
                    body.reserve_exact(need.max(grown) - body.len());
                }
                body.extend_from_slice(payload);
            }
        }
        Ok(())
    }

    fn end(&mut self) {
        let Some(open) = self.open.take() else { return };
        match open.target {
            Target::Skip => {}
            Target::Body => self.unit.slices_in_body += usize::from(open.slice),
            Target::Set => {
                match self.sets.keep(&self.set) {
                    Ok(()) if self.mode == Mode::AllFrames && self.own_sets.len() < SEI_BYTES_MAX => {
                        self.own_sets.extend_from_slice(&START_CODE);
                        self.own_sets.extend_from_slice(&self.set);
                    }
                    Ok(()) => {}
                    Err(NotKept::Malformed) => self.drops.count(DropReason::Malformed),
                    Err(NotKept::OverBound) => self.drops.count(DropReason::OverBound),
                }
                self.set.clear();
            }
            Target::Sei => {
                let nal = self.sei.get(open.from + START_CODE.len()..).unwrap_or_default();
                if let Some(frames) = sei::recovery_point(self.codec, nal) {
                    self.recovery = Some(frames);
                }
            }
        }
    }

    /// Gives up the NAL unit that is open.
    fn abort(&mut self) {
        self.pending = None;
        let Some(open) = self.open.take() else { return };
        self.unit.lost = true;
        match open.target {
            Target::Skip => {}
            Target::Set => self.set.clear(),
            Target::Sei => self.sei.truncate(open.from),
            Target::Body => self.unit.body.truncate(open.from),
        }
    }

    fn finish(&mut self, whole_tail: bool) {
        self.abort();
        if !self.unit.begun {
            return;
        }
        self.unit.begun = false;
        self.unit.lost |= !whole_tail;
        let key = self.unit.verdict == Verdict::Key;
        if self.unit.slices_in_body == 0 {
            if key || (self.unit.lost && self.mode == Mode::AllFrames) {
                self.drops.count(DropReason::PacketLoss);
                self.taint.missing();
            }
            return;
        }
        self.miss(key);
        let Unit {
            lost,
            media,
            recovery,
            ..
        } = self.unit;
        let taint = self.taint.of(Picture {
            key,
            lost,
            media,
            recovery,
            position: self.references.position(),
        });
        if key && let Some(sequence) = self.unit.sequence {
            let identity = self.sets.identity(sequence);
            if self.identity.as_ref().is_some_and(|before| *before != identity) {
                self.epoch = self.epoch.next();
                self.slices.forget();
            }
            self.identity = Some(identity);
            self.body_hint = self.unit.body.len() + self.unit.body.len() / 8;
        }
        let unit = &mut self.unit;
        self.done.push(Coded {
            epoch: self.epoch,
            keyframe: key,
            taint,
            media: unit.media,
            first: unit.first,
            last: unit.last,
            bytes: Bytes::from(std::mem::take(&mut unit.body)),
        });
    }

    /// Looks for what is missing though no packet is: slices of the picture, pictures that it refers to.
    fn miss(&mut self, key: bool) {
        let (row, any_order) = self.unit.sequence.map_or((0, true), |s| (s.row, s.any_order));
        if !self.unit.lost && self.slices.finish(key, row, any_order) {
            self.unit.lost = true;
            self.drops.count(DropReason::PacketLoss);
        }
        if self.mode == Mode::Keyframes {
            return;
        }
        match self.references.next(self.unit.order.as_ref()) {
            Missing::Nothing => {}
            Missing::Reference => {
                self.drops.count(DropReason::PacketLoss);
                self.taint.missing();
            }
            Missing::Leading => {
                let media = self.unit.media;
                self.taint.leading(key.then_some(media), media);
            }
        }
        if self.unit.ends {
            self.references.end();
        }
    }
}
