//! Where a camera is and how to get in: the address without its secret, and the secret that is never
//! printed. Not for connecting. Input: the operator's configuration.

use std::fmt;

use curbwatch_types::{CameraId, Secret};
use url::Url;

use crate::provider::UrlProvider;
use crate::rtsp::{allowed, leads_here, literal};
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

/// Where a camera is.
#[derive(Debug, Clone)]
pub enum Place {
    /// At `rtsp://host[:port]/path`, without user and password (see [`Source::new`]).
    At(Url),
    /// Where this provider says, asked again before each session.
    Asked(UrlProvider),
}

/// Where one session goes.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) url: Url,
    pub(crate) credentials: Option<Credentials>,
    /// See [`dial`](crate::rtsp).
    pub(crate) from_here: bool,
}

/// One camera to receive from.
#[derive(Debug, Clone)]
pub struct Source {
    /// Whose pictures these are.
    pub camera: CameraId,
    /// Where to connect.
    pub place: Place,
    /// How to get in, where the camera asks.
    pub credentials: Option<Credentials>,
    /// How to receive.
    pub options: Options,
}

impl Source {
    /// Takes user and password out of `url`. `credentials` win over those in the URL. Refuses what is
    /// no `rtsp` URL with a host, or spells out an address that the policy of `options` refuses.
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
        let mut url = parsed(url.trim()).map_err(refuse)?;
        if let Some(address) = literal(&url)
            && let Err(why) = allowed(&options.addresses, address, true)
        {
            return Err(refuse(format!("the address {address} is refused: {why}")));
        }
        let from_url = take_userinfo(&mut url);
        Ok(Self {
            camera,
            place: Place::At(url),
            credentials: credentials.or(from_url),
            options,
        })
    }

    /// A camera whose URL `provider` knows. Credentials in its answers win over `credentials`: they come with
    /// the URL.
    pub fn asked(
        camera: CameraId,
        provider: UrlProvider,
        credentials: Option<Credentials>,
        options: Options,
    ) -> Self {
        Self {
            camera,
            place: Place::Asked(provider),
            credentials,
            options,
        }
    }

    /// Where it is, for an operator to read; holds no secret.
    pub fn shown(&self) -> String {
        match &self.place {
            Place::At(url) => redacted(url),
            Place::Asked(provider) => format!("where {} says", provider.authority()),
        }
    }

    /// A URL of this camera as it may be printed. What a provider gives out is a secret in itself: platforms put
    /// a token in the path, where nobody can tell it from a name.
    pub(crate) fn redacted(&self, url: &Url) -> String {
        match self.place {
            Place::At(_) => redacted(url),
            Place::Asked(_) => crate::rtsp::authority(url),
        }
    }

    /// Where the next session goes.
    pub(crate) async fn target(&self) -> Result<Target, Error> {
        match &self.place {
            Place::At(url) => Ok(Target {
                from_here: leads_here(url),
                url: url.clone(),
                credentials: self.credentials.clone(),
            }),
            Place::Asked(provider) => {
                let answer = provider.ask(&self.options.bounds).await;
                let attempt = || format!("asking {} for the URL", provider.authority());
                let (url, own) = answer.map_err(|problem| problem.on(&self.camera, attempt()))?;
                Ok(Target {
                    from_here: provider.is_here(),
                    url,
                    credentials: own.or_else(|| self.credentials.clone()),
                })
            }
        }
    }
}

/// A camera's URL, checked. A problem is worded without the text: the text may hold a password.
pub(crate) fn parsed(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|e| e.to_string())?;
    if url.scheme() != "rtsp" {
        return Err(format!("the scheme is {:?}, only rtsp is spoken", url.scheme()));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err("it names no host".to_owned());
    }
    Ok(url)
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
            assert!(
                matches!(&source.place, Place::At(url) if url.as_str() == want),
                "{url}"
            );
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
            "rtsp://u:geheim@169.254.169.254/latest",
            "rtsp://u:geheim@[fe80::1]/x",
            "rtsp://u:geheim@0.0.0.0/x",
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
