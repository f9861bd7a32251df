//! The webhook: one POST for each change, CloudEvents 1.0 in structured mode, with the change's
//! identity as `Idempotency-Key`. Redirects are not followed, proxies of the environment not used,
//! answers bounded. The one file that sends with `ureq`.

use std::time::Duration;

use curbwatch_types::{Secret, Wall};
use ureq::http::{HeaderValue, Uri, header};
use ureq::{Agent, Error as HttpError};

use crate::Error;
use crate::sink_options::{address, authorization};
use crate::wire::from_http_date;

/// Structured mode, JSON event format (CloudEvents HTTP protocol binding 1.0, 3.2.1).
const CONTENT_TYPE: &str = "application/cloudevents+json; charset=utf-8";
/// Largest head of an answer, in bytes.
const ANSWER_HEAD_BYTES_MAX: usize = 32 * 1024;
const USER_AGENT: &str = concat!("curbwatch/", env!("CARGO_PKG_VERSION"));

/// What the consumer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// 2xx, or 409: it has the event, perhaps from before.
    Accepted,
    /// Try again: 408, 425, 429, 5xx, a timeout, no connection.
    Later {
        /// One line without secrets.
        problem: String,
        /// Not before this has passed.
        retry_after: Option<Duration>,
    },
    /// Any other status: trying again changes nothing unless somebody mends something.
    Refused {
        /// One line without secrets.
        problem: String,
    },
}

/// One webhook.
#[derive(Debug)]
pub(super) struct Webhook {
    pub(super) name: String,
    agent: Agent,
    url: Uri,
    authorization: Option<HeaderValue>,
    answer_bytes_max: u64,
}

impl Webhook {
    pub(super) fn new(
        name: &str,
        url: &str,
        token: Option<&Secret>,
        timeout: Duration,
        answer_bytes_max: u64,
    ) -> Result<Self, Error> {
        let wrong = |problem| Error::Sink {
            name: name.to_owned(),
            problem,
        };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_global(Some(timeout))
            .max_response_header_size(ANSWER_HEAD_BYTES_MAX)
            .max_idle_connections_per_host(1)
            .user_agent(USER_AGENT)
            .build();
        Ok(Self {
            name: name.to_owned(),
            agent: config.new_agent(),
            url: address(url).map_err(wrong)?,
            authorization: token.map(authorization).transpose().map_err(wrong)?,
            answer_bytes_max,
        })
    }

    /// Sends one event and reads the answer.
    pub(super) fn post(&self, key: &str, event: &str, now: Wall) -> Answer {
        let mut request = self
            .agent
            .post(&self.url)
            .header(header::CONTENT_TYPE, CONTENT_TYPE)
            .header("Idempotency-Key", key);
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let mut response = match request.send(event) {
            Ok(response) => response,
            Err(e) => {
                return Answer::Later {
                    problem: reason(&e),
                    retry_after: None,
                };
            }
        };
        // The body is read only so that the connection can be used again; what it says is not.
        let _ = response
            .body_mut()
            .with_config()
            .limit(self.answer_bytes_max)
            .read_to_vec();
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|v| retry_after(v, now));
        match status {
            200..=299 | 409 => Answer::Accepted,
            408 | 425 | 429 | 500..=599 => Answer::Later {
                problem: format!("the consumer answered {status}"),
                retry_after,
            },
            300..=399 => Answer::Refused {
                problem: format!(
                    "the consumer answered {status}; redirects are not followed, set the final address"
                ),
            },
            401 | 403 => Answer::Refused {
                problem: format!("the consumer answered {status}; check the token"),
            },
            _ => Answer::Refused {
                problem: format!("the consumer answered {status}"),
            },
        }
    }
}

/// `Retry-After` (RFC 9110 10.2.3): seconds, or a date.
fn retry_after(value: &HeaderValue, now: Wall) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let wait_ms = from_http_date(text)?.millis_since(now);
    Some(Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0)))
}

/// Why there was no answer. Written out by kind, because some of the library's texts repeat the
/// address, and an address can hold a token.
fn reason(error: &HttpError) -> String {
    match error {
        HttpError::Io(e) => format!("no answer: {e}"),
        HttpError::Timeout(what) => format!("no answer in time ({what})"),
        HttpError::HostNotFound => "the host's name is not known".to_owned(),
        HttpError::ConnectionFailed => "no connection".to_owned(),
        HttpError::Rustls(e) => format!("TLS failed: {e}"),
        HttpError::Tls(e) => format!("TLS failed: {e}"),
        HttpError::Protocol(_) => "the answer is no HTTP".to_owned(),
        HttpError::LargeResponseHeader(..) => "the answer's head is too large".to_owned(),
        _ => "the request failed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = Wall(784_111_777_000 - 5_000);
        let rows = [
            ("7", Some(7_000)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(5_000)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ];
        for (text, want) in rows {
            let value = HeaderValue::from_static(text);
            assert_eq!(retry_after(&value, now).map(|d| d.as_millis()), want, "{text}");
        }
    }
}
