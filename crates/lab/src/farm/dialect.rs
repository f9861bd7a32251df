//! How a camera with quirks talks: which requests it refuses, how it describes itself, how it writes
//! its answers down.
//!
//! For: the handshake's rows of the catalogue. Not for: packets and pictures (`tamper`, `Packing`).
//! Input: requests the farm would answer well, and those answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rtsp_types::headers::{LOCATION, RETRY_AFTER};
use rtsp_types::{Method, Request, Response, ResponseBuilder, StatusCode, Version};

use super::history::History;
use super::quirk::{Quirk, Quirks};
use super::sdp::CONTROL;

/// How long packets run ahead of the answer to PLAY.
const EARLY: Duration = Duration::from_millis(300);
/// A request of the camera's own.
const OWN_REQUEST: &[u8] = b"OPTIONS rtsp://camera/ RTSP/1.0\r\nCSeq: 1\r\n\r\nGET_PARAMETER rtsp://camera/ RTSP/1.0\r\nCSeq: 2\r\n\r\n";
/// Parameter sets of a stream that is not ours: 1280x720, High profile.
const OTHER_SETS: &str = "Z2QAH6zZQFAFuwEQAAADABAAAAMDwPGDGWA=,aOvjyyLA";

/// See the module.
#[derive(Debug)]
pub(super) struct Dialect {
    quirks: Quirks,
    history: Arc<History>,
    /// Where the camera listens.
    addr: SocketAddr,
    /// The nonce was changed for the request that is asked again now.
    renewed: bool,
}

impl Dialect {
    pub(super) fn new(quirks: &Quirks, history: &Arc<History>, addr: SocketAddr) -> Self {
        Self {
            quirks: quirks.clone(),
            history: Arc::clone(history),
            addr,
            renewed: false,
        }
    }

    /// Whether the connection is never answered at all.
    pub(super) fn is_mute(&self) -> bool {
        self.history
            .once_more(Quirk::Mute, self.quirks.number(Quirk::Mute))
    }

    /// The session's timeout where the camera means it: no request for so long ends the connection.
    pub(super) fn keepalive_within(&self) -> Option<Duration> {
        self.quirks
            .number(Quirk::WantsKeepalive)
            .map(Duration::from_secs_f64)
    }

    /// Whether this request needs a nonce newer than any it can know.
    pub(super) fn renews_nonce(&mut self, method: &Method, playing: bool) -> bool {
        let keepalive = playing && matches!(method, Method::GetParameter | Method::Options);
        let wanted = self.quirks.has(Quirk::NonceOnEveryRequest)
            || (self.quirks.has(Quirk::NonceOnKeepalive) && keepalive);
        self.renewed = wanted && !self.renewed;
        self.renewed
    }

    /// Whether no password is the right one.
    pub(super) fn refuses_password(&self) -> bool {
        self.quirks.has(Quirk::RefusesPassword)
    }

    /// The answer to a request the camera does not want, and whether it forgets its session.
    pub(super) fn refusal(
        &self,
        request: &Request<Vec<u8>>,
        in_session: bool,
    ) -> Option<(ResponseBuilder, bool)> {
        let times = |quirk| self.history.once_more(quirk, self.quirks.number(quirk));
        let refused = |status| Some((reply(status), false));
        match request.method() {
            Method::Describe => {
                let token = request
                    .request_uri()
                    .and_then(|uri| uri.query())
                    .unwrap_or_default();
                if let Some(location) = self.elsewhere() {
                    return Some((reply(StatusCode::Found).header(LOCATION, location), false));
                }
                if self.quirks.has(Quirk::UrlExpires) && !self.history.is_fresh(token) {
                    return refused(StatusCode::Forbidden);
                }
                if times(Quirk::Full) {
                    return refused(StatusCode::NotEnoughBandwidth);
                }
                if times(Quirk::Fails) {
                    return refused(StatusCode::InternalServerError);
                }
                if times(Quirk::Unavailable) {
                    let after = self.quirks.numbers(Quirk::Unavailable).map_or(0.0, |n| n[1]);
                    let busy = reply(StatusCode::ServiceUnavailable);
                    return Some((busy.header(RETRY_AFTER, format!("{after:.0}")), false));
                }
                None
            }
            Method::GetParameter
                if self.quirks.has(Quirk::NoGetParameter) || self.quirks.has(Quirk::GetParameterFails) =>
            {
                refused(StatusCode::NotImplemented)
            }
            Method::GetParameter | Method::Options if in_session && times(Quirk::ForgetsSession) => {
                Some((reply(StatusCode::SessionNotFound), true))
            }
            _ => None,
        }
    }

    /// Where clients are sent.
    fn elsewhere(&self) -> Option<String> {
        let path = "camera-0001";
        if self.quirks.has(Quirk::RedirectsToMetadata) {
            return Some("rtsp://169.254.169.254/latest/meta-data".to_owned());
        }
        if self.quirks.has(Quirk::RedirectsInACircle) {
            return Some(format!("rtsp://{}/{path}", self.addr));
        }
        let numbers = self.quirks.numbers(Quirk::RedirectsAway)?;
        let port = if numbers[1] == 0.0 {
            self.addr.port()
        } else {
            numbers[1] as u16
        };
        Some(format!("rtsp://127.0.0.{}:{port}/{path}", numbers[0] as u8))
    }

    /// Methods the camera says it knows.
    pub(super) fn methods(&self, methods: &str) -> String {
        if self.quirks.has(Quirk::NoGetParameter) {
            methods.replace("GET_PARAMETER, SET_PARAMETER, ", "")
        } else {
            methods.to_owned()
        }
    }

    /// Whether the session is called otherwise from PLAY on.
    pub(super) fn session_changes(&self) -> bool {
        self.quirks.has(Quirk::SessionChanges)
    }

    /// How long packets run ahead of the answer to PLAY.
    pub(super) fn early(&self) -> Option<Duration> {
        self.quirks.has(Quirk::EarlyRtp).then_some(EARLY)
    }

    /// The Content-Base the camera names for a request's URI.
    pub(super) fn base(&self, uri: &str) -> Option<String> {
        if self.quirks.has(Quirk::NoContentBase) {
            None
        } else if self.quirks.has(Quirk::BaseWithQuery) {
            Some(format!("{}?channel=1&subtype=0/", uri.trim_end_matches('/')))
        } else {
            Some(format!("{}/", uri.trim_end_matches('/')))
        }
    }

    /// The session description as this camera writes it. `uri`: what was asked for.
    pub(super) fn describe(&self, sdp: &str, uri: &str) -> String {
        let uri = uri.trim_end_matches('/');
        let bare = uri.strip_prefix("rtsp://").unwrap_or(uri);
        let has = |quirk| self.quirks.has(quirk);
        let mut out = String::new();
        for line in sdp.lines() {
            let line = match line {
                "v=0" if has(Quirk::NoOrigin) => "v=0\r\nx\r\nmade in a hurry".to_owned(),
                _ if has(Quirk::NoOrigin) && (line.starts_with("o=") || line.starts_with("t=")) => continue,
                _ if line.starts_with("m=video") && has(Quirk::AudioFirst) => format!(
                    "m=audio 0 RTP/AVP 8\r\na=control:trackID=8\r\nm=video 0 RTP/AVP 26\r\na=control:trackID=9\r\n{line}"
                ),
                _ if line.ends_with(CONTROL) && has(Quirk::ControlAbsolute) => {
                    format!("a=control:{uri}/{CONTROL}")
                }
                _ if line.ends_with(CONTROL) && has(Quirk::ControlWithoutScheme) => {
                    format!("a=control://{bare}/{CONTROL}")
                }
                _ if line.ends_with(CONTROL) && has(Quirk::ControlHostPath) => {
                    format!("a=control:{bare}/{CONTROL}")
                }
                _ if line.starts_with("a=fmtp:") => self.parameters(line),
                _ => line.to_owned(),
            };
            out.push_str(&line);
            out.push_str("\r\n");
        }
        out
    }

    /// The line of parameters, its sets as the camera gets them wrong.
    fn parameters(&self, line: &str) -> String {
        use base64::Engine as _;
        use base64::engine::general_purpose::STANDARD;
        let has = |quirk| self.quirks.has(quirk);
        let (head, parameters) = line.split_once(' ').unwrap_or((line, ""));
        let mut kept = Vec::new();
        for parameter in parameters.split(';') {
            let Some((name, sets)) = parameter
                .split_once('=')
                .filter(|(name, _)| name.starts_with("sprop"))
            else {
                kept.push(parameter.to_owned());
                continue;
            };
            let sets = if has(Quirk::SpropMissing) {
                continue;
            } else if has(Quirk::SpropEmpty) {
                ",".to_owned()
            } else if has(Quirk::SpropSpsOnly) {
                sets.split(',').next().unwrap_or_default().to_owned()
            } else if has(Quirk::SpropWrong) {
                OTHER_SETS.to_owned()
            } else if has(Quirk::SpropAnnexB) {
                let units = sets.split(',').filter_map(|set| STANDARD.decode(set).ok());
                STANDARD.encode(
                    units
                        .flat_map(|unit| [&[0, 0, 0, 1][..], &unit].concat())
                        .collect::<Vec<_>>(),
                )
            } else {
                sets.to_owned()
            };
            kept.push(format!("{name}={sets}"));
        }
        if has(Quirk::Donl) {
            kept.push("sprop-max-don-diff=1".to_owned());
        }
        format!("{head} {}", kept.join(";"))
    }

    /// An answer's bytes as this camera writes them.
    pub(super) fn write(&self, method: &Method, answer: &[u8]) -> Vec<u8> {
        let end = answer
            .windows(4)
            .position(|w| w == b"\r\n\r\n")
            .map_or(answer.len(), |at| at + 4);
        let (head, body) = answer.split_at(end);
        let mut lines: Vec<String> = String::from_utf8_lossy(head)
            .lines()
            .map(ToOwned::to_owned)
            .collect();
        let has = |quirk| self.quirks.has(quirk);
        if has(Quirk::NoReason) {
            lines[0] = lines[0].splitn(3, ' ').take(2).collect::<Vec<_>>().join(" ");
        }
        if has(Quirk::OddCase) {
            for line in &mut lines[1..] {
                if let Some((name, value)) = line.split_once(':') {
                    *line = format!("{} :{value}", name.to_ascii_uppercase());
                }
            }
        }
        if has(Quirk::FoldsHeaders) {
            for line in &mut lines[1..] {
                *line = line.replacen(';', ";\r\n\t", 1).replacen(", ", ",\r\n  ", 1);
            }
        }
        let mut text = lines.join("\r\n");
        text.push_str("\r\n");
        if has(Quirk::BareLineFeeds) {
            text = text.replace('\r', "");
        }
        let mut out = Vec::with_capacity(answer.len() + 256);
        if has(Quirk::ContinuesFirst) {
            let cseq = lines
                .iter()
                .find(|line| line.to_ascii_lowercase().starts_with("cseq"));
            let cseq = cseq.map_or("CSeq: 0", String::as_str);
            out.extend_from_slice(format!("RTSP/1.0 100 Continue\r\n{cseq}\r\n\r\n").as_bytes());
        }
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(body);
        if has(Quirk::AsksBack) && *method == Method::Play {
            out.extend_from_slice(OWN_REQUEST);
        }
        out
    }
}

/// An answer's first line.
pub(super) fn reply(status: StatusCode) -> ResponseBuilder {
    let builder = Response::builder(Version::V1_0, status);
    // The library writes `Ok`; RFC 2326 7.1.1 and every camera say `OK`.
    if status == StatusCode::Ok {
        builder.reason_phrase("OK")
    } else {
        builder
    }
}
