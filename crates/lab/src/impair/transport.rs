//! RTSP messages in a stream, found so that the ports in their `Transport` headers can be replaced.
//!
//! For: the few messages of a handshake. Not for: understanding them. Input: bytes of either side.

/// Longest head looked at; what is longer passes as it is.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// What stands at the front of the buffered bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Front {
    /// So many bytes pass as they are: frames, bodies, whatever is no message.
    Passes(usize),
    /// A head of so many bytes, with its blank line.
    Head(usize),
    /// Not enough to tell.
    Partial,
}

/// Tells messages from the rest.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Bytes of a body or frame that are still to come.
    rest: usize,
}

impl Scan {
    pub(super) fn front(&mut self, bytes: &[u8]) -> Front {
        if self.rest > 0 {
            let passes = self.rest.min(bytes.len());
            self.rest -= passes;
            return if passes == 0 {
                Front::Partial
            } else {
                Front::Passes(passes)
            };
        }
        match bytes {
            [b'$', _, high, low, ..] => {
                self.rest = 4 + usize::from(u16::from_be_bytes([*high, *low]));
                self.front(bytes)
            }
            [] | [b'$', ..] => Front::Partial,
            [first, ..] if first.is_ascii_alphabetic() => {
                let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else {
                    return if bytes.len() > HEAD_BYTES_MAX {
                        Front::Passes(bytes.len())
                    } else {
                        Front::Partial
                    };
                };
                let head = String::from_utf8_lossy(&bytes[..end]);
                self.rest = value(&head, "content-length")
                    .and_then(|v| v.parse().ok())
                    .unwrap_or(0);
                Front::Head(end + 4)
            }
            _ => Front::Passes(1),
        }
    }
}

/// A header's value.
pub(super) fn value<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

/// The pair of ports called `name` in a head's `Transport`.
pub(super) fn ports(head: &str, name: &str) -> Option<(u16, u16)> {
    let pair = value(head, "transport")?
        .split(';')
        .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))?;
    let (first, second) = pair.split_once('-')?;
    Some((first.parse().ok()?, second.parse().ok()?))
}

/// The head with the pair of ports called `name` replaced.
pub(super) fn with_ports(head: &str, name: &str, old: (u16, u16), new: (u16, u16)) -> String {
    head.replace(
        &format!("{name}={}-{}", old.0, old.1),
        &format!("{name}={}-{}", new.0, new.1),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_from_frames_and_bodies() {
        let mut scan = Scan::default();
        let bytes = b"RTSP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc$\0\0\x02xyOPTIONS * RTSP/1.0\r\n\r\n";
        let mut at = 0;
        let mut seen = Vec::new();
        while at < bytes.len() {
            let front = scan.front(&bytes[at..]);
            at += match front {
                Front::Passes(n) | Front::Head(n) => n,
                Front::Partial => break,
            };
            seen.push(front);
        }
        assert_eq!(
            seen,
            [
                Front::Head(38),
                Front::Passes(3),
                Front::Passes(6),
                Front::Head(22)
            ]
        );
        assert_eq!(scan.front(b"$\0"), Front::Partial);
        assert_eq!(scan.front(b"RTSP/1.0 200"), Front::Partial);
        assert_eq!(scan.front(b"\r\n"), Front::Passes(1));
    }

    #[test]
    fn ports_are_read_and_replaced() {
        let head = "SETUP x RTSP/1.0\r\nTransport: RTP/AVP;unicast;client_port=5000-5001\r\n\r\n";
        assert_eq!(ports(head, "client_port"), Some((5000, 5001)));
        assert_eq!(ports(head, "server_port"), None);
        assert!(with_ports(head, "client_port", (5000, 5001), (6, 7)).contains("client_port=6-7"));
    }
}
