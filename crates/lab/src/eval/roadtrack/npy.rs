//! A 3 x 3 matrix from a NumPy file (NEP 1, format versions 1 and 2).
//!
//! Not for: any other array. Input comes from an archive's `homographies/`; a file is at most a few kB.

use std::fs;
use std::path::Path;

use super::super::lines::{unreadable, wrong};
use crate::Error;

/// Largest file read, in bytes.
const BYTES_MAX: u64 = 1 << 16;
const MAGIC: &[u8] = b"\x93NUMPY";

/// Nine cells, row by row.
pub(super) fn read(path: &Path) -> Result<[f64; 9], Error> {
    let bytes = fs::metadata(path).map_err(unreadable(path))?.len();
    if bytes > BYTES_MAX {
        let problem = format!("{bytes} bytes are no 3 x 3 matrix, at most {BYTES_MAX} are read");
        return Err(wrong(path.display(), problem));
    }
    let bytes = fs::read(path).map_err(unreadable(path))?;
    parse(&bytes).map_err(|problem| wrong(path.display(), problem))
}

fn parse(bytes: &[u8]) -> Result<[f64; 9], &'static str> {
    const TRUNCATED: &str = "the file is cut short";
    let rest = bytes.strip_prefix(MAGIC).ok_or("this is no NumPy file")?;
    let (version, rest) = rest.split_at_checked(2).ok_or(TRUNCATED)?;
    // The header's length has two bytes in version 1 and four after it.
    let (length, rest) = rest
        .split_at_checked(if version[0] == 1 { 2 } else { 4 })
        .ok_or(TRUNCATED)?;
    let length = length
        .iter()
        .rev()
        .fold(0usize, |n, byte| n << 8 | usize::from(*byte));
    let (header, cells) = rest.split_at_checked(length).ok_or(TRUNCATED)?;
    let header: String = String::from_utf8_lossy(header).split_whitespace().collect();
    let has = |entry: &str| header.contains(entry);
    if !(has("'<f8'") && has("'fortran_order':False") && has("'shape':(3,3)")) {
        return Err("a homography is a 3 x 3 array of little-endian doubles, row by row");
    }
    if cells.len() != 72 {
        return Err(TRUNCATED);
    }
    let mut matrix = [0.0; 9];
    for (cell, bytes) in matrix.iter_mut().zip(cells.as_chunks::<8>().0) {
        *cell = f64::from_le_bytes(*bytes);
    }
    let sound = matrix.iter().all(|cell| cell.is_finite());
    sound
        .then_some(matrix)
        .ok_or("the matrix holds what is no number")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, cells: &[f64]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([1, 0]);
        bytes.extend(u16::try_from(header.len()).expect("short").to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(cells.iter().flat_map(|cell| cell.to_le_bytes()));
        bytes
    }

    #[test]
    fn nine_doubles_are_read_and_everything_else_is_refused() {
        const HEADER: &str = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 3), }\n";
        let cells: Vec<f64> = (1..=9).map(f64::from).collect();
        let good = file(HEADER, &cells);
        assert_eq!(parse(&good), Ok([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]));
        let mut nan = cells.clone();
        nan[4] = f64::NAN;
        let rows = [
            (b"3 x 3".to_vec(), "no NumPy file"),
            (good[..good.len() - 1].to_vec(), "cut short"),
            (good[..20].to_vec(), "cut short"),
            (
                file(&HEADER.replace("<f8", "<f4"), &cells),
                "little-endian doubles",
            ),
            (
                file(&HEADER.replace("(3, 3)", "(3, 4)"), &cells),
                "little-endian doubles",
            ),
            (file(HEADER, &nan), "no number"),
        ];
        for (bytes, want) in rows {
            let said = parse(&bytes).expect_err(want);
            assert!(said.contains(want), "{said}, not {want}");
        }
    }
}
