//! Heads of RTSP messages: found line by line within their bounds, mended where cameras get them wrong,
//! then parsed by `rtsp-types`. Not for bodies and frames: see `connection`.

use crate::Problem;
use crate::options::Bounds;

/// A message from the peer.
#[derive(Debug)]
pub(crate) enum Message {
    Reply(Reply),
    /// A request of the peer's, to be answered.
    Request {
        cseq: String,
        /// The peer wants us elsewhere or gone (REDIRECT, TEARDOWN).
        farewell: bool,
    },
}

/// An answer to a request of ours.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) response: rtsp_types::Response<Vec<u8>>,
    /// Each `WWW-Authenticate` line.
    pub(crate) challenges: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &'static str) -> Option<&str> {
        let name = rtsp_types::HeaderName::from_static_str(name).ok()?;
        self.response.header(&name).map(rtsp_types::HeaderValue::as_str)
    }

    pub(crate) fn cseq(&self) -> Option<u32> {
        self.header("CSeq").and_then(|v| v.trim().parse().ok())
    }

    /// The peer's refusal as a problem.
    pub(crate) fn problem(&self) -> Problem {
        let wait = self.header("Retry-After").and_then(|v| v.trim().parse().ok());
        Problem::Status {
            code: self.status,
            reason: self
                .response
                .reason_phrase()
                .chars()
                .filter(|c| !c.is_control())
                .take(60)
                .collect(),
            retry_after: wait.map(std::time::Duration::from_secs),
        }
    }
}

/// Looks for the end of a head as bytes come in, without reading any byte twice.
#[derive(Debug, Default)]
pub(crate) struct HeadScan {
    at: usize,
    line_from: usize,
    lines: usize,
}

impl HeadScan {
    /// Length of the head with its blank line, once it is all there.
    pub(crate) fn find(&mut self, bytes: &[u8], bounds: &Bounds) -> Result<Option<usize>, Problem> {
        while let Some(offset) = bytes[self.at..].iter().position(|b| *b == b'\n') {
            let end = self.at + offset;
            let line = bytes[self.line_from..end].trim_ascii_end();
            self.at = end + 1;
            Self::check_line(end - self.line_from, bounds)?;
            self.line_from = end + 1;
            if line.is_empty() {
                return Ok(Some(end + 1));
            }
            self.lines += 1;
            if self.lines > bounds.headers_max + 1 {
                return Err(Problem::Bound {
                    what: "header lines",
                    limit: bounds.headers_max as u64,
                });
            }
        }
        self.at = bytes.len();
        Self::check_line(bytes.len() - self.line_from, bounds)?;
        Ok(None)
    }

    fn check_line(bytes: usize, bounds: &Bounds) -> Result<(), Problem> {
        if bytes > bounds.line_bytes_max {
            return Err(Problem::Bound {
                what: "bytes of a line",
                limit: bounds.line_bytes_max as u64,
            });
        }
        Ok(())
    }
}

/// A parsed head, and the length of the body that follows.
pub(crate) fn parse(head: &[u8]) -> Result<(Message, usize), Problem> {
    let text = String::from_utf8_lossy(head);
    let mended = mend(&text)?;
    let (message, _) = rtsp_types::Message::<Vec<u8>>::parse(mended.text.as_bytes())
        .map_err(|_| Problem::Protocol("a message that is no RTSP".to_owned()))?;
    let message = match message {
        rtsp_types::Message::Response(response) => Message::Reply(Reply {
            status: response.status().into(),
            response,
            challenges: mended.challenges,
            body: Vec::new(),
        }),
        rtsp_types::Message::Request(request) => Message::Request {
            cseq: request
                .header(&rtsp_types::headers::CSEQ)
                .map_or_else(String::new, |v| v.as_str().to_owned()),
            farewell: matches!(
                request.method(),
                rtsp_types::Method::Redirect | rtsp_types::Method::Teardown
            ),
        },
        rtsp_types::Message::Data(_) => {
            return Err(Problem::Protocol("data where a message should be".to_owned()));
        }
    };
    Ok((message, mended.body_bytes))
}

struct Mended {
    text: String,
    challenges: Vec<String>,
    body_bytes: usize,
}

/// Leniency, each seen on real cameras: bare line feeds, status lines without a reason, spaces before
/// the colon, header lines without a colon, folded lines, bytes that are no UTF-8.
fn mend(text: &str) -> Result<Mended, Problem> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim_end) {
        if line.starts_with([' ', '\t']) && lines.len() > 1 {
            if let Some(last) = lines.last_mut() {
                last.push(' ');
                last.push_str(line.trim_start());
            }
        } else if !line.is_empty() {
            lines.push(line.to_owned());
        }
    }
    let mut lines = lines.into_iter();
    let mut first = lines.next().unwrap_or_default();
    if first.starts_with("RTSP/") && first.split(' ').count() == 2 {
        first.push_str(" -");
    }
    let mut mended = Mended {
        text: first,
        challenges: Vec::new(),
        body_bytes: 0,
    };
    mended.text.push_str("\r\n");
    let mut length: Option<usize> = None;
    for line in lines {
        let Some((name, value)) = line.split_once(':').map(|(n, v)| (n.trim(), v.trim())) else {
            continue;
        };
        let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if name.is_empty() || !name.bytes().all(token) {
            continue;
        }
        if name.eq_ignore_ascii_case("content-length") {
            let bytes = value
                .parse()
                .map_err(|_| Problem::Protocol("a Content-Length that is no number".to_owned()))?;
            if length.is_some_and(|before| before != bytes) {
                return Err(Problem::Protocol("two different Content-Lengths".to_owned()));
            }
            length = Some(bytes);
        } else {
            if name.eq_ignore_ascii_case("www-authenticate") {
                mended.challenges.push(value.to_owned());
            }
            mended.text.push_str(name);
            mended.text.push_str(": ");
            mended.text.push_str(value);
            mended.text.push_str("\r\n");
        }
    }
    mended.text.push_str("\r\n");
    mended.body_bytes = length.unwrap_or(0);
    Ok(mended)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(head: &str) -> Reply {
        match parse(head.as_bytes()).unwrap().0 {
            Message::Reply(reply) => reply,
            Message::Request { .. } => panic!("a request: {head}"),
        }
    }

    #[test]
    fn heads_of_real_cameras_are_understood() {
        let rows = [
            (
                "RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 12;timeout=60\r\n\r\n",
                200,
                Some("12;timeout=60"),
            ),
            ("RTSP/1.0 200 OK\nCSeq: 3\nsession : 12\n\n", 200, Some("12")),
            ("RTSP/1.0 200\r\nCSeq: 3\r\n\r\n", 200, None),
            (
                "RTSP/1.0 200 OK\r\nCSeq: 3\r\nnonsense\r\nSession: 12\r\n\r\n",
                200,
                Some("12"),
            ),
            (
                "RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 12;\r\n  timeout=5\r\n\r\n",
                200,
                Some("12; timeout=5"),
            ),
            ("RTSP/1.0 404 \u{fffd}\r\nCSeq: 3\r\n\r\n", 404, None),
        ];
        for (head, status, session) in rows {
            let reply = reply(head);
            assert_eq!((reply.status, reply.cseq()), (status, Some(3)), "{head:?}");
            assert_eq!(reply.header("Session"), session, "{head:?}");
        }
    }

    #[test]
    fn challenges_are_kept_apart() {
        let reply = reply(
            "RTSP/1.0 401 No\r\nWWW-Authenticate: Basic realm=\"a\"\r\nwww-authenticate: Digest realm=\"b\"\r\n\r\n",
        );
        assert_eq!(reply.challenges, ["Basic realm=\"a\"", "Digest realm=\"b\""]);
    }

    #[test]
    fn lengths_are_taken_from_the_head() {
        assert_eq!(
            parse(b"RTSP/1.0 200 OK\r\nContent-length: 7\r\n\r\n").unwrap().1,
            7
        );
        for head in [
            "Content-Length: 99999999999999999999999",
            "Content-Length: -1",
            "Content-Length: 1\r\nContent-Length: 2",
        ] {
            assert!(
                parse(format!("RTSP/1.0 200 OK\r\n{head}\r\n\r\n").as_bytes()).is_err(),
                "{head}"
            );
        }
        assert!(parse(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }

    #[test]
    fn a_head_is_bounded_in_lines_and_bytes() {
        let bounds = Bounds {
            headers_max: 3,
            line_bytes_max: 20,
            ..Bounds::default()
        };
        let find = |text: &str| HeadScan::default().find(text.as_bytes(), &bounds);
        assert_eq!(find("a\r\nb\r\n\r\nrest").unwrap(), Some(8));
        assert_eq!(find("a\r\nb\r\n").unwrap(), None);
        assert!(find("a\nb\nc\nd\ne\n").is_err());
        assert!(find(&"x".repeat(21)).is_err());
        let mut scan = HeadScan::default();
        assert_eq!(scan.find(b"a\r", &bounds).unwrap(), None);
        assert_eq!(scan.find(b"a\r\n\r", &bounds).unwrap(), None);
        assert_eq!(scan.find(b"a\r\n\r\n", &bounds).unwrap(), Some(5));
    }
}
