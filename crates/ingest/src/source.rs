//! Where a camera is, how to get in and how to receive. Not for connecting. Input: the operator's configuration.

use curbwatch_types::CameraId;
use url::Url;

use crate::address::{Credentials, parsed, redacted, take_userinfo};
use crate::provider::UrlProvider;
use crate::rtsp::{allowed, leads_here, literal};
use crate::{Error, Options};

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
}
