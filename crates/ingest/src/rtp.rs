//! RTP headers and RTCP reports (RFC 3550). Parses in place; nothing is copied.

/// An RTP packet, borrowed from the read buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packet<'a> {
    pub(crate) marker: bool,
    pub(crate) payload_type: u8,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) ssrc: u32,
    pub(crate) payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// RFC 3550 5.1; `None` for what is no RTP version 2 packet, or is shorter than it says.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (head, mut rest) = bytes.split_first_chunk::<12>()?;
        if head[0] >> 6 != 2 {
            return None;
        }
        rest = rest.get(4 * usize::from(head[0] & 0x0f)..)?;
        if head[0] & 0x10 != 0 {
            let (extension, after) = rest.split_first_chunk::<4>()?;
            let words = u16::from_be_bytes([extension[2], extension[3]]);
            rest = after.get(4 * usize::from(words)..)?;
        }
        if head[0] & 0x20 != 0 {
            let padding = usize::from(*rest.last()?);
            rest = rest.get(..rest.len().checked_sub(padding.max(1))?)?;
        }
        Some(Self {
            marker: head[1] & 0x80 != 0,
            payload_type: head[1] & 0x7f,
            sequence: u16::from_be_bytes([head[2], head[3]]),
            timestamp: u32::from_be_bytes([head[4], head[5], head[6], head[7]]),
            ssrc: u32::from_be_bytes([head[8], head[9], head[10], head[11]]),
            payload: rest,
        })
    }
}

/// The middle 32 bits of the NTP time of the sender report of `ssrc` in a compound packet, to be sent
/// back (RFC 3550 6.4.1). The camera's clock itself is not used.
pub(crate) fn sender_report(mut compound: &[u8], ssrc: u32) -> Option<u32> {
    while let Some((head, _)) = compound.split_first_chunk::<4>() {
        if head[0] >> 6 != 2 {
            return None;
        }
        let length = 4 * (usize::from(u16::from_be_bytes([head[2], head[3]])) + 1);
        let (report, after) = compound.split_at_checked(length)?;
        if head[1] == 200 && report.len() >= 28 && report[4..8] == ssrc.to_be_bytes() {
            return Some(u32::from_be_bytes([
                report[10], report[11], report[12], report[13],
            ]));
        }
        compound = after;
    }
    None
}

/// What a receiver report says (RFC 3550 6.4.2).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ReceiverReport {
    pub(crate) own_ssrc: u32,
    pub(crate) ssrc: u32,
    /// Of 256, since the last report.
    pub(crate) fraction_lost: u8,
    pub(crate) lost: u32,
    pub(crate) highest: u32,
    /// Middle bits of the last sender report, 0 when none came.
    pub(crate) last_report: u32,
    /// Since that report came, in 1/65536 s.
    pub(crate) delay: u32,
}

impl ReceiverReport {
    /// Bytes of a report with its description.
    pub(crate) const BYTES: usize = 32 + 20;

    /// The compound packet: receiver report and the CNAME it must come with (RFC 3550 6.1).
    pub(crate) fn write(&self) -> [u8; Self::BYTES] {
        let mut out = [0; Self::BYTES];
        out[..4].copy_from_slice(&[0x81, 201, 0, 7]);
        out[4..8].copy_from_slice(&self.own_ssrc.to_be_bytes());
        out[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        out[12..16]
            .copy_from_slice(&(u32::from(self.fraction_lost) << 24 | self.lost & 0xff_ffff).to_be_bytes());
        out[16..20].copy_from_slice(&self.highest.to_be_bytes());
        // Jitter (20..24) is not measured: no camera we know of acts on it.
        out[24..28].copy_from_slice(&self.last_report.to_be_bytes());
        out[28..32].copy_from_slice(&self.delay.to_be_bytes());
        out[32..36].copy_from_slice(&[0x81, 202, 0, 4]);
        out[36..40].copy_from_slice(&self.own_ssrc.to_be_bytes());
        out[40..42].copy_from_slice(&[1, 9]);
        out[42..51].copy_from_slice(b"curbwatch");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(first: u8, rest: &[u8]) -> Vec<u8> {
        [&[first, 0xe0, 0, 7, 0, 0, 0, 9, 0, 0, 0, 5][..], rest].concat()
    }

    #[test]
    fn packets_are_parsed_or_refused() {
        let rows: [(Vec<u8>, Option<&[u8]>); 10] = [
            (packet(0x80, &[1, 2]), Some(&[1, 2])),
            (packet(0x80, &[]), Some(&[])),
            (packet(0x81, &[9, 9, 9, 9, 1]), Some(&[1])),
            (packet(0x81, &[9, 9]), None),
            (packet(0x90, &[0, 0, 0, 1, 8, 8, 8, 8, 5]), Some(&[5])),
            (packet(0x90, &[0, 0, 0, 9, 8]), None),
            (packet(0xa0, &[5, 6, 0, 2]), Some(&[5, 6])),
            (packet(0xa0, &[5, 200]), None),
            (packet(0x40, &[1]), None),
            (vec![0x80; 11], None),
        ];
        for (bytes, want) in rows {
            let got = Packet::parse(&bytes);
            assert_eq!(got.map(|p| p.payload), want, "{bytes:x?}");
            if let Some(p) = got {
                assert_eq!(
                    (p.marker, p.payload_type, p.sequence, p.timestamp, p.ssrc),
                    (true, 96, 7, 9, 5)
                );
            }
        }
    }

    #[test]
    fn reports_are_read_and_written() {
        let mut compound = vec![0x80, 200, 0, 6, 0, 0, 0, 5, 1, 2, 3, 4, 5, 6, 7, 8];
        compound.extend([0; 12]);
        assert_eq!(sender_report(&compound, 5), Some(0x0304_0506));
        assert_eq!(sender_report(&compound, 6), None);
        assert_eq!(sender_report(&compound[..20], 5), None, "cut short");
        assert_eq!(sender_report(&[0x80, 203, 0xff, 0xff], 5), None);

        let report = ReceiverReport {
            own_ssrc: 1,
            ssrc: 5,
            lost: 3,
            highest: 9,
            ..Default::default()
        }
        .write();
        assert_eq!(report[1], 201);
        assert_eq!(&report[12..20], &[0, 0, 0, 3, 0, 0, 0, 9]);
        assert_eq!(report.len() % 4, 0);
    }
}
