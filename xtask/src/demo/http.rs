//! The little HTTP that asking our own server on loopback takes.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The largest answer that is read.
const ANSWER_BYTES_MAX: u64 = 16 << 20;
const PATIENCE: Duration = Duration::from_secs(5);

/// Status and body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// GET by HTTP/1.0, so that the body ends with the connection.
pub(crate) fn get(port: u16, path: &str) -> io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], port)), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    )?;
    let mut bytes = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut bytes)?;
    parse(&bytes).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no HTTP answer"))
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let status = head.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()?;
    Some(Answer {
        status,
        body: bytes[end + 4..].to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_and_garbage_is_not() {
        let rows = [
            (
                "HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody\r\n\r\n",
                Some((200, "body\r\n\r\n")),
            ),
            ("HTTP/1.0 503 No\r\n\r\n", Some((503, ""))),
            ("HTTP/1.1 200 OK\r\n", None),
            ("HTTP/1.1 2é0 OK\r\n\r\n", None),
            ("RTSP/1.0 200 OK\r\n\r\n", None),
        ];
        for (text, want) in rows {
            let got = parse(text.as_bytes()).map(|answer| (answer.status, answer.body));
            let want = want.map(|(status, body)| (status, body.as_bytes().to_vec()));
            assert_eq!(got, want, "{text:?}");
        }
    }
}
