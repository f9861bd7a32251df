//! Where a camera is and how to get in: the address without its secret, and the secret that is never
//! printed. Not for connecting. Input: the operator's configuration.

use std::fmt;

use curbwatch_types::{CameraId, Secret};
use url::Url;

use crate::{Error, Options};

/// User and password of a camera. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// User name, as the camera knows it (any UTF-8).
    pub user: String,
    /// Password, as the camera knows it (any UTF-8, not percent-encoded).
    pub password: Secret,
}

impl Credentials {
    /// Credentials from plain text.
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            user: user.into(),
            password: Secret::new(password),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(redacted)")
    }
}

/// One camera to receive from.
#[derive(Debug, Clone)]
pub struct Source {
    /// Whose pictures these are.
    pub camera: CameraId,
    /// Where to connect, `rtsp://host[:port]/path`; holds no user and no password (see [`Source::new`]).
    pub url: Url,
    /// How to get in, where the camera asks.
    pub credentials: Option<Credentials>,
    /// How to receive.
    pub options: Options,
}

impl Source {
    /// Takes user and password out of `url`. `credentials` win over those in the URL. Refuses what is
    /// no `rtsp` URL with a host.
    pub fn new(
        camera: CameraId,
        url: &str,
        credentials: Option<Credentials>,
        options: Options,
    ) -> Result<Self, Error> {
        let refuse = |problem: String| Error::Url {
            camera: camera.clone(),
            problem,
        };
        // A parse error is worded without the text: the text may hold a password.
        let mut url = Url::parse(url.trim()).map_err(|e| refuse(e.to_string()))?;
        if url.scheme() != "rtsp" {
            return Err(refuse(format!(
                "the scheme is {:?}, only rtsp is spoken",
                url.scheme()
            )));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(refuse("it names no host".to_owned()));
        }
        let from_url = take_userinfo(&mut url);
        Ok(Self {
            camera,
            url,
            credentials: credentials.or(from_url),
            options,
        })
    }
}

/// Removes user and password from `url` and gives them back, percent-decoded.
pub(crate) fn take_userinfo(url: &mut Url) -> Option<Credentials> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let credentials = Credentials::new(
        percent_decoded(url.username()),
        percent_decoded(url.password().unwrap_or_default()),
    );
    // These fail only for URLs without a host, which have no user either.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(credentials)
}

/// `url` as it may be printed: without user and password, and with every query value hidden (tokens
/// of media gateways travel there).
pub fn redacted(url: &Url) -> String {
    let mut clean = url.clone();
    let _ = take_userinfo(&mut clean);
    clean.set_fragment(None);
    if let Some(query) = url.query() {
        let hidden: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) if !value.is_empty() && !is_harmless(value) => format!("{name}=***"),
                _ => pair.to_owned(),
            })
            .collect();
        clean.set_query(Some(&hidden.join("&")));
    }
    clean.to_string()
}

/// `host:port` of a camera's URL, without user and password; nothing for what is no URL with a host.
pub fn authority(url: &str) -> Option<String> {
    let url = Url::parse(url.trim()).ok()?;
    url.host_str()?;
    Some(crate::rtsp::authority(&url))
}

/// Channel and stream numbers say which picture it is, and are too short to be a secret.
fn is_harmless(value: &str) -> bool {
    value.len() <= 3 && value.bytes().all(|b| b.is_ascii_digit())
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|h| std::str::from_utf8(h).ok());
        match (bytes[at], hex.and_then(|h| u8::from_str_radix(h, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(url: &str) -> Result<Source, Error> {
        Source::new(CameraId::new("c1").unwrap(), url, None, Options::default())
    }

    #[test]
    fn secrets_leave_the_url_at_construction() {
        let rows = [
            ("rtsp://h/s", "rtsp://h/s", None),
            (
                "rtsp://admin:pa%3Ass%40@h:8554/s",
                "rtsp://h:8554/s",
                Some(("admin", "pa:ss@")),
            ),
            ("rtsp://admin@h/s", "rtsp://h/s", Some(("admin", ""))),
            ("rtsp://%E7%94%A8:p%25@h/s", "rtsp://h/s", Some(("用", "p%"))),
        ];
        for (url, want, user) in rows {
            let source = source(url).unwrap();
            assert_eq!(source.url.as_str(), want);
            let got = source
                .credentials
                .as_ref()
                .map(|c| (c.user.as_str(), c.password.expose()));
            assert_eq!(got, user, "{url}");
            assert!(!format!("{source:?}").contains("pa:ss"));
        }
    }

    #[test]
    fn what_is_no_camera_url_is_refused_without_printing_it() {
        for url in [
            "",
            "http://h/",
            "rtsps://u:geheim@h/",
            "rtsp:///x",
            "rtsp://u:geheim@:99999/x",
        ] {
            let error = source(url).unwrap_err();
            assert!(!error.to_string().contains("geheim"), "{error}");
            assert_eq!(error.kind(), "url");
        }
    }

    #[test]
    fn a_printed_url_holds_no_secret() {
        let rows = [
            (
                "rtsp://u:p@h/a?token=abcdef&channel=1",
                "rtsp://h/a?token=***&channel=1",
            ),
            ("rtsp://h/a", "rtsp://h/a"),
        ];
        for (url, want) in rows {
            assert_eq!(redacted(&Url::parse(url).unwrap()), want);
        }
    }
}
