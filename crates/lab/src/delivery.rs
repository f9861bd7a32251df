//! A delivery of a webhook as the case system gets it. Input: requests of our courier, also torn ones.

use std::io::{BufRead, Read as _};

/// The longest event.
const BODY_BYTES_MAX: usize = 1 << 20;
/// The longest line of a head.
const LINE_BYTES_MAX: u64 = 8 << 10;

/// One whole request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its `Idempotency-Key`.
    pub key: String,
    /// The event, JSON.
    pub body: Vec<u8>,
}

impl Delivery {
    /// Reads the next one; one that is torn, without a key or beyond the bounds is none.
    pub fn read(reader: &mut impl BufRead) -> Option<Self> {
        let (mut key, mut length, mut line) = (None, 0, String::new());
        loop {
            line.clear();
            if reader.take(LINE_BYTES_MAX).read_line(&mut line).ok()? == 0 {
                return None;
            }
            let Some((name, value)) = line.trim_end().split_once(':') else {
                if line == "\r\n" {
                    break;
                }
                continue;
            };
            match name.to_ascii_lowercase().as_str() {
                "idempotency-key" => key = Some(value.trim().to_owned()),
                "content-length" => length = value.trim().parse().ok()?,
                _ => {}
            }
        }
        if length > BODY_BYTES_MAX {
            return None;
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        Some(Self { key: key?, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_or_boundless_delivery_is_none() {
        let text = "POST /events HTTP/1.1\r\nIdempotency-Key: k1\r\nContent-Length: 2\r\n\r\n{}";
        let whole = Delivery::read(&mut text.as_bytes()).expect("whole");
        assert_eq!((whole.key.as_str(), &*whole.body), ("k1", &b"{}"[..]));
        for torn in [
            &text[..text.len() - 1],
            "POST / HTTP/1.1\r\nIdempotency-Key: k1\r\nContent-Length: 9999999\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        ] {
            assert_eq!(Delivery::read(&mut torn.as_bytes()), None, "{torn}");
        }
    }
}
