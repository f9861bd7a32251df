//! Where a camera is at the moment, by asking its platform: URLs of gateways carry tokens that expire, so each
//! session gets a URL of its own and no URL is used twice.
//!
//! For: one GET and the URL in its answer. Not for: judging where the URL leads, which name resolution and
//! the address policy do as for any camera. Input: an HTTP endpoint that may be broken or hostile: no redirect
//! is followed, its answer is bounded in size and time, and no part of it is ever printed.

use std::fmt;
use std::time::Duration;

use curbwatch_types::{CameraId, Secret};
use serde_json::Value;
use ureq::http::{HeaderValue, header};
use ureq::{Agent, Error as HttpError};
use url::Url;

use crate::address::{Credentials, parsed, take_userinfo};
use crate::options::Bounds;
use crate::rtsp::leads_here;
use crate::{Error, Problem};

/// Largest head of an answer, bytes.
const HEAD_BYTES_MAX: usize = 32 << 10;
/// Longest URL taken, bytes. It is part of a request line, and cameras' lines end at 2 KiB.
const URL_BYTES_MAX: usize = 2 << 10;
const USER_AGENT: &str = concat!("curbwatch/", env!("CARGO_PKG_VERSION"));

/// An HTTP endpoint that knows one camera's URL. `Debug` shows its host alone.
#[derive(Clone)]
pub struct UrlProvider {
    url: Url,
    pointer: Option<String>,
    authorization: Option<HeaderValue>,
}

impl fmt::Debug for UrlProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UrlProvider").field(&self.authority()).finish()
    }
}

impl UrlProvider {
    /// `template`: `http` or `https`, without user and password; `{id}` stands for the camera's id. `pointer`: where
    /// in a JSON answer the URL is (RFC 6901); without one the answer is the URL. `token`: sent as
    /// `Authorization: Bearer`.
    pub fn new(
        camera: &CameraId,
        template: &str,
        pointer: Option<&str>,
        token: Option<&Secret>,
    ) -> Result<Self, Error> {
        let refuse = |problem: &str| Error::Url {
            camera: camera.clone(),
            problem: format!("its provider: {problem}"),
        };
        let filled = template.replace("{id}", camera.as_str());
        let url = Url::parse(&filled).map_err(|e| refuse(&e.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(refuse("only http:// and https:// with a host can be asked"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("it must not hold user or password; use the token"));
        }
        if pointer.is_some_and(|pointer| !pointer.starts_with('/')) {
            return Err(refuse("the pointer into its answer does not begin with /"));
        }
        let bearer = |token: &Secret| {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose()))?;
            value.set_sensitive(true);
            Ok::<_, ureq::http::header::InvalidHeaderValue>(value)
        };
        let authorization = token.map(bearer).transpose();
        Ok(Self {
            url,
            pointer: pointer.map(str::to_owned),
            authorization: authorization
                .map_err(|_| refuse("its token holds characters that a header cannot"))?,
        })
    }

    /// `host:port`, for messages.
    pub fn authority(&self) -> String {
        let port = self.url.port_or_known_default().unwrap_or_default();
        format!("{}:{port}", self.url.host_str().unwrap_or_default())
    }

    /// Whether the operator wrote that the provider is on this machine.
    pub(crate) fn is_here(&self) -> bool {
        leads_here(&self.url)
    }

    /// Asks for the URL, with the credentials that stand in it. Like a name's resolution this blocks a thread of
    /// the runtime's pool; whoever stops waiting leaves it to end by its own time.
    pub(crate) async fn ask(&self, bounds: &Bounds) -> Result<(Url, Option<Credentials>), Problem> {
        let (this, wait, bytes_max) = (self.clone(), bounds.provider, bounds.provider_bytes_max);
        let asked = tokio::task::spawn_blocking(move || this.get(wait, bytes_max));
        asked
            .await
            .unwrap_or_else(|_| Err(said("could not be asked: the program is ending")))
    }

    /// A connection for each question: a camera asks at its reconnects, and nothing is held between them.
    fn get(&self, wait: Duration, bytes_max: u64) -> Result<(Url, Option<Credentials>), Problem> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_global(Some(wait))
            .max_response_header_size(HEAD_BYTES_MAX)
            .max_idle_connections(0)
            .user_agent(USER_AGENT)
            .build();
        let mut request = config.new_agent().get(self.url.as_str());
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let mut response = request.call().map_err(|e| said(reason(&e, wait, bytes_max)))?;
        let status = response.status().as_u16();
        if !response.status().is_success() {
            let retry_after = response.headers().get(header::RETRY_AFTER);
            let seconds = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
            let remedy = match status {
                300..=399 => "; redirects are not followed, set the final address",
                401 | 403 => "; check the token",
                _ => "",
            };
            return Err(Problem::Provider {
                why: format!("answered {status}{remedy}"),
                retry_after: seconds.map(Duration::from_secs),
            });
        }
        let body = response.body_mut().with_config().limit(bytes_max).read_to_vec();
        let body = body.map_err(|e| said(reason(&e, wait, bytes_max)))?;
        read(&body, self.pointer.as_deref()).map_err(said)
    }
}

fn said(why: impl Into<String>) -> Problem {
    Problem::Provider {
        why: why.into(),
        retry_after: None,
    }
}

/// The URL in an answer. A problem repeats no part of it.
fn read(body: &[u8], pointer: Option<&str>) -> Result<(Url, Option<Credentials>), String> {
    let text = match pointer {
        None => std::str::from_utf8(body)
            .map_err(|_| "answered what is no text")?
            .to_owned(),
        Some(pointer) => {
            let answer: Value = serde_json::from_slice(body).map_err(|_| "answered what is no JSON")?;
            let found = answer.pointer(pointer).and_then(Value::as_str);
            found
                .ok_or_else(|| format!("answered without text at {pointer}"))?
                .to_owned()
        }
    };
    let text = text.trim();
    if text.len() > URL_BYTES_MAX {
        return Err(format!("answered more than {URL_BYTES_MAX} bytes for a URL"));
    }
    // A parser of URLs passes over line ends; a request line must not.
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("answered more than one line with a URL; name its place in JSON by a pointer".to_owned());
    }
    let mut url = parsed(text).map_err(|problem| format!("answered no camera's URL: {problem}"))?;
    let credentials = take_userinfo(&mut url);
    Ok((url, credentials))
}

/// Why there was no answer, by kind: some of the library's texts repeat the address.
fn reason(error: &HttpError, wait: Duration, bytes_max: u64) -> String {
    match error {
        HttpError::Timeout(_) => format!("gave no whole answer within {} s", wait.as_secs_f32()),
        HttpError::BodyExceedsLimit(_) => format!("answered more than {bytes_max} bytes"),
        HttpError::LargeResponseHeader(..) => format!("answered a head of more than {HEAD_BYTES_MAX} bytes"),
        HttpError::HostNotFound => "has a name without an address".to_owned(),
        HttpError::ConnectionFailed => "cannot be connected to".to_owned(),
        HttpError::Io(e) => format!("did not answer: {e}"),
        HttpError::Rustls(e) => format!("failed at TLS: {e}"),
        HttpError::Tls(e) => format!("failed at TLS: {e}"),
        HttpError::Protocol(_) => "answered what is no HTTP".to_owned(),
        _ => "could not be asked".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_url_or_holds_one() {
        let json = Some("/data/0/rt~1sp");
        // (answer, pointer) -> URL and user, or a word of the problem
        let rows = [
            (
                "rtsp://h:554/a?token=geheim\r\n",
                None,
                Ok(("rtsp://h:554/a?token=geheim", None)),
            ),
            ("rtsp://u:geheim%21@h/a", None, Ok(("rtsp://h/a", Some("u")))),
            (
                r#"{"data":[{"rt/sp":" rtsp://h/a "}]}"#,
                json,
                Ok(("rtsp://h/a", None)),
            ),
            (r#"{"data":[]}"#, json, Err("without text at /data/0/rt~1sp")),
            (r#"{"data":[{"rt/sp":7}]}"#, json, Err("without text")),
            ("rtsp://h/geheim", json, Err("no JSON")),
            (r#"{"url":"rtsp://h/geheim"}"#, None, Err("relative URL")),
            ("rtsp://h/a\nrtsp://h/geheim", None, Err("more than one line")),
            ("rtsp://h/a\tb", None, Err("more than one line")),
            ("http://u:geheim@h/", None, Err("only rtsp is spoken")),
            ("file:///etc/geheim", None, Err("only rtsp is spoken")),
            ("rtsp://u:geheim@:99999/", None, Err("no camera's URL")),
            ("rtsp:///geheim", None, Err("no camera's URL")),
            ("", None, Err("no camera's URL")),
        ];
        for (answer, pointer, want) in rows {
            match (read(answer.as_bytes(), pointer), want) {
                (Ok((url, credentials)), Ok((address, user))) => {
                    assert_eq!(url.as_str(), address, "{answer}");
                    assert_eq!(credentials.as_ref().map(|c| c.user.as_str()), user, "{answer}");
                }
                (Err(problem), Err(word)) => {
                    assert!(problem.contains(word), "{answer}: {problem}");
                    assert!(!problem.contains("geheim"), "{problem}");
                }
                (got, want) => panic!("{answer}: {:?}, wanted {want:?}", got.map(|_| "a URL")),
            }
        }
        assert!(read(&[0xff, 0xfe], None).is_err());
        assert!(read(&"[".repeat(50_000).into_bytes(), json).is_err());
        let long = format!("rtsp://h/{}", "a".repeat(URL_BYTES_MAX));
        assert!(read(long.as_bytes(), None).is_err());
    }

    #[test]
    fn what_cannot_be_asked_is_refused_without_printing_it() {
        let camera = CameraId::new("北-1").unwrap();
        let make = |template: &str, pointer, token: Option<&str>| {
            UrlProvider::new(&camera, template, pointer, token.map(Secret::new).as_ref())
        };
        let good = make(
            "http://platform.example/play?device={id}&key=geheim",
            Some("/rtsp"),
            Some("geheim"),
        );
        let good = good.unwrap();
        assert!(good.url.as_str().contains("device=%E5%8C%97-1&"));
        assert_eq!(format!("{good:?}"), r#"UrlProvider("platform.example:80")"#);
        for (template, pointer, token) in [
            ("rtsp://geheim.example/", None, None),
            ("geheim", None, None),
            ("http://u:geheim@platform.example/", None, None),
            ("http://platform.example/", Some("geheim"), None),
            ("http://platform.example/", None, Some("geheim\r\nX: y")),
        ] {
            let error = make(template, pointer, token).unwrap_err();
            assert!(!error.to_string().contains("geheim"), "{error}");
            assert_eq!(error.kind(), "url");
        }
    }
}
