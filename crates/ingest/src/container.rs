//! The codec's configuration record out of a clip's container: the `avcC`, `hvcC` or `esds` box of
//! mp4 and mov (ISO/IEC 14496-15, 14496-14), the `CodecPrivate` of Matroska. FFmpeg's demuxer has it,
//! but its safe Rust wrapper does not show it. Not for pictures: those come from the demuxer. Input: a
//! file, of which a few headers are read and the rest is skipped.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Longest record accepted, bytes.
const RECORD_BYTES_MAX: u64 = 64 << 10;
/// Most boxes or elements looked at.
const STEPS_MAX: usize = 100_000;

/// The record of the first video track; `None` where the container has none or is another one (raw
/// streams, AVI and MPEG-TS carry their parameters in the stream).
pub(crate) fn configuration(path: &Path) -> Option<Vec<u8>> {
    let mut file = File::open(path).ok()?;
    let end = file.seek(SeekFrom::End(0)).ok()?;
    let mut magic = [0; 8];
    file.seek(SeekFrom::Start(0)).ok()?;
    file.read_exact(&mut magic).ok()?;
    let mut steps = 0;
    if magic.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) {
        matroska(&mut file, 0, end, &mut steps)
    } else if magic[4..].is_ascii() {
        boxes(&mut file, 0, end, &mut steps)
    } else {
        None
    }
}

fn read_at<const N: usize>(file: &mut File, at: u64) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    file.seek(SeekFrom::Start(at)).ok()?;
    file.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

fn record(file: &mut File, from: u64, to: u64) -> Option<Vec<u8>> {
    let length = to.checked_sub(from).filter(|n| *n <= RECORD_BYTES_MAX)?;
    let mut bytes = vec![0; usize::try_from(length).ok()?];
    file.seek(SeekFrom::Start(from)).ok()?;
    file.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

/// ISO/IEC 14496-12 4.2: descends to the sample description of the first track that has one we know.
fn boxes(file: &mut File, mut at: u64, end: u64, steps: &mut usize) -> Option<Vec<u8>> {
    while at.checked_add(8)? <= end {
        *steps += 1;
        if *steps > STEPS_MAX {
            return None;
        }
        let [a, b, c, d, kind @ ..] = read_at::<8>(file, at)?;
        let (size, head) = match u32::from_be_bytes([a, b, c, d]) {
            0 => (end - at, 8),
            1 => (u64::from_be_bytes(read_at::<8>(file, at + 8)?), 16),
            size => (u64::from(size), 8),
        };
        let to = at.checked_add(size).filter(|to| size >= head && *to <= end)?;
        let inside = match &kind {
            b"moov" | b"trak" | b"mdia" | b"minf" | b"stbl" => Some(head),
            b"stsd" => Some(head + 8),
            // VisualSampleEntry: 78 bytes before its boxes.
            b"avc1" | b"avc3" | b"hvc1" | b"hev1" | b"mp4v" => Some(head + 78),
            b"avcC" | b"hvcC" => return record(file, at + head, to),
            b"esds" => return decoder_specific(&record(file, at + head, to)?),
            _ => None,
        };
        if let Some(found) = inside.and_then(|skip| boxes(file, at + skip, to, steps)) {
            return Some(found);
        }
        at = to;
    }
    None
}

/// The decoder-specific bytes of an elementary stream descriptor (ISO/IEC 14496-1 7.2.6.7), found by
/// their tag: they begin with a start code.
fn decoder_specific(esds: &[u8]) -> Option<Vec<u8>> {
    let at = crate::nal::find_start_code(esds)?;
    let (length, from) = (usize::from(*esds.get(at.checked_sub(1)?)?), at);
    Some(esds.get(from..from + length).unwrap_or(&esds[from..]).to_vec())
}

/// RFC 8794, RFC 9559: `Segment`, `Tracks`, `TrackEntry`, `CodecPrivate`.
fn matroska(file: &mut File, mut at: u64, end: u64, steps: &mut usize) -> Option<Vec<u8>> {
    while at < end {
        *steps += 1;
        if *steps > STEPS_MAX {
            return None;
        }
        let (id, id_bytes) = number(file, at, false)?;
        let (size, size_bytes) = number(file, at + id_bytes, true)?;
        let from = at + id_bytes + size_bytes;
        // All ones: unknown size, as live recordings have it.
        let unknown = size == (1 << (7 * size_bytes)) - 1;
        let to = if unknown {
            end
        } else {
            from.checked_add(size).filter(|to| *to <= end)?
        };
        match id {
            0x1853_8067 | 0x1654_ae6b | 0xae => {
                if let Some(found) = matroska(file, from, to, steps) {
                    return Some(found);
                }
            }
            0x63a2 => return record(file, from, to),
            // A cluster: the tracks come before it, or not at all.
            0x1f43_b675 => return None,
            _ => {}
        }
        at = to;
    }
    None
}

/// A variable-length number, and its length; `value`: without its length marker.
fn number(file: &mut File, at: u64, value: bool) -> Option<(u64, u64)> {
    let first = read_at::<1>(file, at)?[0];
    let length = u64::from(first.leading_zeros()) + 1;
    if length > 8 {
        return None;
    }
    let mut number = if value {
        u64::from(first) & ((1 << (8 - length)) - 1)
    } else {
        u64::from(first)
    };
    for offset in 1..length {
        number = number << 8 | u64::from(read_at::<1>(file, at + offset)?[0]);
    }
    Some((number, length))
}

/// How the demuxer frames NAL units, and the parameter sets of a configuration record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// Bytes of the length before each NAL unit.
    pub(crate) length_bytes: usize,
    /// NAL units without start codes.
    pub(crate) parameter_sets: Vec<Vec<u8>>,
}

/// An `avcC` (ISO/IEC 14496-15 5.3.3.1) or `hvcC` (8.3.3.1) record; `None` for anything else, such as
/// an Annex B `CodecPrivate`.
pub(crate) fn parse_record(bytes: &[u8], hevc: bool) -> Option<Record> {
    if bytes.first() != Some(&1) {
        return None;
    }
    let mut parameter_sets = Vec::new();
    if hevc {
        let length_bytes = usize::from(bytes.get(21)? & 3) + 1;
        let mut rest = bytes.get(23..)?;
        for _ in 0..*bytes.get(22)? {
            let count = u16::from_be_bytes([*rest.get(1)?, *rest.get(2)?]);
            rest = rest.get(3..)?;
            take_sets(&mut rest, usize::from(count), &mut parameter_sets)?;
        }
        return Some(Record {
            length_bytes,
            parameter_sets,
        });
    }
    let length_bytes = usize::from(bytes.get(4)? & 3) + 1;
    let mut rest = bytes.get(6..)?;
    take_sets(&mut rest, usize::from(bytes.get(5)? & 0x1f), &mut parameter_sets)?;
    let pictures = usize::from(*rest.first()?);
    rest = &rest[1..];
    take_sets(&mut rest, pictures, &mut parameter_sets)?;
    Some(Record {
        length_bytes,
        parameter_sets,
    })
}

fn take_sets(rest: &mut &[u8], count: usize, out: &mut Vec<Vec<u8>>) -> Option<()> {
    for _ in 0..count {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let (set, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        out.push(set.to_vec());
        *rest = after;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: [u8; 4], inside: &[u8]) -> Vec<u8> {
        [&(inside.len() as u32 + 8).to_be_bytes(), &kind[..], inside].concat()
    }

    fn check(file: &[u8], want: Option<&[u8]>) {
        let mut clip = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut clip, file).unwrap();
        assert_eq!(configuration(clip.path()).as_deref(), want);
    }

    #[test]
    fn records_are_found_in_their_containers() {
        let avcc = [1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 1, 0x67, 1, 0, 1, 0x68];
        let entry = boxed(*b"avc1", &[&[0; 78][..], &boxed(*b"avcC", &avcc)].concat());
        let stsd = boxed(*b"stsd", &[&[0; 8][..], &entry].concat());
        let sound = boxed(*b"trak", &boxed(*b"mdia", &boxed(*b"hdlr", &[0; 9])));
        let video = boxed(
            *b"trak",
            &boxed(*b"mdia", &boxed(*b"minf", &boxed(*b"stbl", &stsd))),
        );
        let moov = boxed(*b"moov", &[sound, video].concat());
        check(
            &[boxed(*b"ftyp", b"isom"), boxed(*b"mdat", &[7; 100]), moov.clone()].concat(),
            Some(&avcc),
        );
        check(&moov[..moov.len() - 3], None);
        check(b"\0\0\0\x01\x67nonsense", None);
        check(&boxed(*b"moov", &[0xff; 40]), None);
        check(b"", None);

        let private = [&[0x63, 0xa2, 0x80 | avcc.len() as u8][..], &avcc].concat();
        let track = [&[0xae, 0x80 | private.len() as u8][..], &private].concat();
        let tracks = [&[0x16, 0x54, 0xae, 0x6b, 0x80 | track.len() as u8][..], &track].concat();
        let head = [0x1a, 0x45, 0xdf, 0xa3, 0x81, 0, 0x18, 0x53, 0x80, 0x67, 0xff];
        check(&[&head[..], &tracks].concat(), Some(&avcc));
    }

    #[test]
    fn records_are_parsed_or_refused() {
        let avcc = [1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 1, 0x67, 1, 0, 1, 0x68];
        let want = Record {
            length_bytes: 4,
            parameter_sets: vec![vec![0x67], vec![0x68]],
        };
        assert_eq!(parse_record(&avcc, false), Some(want));
        for cut in 0..avcc.len() {
            assert_eq!(parse_record(&avcc[..cut], false), None, "cut at {cut}");
        }
        assert_eq!(parse_record(&[0, 0, 0, 1, 0x67], false), None);
        let mut hvcc = vec![0; 23];
        hvcc[0] = 1;
        hvcc[21] = 3;
        hvcc[22] = 1;
        hvcc.extend([32, 0, 1, 0, 2, 0x40, 1]);
        let want = Record {
            length_bytes: 4,
            parameter_sets: vec![vec![0x40, 1]],
        };
        assert_eq!(parse_record(&hvcc, true), Some(want));
        assert_eq!(parse_record(&hvcc[..28], true), None);
    }
}
