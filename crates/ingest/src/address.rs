//! A camera's URL without its secrets, and the secrets, which are never printed.
//!
//! For: checking an address, taking user and password out of it, showing it to an operator. Not for: where a
//! camera is at the moment (`source`). Input: the operator's configuration, and what a provider answers.

use std::fmt;

use curbwatch_types::Secret;
use url::Url;

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
