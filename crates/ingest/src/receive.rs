//! One camera's packets to its access units: which packets are ours, in which order, what is missing.
//! Knows nothing of sockets and sessions. Input: RTP and RTCP packets as they arrive, on any transport.

use curbwatch_types::{
    AccessUnit, CameraId, CapturedAt, Codec, DropReason, Epoch, MediaTime, Monotonic, Taint,
};

use crate::assemble::Assembler;
use crate::coded::{Arrival, Over, Stamp};
use crate::depacketise;
use crate::options::{Bounds, ModeSwitch, Options};
use crate::reorder::Reorder;
use crate::rtp::{Packet, ReceiverReport, sender_report};
use crate::sdp::Media;
use crate::sequence::{Sequence, Step, Timeline};
use crate::{Event, Problem};

/// Packets of another SSRC than the announced one that are let pass before the announcement is
/// disbelieved (cameras that announce a wrong `ssrc` in their Transport header).
const DISBELIEVE_AFTER: u32 = 32;
/// Our stream silent for so long while another one runs on our channel: it goes on under another SSRC.
const RENAMED_AFTER: std::time::Duration = std::time::Duration::from_secs(3);
/// So many packets of the other stream are no accident.
const RENAMED_PACKETS: u32 = 20;
/// Seconds over which rates are averaged.
const RATE_SECS: u64 = 10;

/// What came in, for the owner's statistics and the watchdogs.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Tally {
    /// RTP packets, foreign ones included, since the last report.
    pub(crate) packets: u64,
    /// Packets of our stream, ever.
    pub(crate) own_packets: u64,
    /// Access units made, ever.
    pub(crate) units: u64,
    /// Of the latest one.
    pub(crate) taint: Taint,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Receiver {
    camera: CameraId,
    codec: Codec,
    uncertainty_ms: u32,
    payload_type: u8,
    donl: bool,
    announced: Option<u32>,
    locked: Option<u32>,
    not_announced: u32,
    /// When our stream's last packet came, and packets of other streams since.
    own_at: Monotonic,
    foreign_since: u32,
    sequence: Sequence,
    timeline: Timeline,
    reorder: Option<Reorder>,
    assembler: Assembler,
    /// Whoever may change his mind, and what he wanted last.
    switch: Option<(ModeSwitch, u32)>,
    units_max: Bucket,
    bits_max: Bucket,
    bounds: Bounds,
    sender: Option<(u32, Monotonic)>,
    pub(crate) tally: Tally,
}

impl Receiver {
    /// `announced`: the SSRC of the Transport header; `datagrams`: order must be restored.
    pub(crate) fn new(
        camera: &CameraId,
        media: &Media,
        options: &Options,
        epoch: Epoch,
        announced: Option<u32>,
        datagrams: bool,
    ) -> Self {
        let switch = options.switch.clone().map(|switch| {
            let read = switch.read();
            (switch, read)
        });
        let mode = switch
            .as_ref()
            .map_or(options.mode, |(_, read)| ModeSwitch::mode_of(*read));
        let mut assembler = Assembler::new(media.codec, mode, &options.bounds, epoch);
        for set in &media.parameter_sets {
            if assembler.sets.keep(set).is_err() {
                // Leniency: in-band sets will do, where a camera describes nonsense.
                assembler.drops.count(DropReason::Malformed);
            }
        }
        let bounds = options.bounds.clone();
        Self {
            camera: camera.clone(),
            codec: media.codec,
            uncertainty_ms: options.captured_uncertainty_ms,
            payload_type: media.payload_type,
            donl: media.donl,
            announced: announced.filter(|ssrc| *ssrc != 0),
            locked: None,
            not_announced: 0,
            own_at: Monotonic::default(),
            foreign_since: 0,
            sequence: Sequence::default(),
            timeline: Timeline::default(),
            reorder: datagrams.then(|| Reorder::new(&bounds)),
            assembler,
            switch,
            units_max: Bucket::new(u64::from(bounds.units_per_second_max)),
            bits_max: Bucket::new(bounds.bits_per_second_max),
            bounds,
            sender: None,
            tally: Tally::default(),
        }
    }

    /// Takes one RTP packet.
    pub(crate) fn rtp(
        &mut self,
        bytes: &[u8],
        arrival: Arrival,
        outlet: &mut (dyn FnMut(Event) + Send),
    ) -> Result<(), Problem> {
        self.tally.packets += 1;
        self.rate(bytes.len(), arrival)?;
        let Some(packet) = Packet::parse(bytes) else {
            self.assembler.drops.count(DropReason::Malformed);
            return Ok(());
        };
        if packet.payload_type != self.payload_type {
            self.assembler.drops.count(DropReason::Foreign);
            if self.locked == Some(packet.ssrc) {
                // Of our source: it may be numbered among ours (RFC 3550 5.1), and then nothing is missing.
                self.sequence.pass(packet.sequence);
                if let Some(reorder) = &mut self.reorder {
                    reorder.pass(packet.sequence);
                }
            }
            return Ok(());
        }
        if !self.is_ours(packet.ssrc) {
            self.assembler.drops.count(DropReason::Foreign);
            self.foreign_since = self.foreign_since.saturating_add(1);
            return Ok(());
        }
        self.tally.own_packets += 1;
        if let Some((switch, seen)) = &mut self.switch
            && switch.read() != *seen
        {
            *seen = switch.read();
            self.assembler.want(ModeSwitch::mode_of(*seen));
        }
        self.own_at = arrival.monotonic;
        self.foreign_since = 0;
        if let Some(reorder) = &mut self.reorder {
            if reorder.admit(packet.sequence, bytes, arrival) {
                self.in_order(packet, arrival)?;
            }
            self.release(arrival.monotonic)?;
        } else {
            self.in_order(packet, arrival)?;
        }
        if !self.assembler.done.is_empty() {
            self.deliver(outlet);
        }
        Ok(())
    }

    fn rate(&mut self, bytes: usize, arrival: Arrival) -> Result<(), Problem> {
        if self.bits_max.take(8 * bytes as u64, arrival.monotonic) {
            return Ok(());
        }
        Err(Problem::Bound {
            what: "bits per second",
            limit: self.bounds.bits_per_second_max,
        })
    }

    fn is_ours(&mut self, ssrc: u32) -> bool {
        if let Some(locked) = self.locked {
            return ssrc == locked;
        }
        if self.announced.is_some_and(|announced| announced != ssrc) {
            self.not_announced += 1;
            if self.not_announced <= DISBELIEVE_AFTER {
                return false;
            }
        }
        self.locked = Some(ssrc);
        true
    }

    fn release(&mut self, now: Monotonic) -> Result<(), Problem> {
        while let Some(held) = self.reorder.as_mut().and_then(|r| r.release(now)) {
            if let Some(packet) = Packet::parse(&held.bytes) {
                self.in_order(packet, held.arrival)?;
            }
        }
        Ok(())
    }

    fn in_order(&mut self, packet: Packet<'_>, arrival: Arrival) -> Result<(), Problem> {
        let gap = match self.sequence.step(packet.sequence) {
            Step::Next => false,
            Step::Gap(missing) => {
                self.assembler.drops.add(DropReason::PacketLoss, missing);
                true
            }
            Step::Late => {
                self.assembler.drops.count(DropReason::Malformed);
                return Ok(());
            }
        };
        let (media, jumped) = self.timeline.place(packet.timestamp);
        let stamp = Stamp {
            rtp: packet.timestamp,
            media,
            jumped,
            marker: packet.marker,
            arrival,
        };
        if packet.payload.is_empty() {
            // Padding, or a packet that keeps a way open (RFC 6263 4.1): nothing of a picture.
            if gap {
                self.assembler.packet(stamp, true);
            }
            return Ok(());
        }
        let new_unit = self.assembler.packet(stamp, gap);
        if new_unit && !self.units_max.take(1, arrival.monotonic) {
            let limit = u64::from(self.bounds.units_per_second_max);
            return Err(Problem::Bound {
                what: "access units per second",
                limit,
            });
        }
        depacketise::push(packet.payload, self.donl, &mut self.assembler).map_err(over)
    }

    /// Takes one RTCP packet.
    pub(crate) fn rtcp(&mut self, bytes: &[u8], arrival: Arrival) {
        if let Some(ssrc) = self.locked
            && let Some(report) = sender_report(bytes, ssrc)
        {
            self.sender = Some((report, arrival.monotonic));
        }
    }

    /// The report to send now; none before our stream has begun.
    pub(crate) fn report(&mut self, own_ssrc: u32, now: Monotonic) -> Option<[u8; ReceiverReport::BYTES]> {
        let ssrc = self.locked?;
        let (fraction_lost, lost) = self.sequence.losses();
        let (last_report, delay) = match self.sender {
            Some((report, came)) => (report, (now.since(came).as_secs_f64() * 65536.0) as u32),
            None => (0, 0),
        };
        let highest = self.sequence.extended();
        Some(
            ReceiverReport {
                own_ssrc,
                ssrc,
                fraction_lost,
                lost,
                highest,
                last_report,
                delay,
            }
            .write(),
        )
    }

    /// Memory held for pictures under way.
    #[cfg(feature = "fuzzing")]
    pub(crate) fn held_bytes(&self) -> usize {
        self.assembler.held_bytes()
    }

    /// Counts something the session saw.
    pub(crate) fn count(&mut self, reason: DropReason) {
        self.assembler.drops.count(reason);
    }

    /// A second or so passed without packets, or just passed: late packets are given up, a finished
    /// picture need not wait, counts are told.
    pub(crate) fn tick(
        &mut self,
        now: Monotonic,
        quiet: bool,
        outlet: &mut (dyn FnMut(Event) + Send),
    ) -> Result<(), Problem> {
        self.release(now)?;
        let renamed = self.locked.is_some()
            && self.foreign_since >= RENAMED_PACKETS
            && now.since(self.own_at) >= RENAMED_AFTER;
        if renamed {
            // Not adopted: it may be another camera's (ADR 0015). A new session tells.
            return Err(Problem::Protocol(
                "its stream goes on under another SSRC".to_owned(),
            ));
        }
        if quiet {
            self.assembler.idle();
        }
        self.deliver(outlet);
        self.assembler.drops.tell(outlet);
        Ok(())
    }

    /// The session ends. Gives back the epoch it had come to.
    pub(crate) fn finish(&mut self, outlet: &mut (dyn FnMut(Event) + Send)) -> Epoch {
        self.assembler.flush(false);
        self.deliver(outlet);
        self.assembler.drops.tell(outlet);
        self.assembler.epoch()
    }

    fn deliver(&mut self, outlet: &mut (dyn FnMut(Event) + Send)) {
        for coded in self.assembler.done.drain(..) {
            self.tally.units += 1;
            self.tally.taint = coded.taint;
            outlet(Event::Unit(AccessUnit {
                camera: self.camera.clone(),
                epoch: coded.epoch,
                codec: self.codec,
                keyframe: coded.keyframe,
                taint: coded.taint,
                media_time: MediaTime(coded.media),
                received: coded.last.monotonic,
                captured_at: CapturedAt {
                    at: coded.first.wall,
                    uncertainty_ms: self.uncertainty_ms,
                },
                bytes: coded.bytes,
            }));
        }
    }
}

fn over(over: Over) -> Problem {
    Problem::Bound {
        what: over.what,
        limit: over.limit as u64,
    }
}

/// A token bucket: `rate` a second on average over [`RATE_SECS`].
#[derive(Debug)]
struct Bucket {
    rate: u64,
    left: u64,
    filled: Monotonic,
}

impl Bucket {
    fn new(rate: u64) -> Self {
        Self {
            rate,
            left: rate * RATE_SECS,
            filled: Monotonic::default(),
        }
    }

    fn take(&mut self, tokens: u64, now: Monotonic) -> bool {
        if self.left < tokens {
            let gained = now.since(self.filled).as_secs_f64() * self.rate as f64;
            self.left = self.left.saturating_add(gained as u64).min(self.rate * RATE_SECS);
            self.filled = now;
        }
        match self.left.checked_sub(tokens) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }
}
