//! Settings of one sink, and whether they can work: names, addresses and tokens are checked when store
//! and courier open, before anything is sent. No problem repeats an address or a token.
//!
//! Not for sending: that is the courier's.

use std::path::PathBuf;
use std::time::Duration;

use curbwatch_types::Secret;
use ureq::http::{HeaderValue, Uri};

use crate::Error;

/// Where candidates go. Names are stable: the outbox remembers what each sink has got by its name.
#[derive(Debug, Clone)]
pub enum SinkOptions {
    /// One line of JSON for each change ([`crate::case_row`]), appended to a file.
    JsonLines {
        /// Name of the sink.
        name: String,
        /// The file; it is made when missing, its folder is not.
        path: PathBuf,
    },
    /// One `CloudEvents` 1.0 structured-mode POST for each change.
    Webhook {
        /// Name of the sink.
        name: String,
        /// `http` or `https`, without user and password.
        url: String,
        /// Sent as `Authorization: Bearer`.
        token: Option<Secret>,
        /// One attempt, from connecting to the end of the answer. Sensible: 10 s.
        timeout: Duration,
    },
}

impl SinkOptions {
    /// Name of the sink.
    pub fn name(&self) -> &str {
        match self {
            Self::JsonLines { name, .. } | Self::Webhook { name, .. } => name,
        }
    }
}

/// Checks names, addresses and tokens, so that a wrong setting is one line at the start.
pub(crate) fn check_sinks(sinks: &[SinkOptions]) -> Result<(), Error> {
    for (i, sink) in sinks.iter().enumerate() {
        let wrong = |problem: &str| Error::Sink {
            name: sink.name().to_owned(),
            problem: problem.to_owned(),
        };
        if sink.name().is_empty() {
            return Err(wrong("a sink needs a name"));
        }
        if sinks[..i].iter().any(|other| other.name() == sink.name()) {
            return Err(wrong(
                "two sinks have this name; the outbox tells them apart by it",
            ));
        }
        let same_file = |other: &SinkOptions| match (other, sink) {
            (SinkOptions::JsonLines { path: a, .. }, SinkOptions::JsonLines { path: b, .. }) => a == b,
            _ => false,
        };
        if sinks[..i].iter().any(same_file) {
            return Err(wrong("another sink writes to the same file"));
        }
        if let SinkOptions::Webhook { url, token, .. } = sink {
            check_webhook(url, token.as_ref()).map_err(|problem| wrong(&problem))?;
        }
    }
    Ok(())
}

/// Checks address and token; the error says what is wrong without repeating either.
fn check_webhook(url: &str, token: Option<&Secret>) -> Result<(), String> {
    address(url)?;
    token.map_or(Ok(()), |token| authorization(token).map(|_| ()))
}

/// Where a webhook is.
pub(crate) fn address(url: &str) -> Result<Uri, String> {
    let uri: Uri = url.parse().map_err(|_| "its url is no address".to_owned())?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
        return Err("its url must begin with http:// or https:// and a host".to_owned());
    }
    if uri
        .authority()
        .is_some_and(|authority| authority.as_str().contains('@'))
    {
        return Err("its url must not hold user or password; use the token".to_owned());
    }
    Ok(uri)
}

/// The header that carries a token.
pub(crate) fn authorization(token: &Secret) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
        .map_err(|_| "its token holds characters that a header cannot".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_tokens_are_checked_without_being_repeated() {
        let rows = [
            ("https://city.example/hook?x=1", None, None),
            ("http://10.0.0.1:8080/", Some("abc"), None),
            ("ftp://city.example/", None, Some("http://")),
            ("/hook", None, Some("http://")),
            ("not a url s3cret", None, Some("no address")),
            ("https://user:s3cret@city.example/", None, Some("use the token")),
            (
                "https://city.example/",
                Some("s3cret\r\nX: y"),
                Some("characters"),
            ),
        ];
        for (url, token, want) in rows {
            let got = check_webhook(url, token.map(Secret::new).as_ref()).err();
            match want {
                None => assert_eq!(got, None, "{url}"),
                Some(want) => {
                    let got = got.expect(want);
                    assert!(got.contains(want) && !got.contains("s3cret"), "{url}: {got}");
                }
            }
        }
    }
}
