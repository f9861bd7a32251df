//! URLs of cameras and case systems: enough of RFC 3986 to refuse what cannot work and what must not
//! stand in a file. No message repeats any part of a URL but its scheme.
//!
//! Not for: resolving or requesting; the URL is handed on as written.

use crate::refusal::{Refusal, refuse};

/// Names of query or path parameters that hold a password.
const PASSWORD_NAMES: [&str; 5] = ["password", "passwd", "pwd", "pass", "psw"];
/// Names of query parameters that hold a token. Cameras behind platforms need theirs (they expire);
/// a webhook has `token_env`.
const TOKEN_NAMES: [&str; 6] = ["token", "access_token", "secret", "api_key", "apikey", "auth"];

/// Checks a camera's URL.
pub(crate) fn camera(text: &str) -> Result<String, Refusal> {
    let remedy =
        "take it out of the URL: `user = \"...\"` and `password_env = \"...\"` or `password_file = \"...\"`";
    let rest = after_scheme(text, &["rtsp"], "rtsp://192.0.2.17:554/stream2")?;
    check(rest, remedy)?;
    refuse_parameters(rest, &PASSWORD_NAMES, remedy)?;
    Ok(text.to_owned())
}

/// Checks a webhook's URL.
pub(crate) fn webhook(text: &str) -> Result<String, Refusal> {
    let remedy = "take it out of the URL: `token_env = \"...\"` or `token_file = \"...\"`";
    let rest = after_scheme(text, &["http", "https"], "https://cases.example/api/candidates")?;
    check(rest, remedy)?;
    refuse_parameters(rest, &PASSWORD_NAMES, remedy)?;
    refuse_parameters(rest, &TOKEN_NAMES, remedy)?;
    Ok(text.to_owned())
}

/// Checks a URL provider's URL, a template.
pub(crate) fn provider(text: &str) -> Result<String, Refusal> {
    let remedy = "take it out of the URL: `url_token_env = \"...\"` or `url_token_file = \"...\"`";
    let example = "https://platform.example/api/play?device={id}";
    let rest = after_scheme(text, &["http", "https"], example)?;
    check(rest, remedy)?;
    refuse_parameters(rest, &PASSWORD_NAMES, remedy)?;
    refuse_parameters(rest, &TOKEN_NAMES, remedy)?;
    if text.replace("{id}", "").contains(['{', '}']) {
        return refuse("holds { or }", "only `{id}` is replaced");
    }
    Ok(text.to_owned())
}

/// What follows `scheme://`.
fn after_scheme<'t>(text: &'t str, schemes: &[&str], example: &str) -> Result<&'t str, Refusal> {
    let wanted = schemes
        .iter()
        .map(|s| format!("{s}://"))
        .collect::<Vec<_>>()
        .join(" or ");
    let Some((scheme, rest)) = text.split_once("://") else {
        return refuse("is no URL", format!("write it in full, like \"{example}\""));
    };
    let is_scheme = |s: &str| {
        s.len() <= 16
            && s.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    };
    if schemes.iter().any(|s| s.eq_ignore_ascii_case(scheme)) {
        Ok(rest)
    } else if is_scheme(scheme) {
        refuse(
            format!("has the scheme {scheme}://"),
            format!("only {wanted} is understood here"),
        )
    } else {
        refuse("is no URL", format!("write it in full, like \"{example}\""))
    }
}

/// Checks authority and characters of what follows the scheme.
fn check(rest: &str, remedy: &str) -> Result<(), Refusal> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    // A `/` in a password ends the authority early: an `@` behind a broken one is a password, too.
    let host_port = host_and_port(authority);
    if authority.contains('@') || (host_port.is_none() && rest.contains('@')) {
        return refuse("holds a user name or password", remedy);
    }
    if rest.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return refuse("holds a space or control character", "write %20 for a space");
    }
    if host_port.is_none() {
        return refuse(
            "has no valid host and port",
            "write host or host:port after ://, IPv6 in [ ]",
        );
    }
    Ok(())
}

fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (address, after) = rest.split_once(']')?;
        address.parse::<std::net::Ipv6Addr>().ok()?;
        (
            address,
            if after.is_empty() {
                None
            } else {
                Some(after.strip_prefix(':')?)
            },
        )
    } else {
        match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        }
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._:{}".contains(c);
    if host.is_empty() || host.len() > 253 || !host.chars().all(is_name) {
        return None;
    }
    let port = match port {
        None => None,
        Some(digits) => Some(digits.parse().ok().filter(|p| *p > 0)?),
    };
    Some((host, port))
}

/// Refuses `name=value` with one of `names` and a value, wherever it stands: some cameras take a
/// password in the path (`/user=admin_password=x_channel=1`).
fn refuse_parameters(rest: &str, names: &[&str], remedy: &str) -> Result<(), Refusal> {
    let lower = rest.to_ascii_lowercase();
    for name in names {
        for (at, _) in lower.match_indices(&format!("{name}=")) {
            let starts = at == 0 || !lower.as_bytes()[at - 1].is_ascii_alphanumeric();
            let value = &lower[at + name.len() + 1..];
            if starts && !value.is_empty() && !value.starts_with(['&', '/', '_', ';', '#']) {
                return refuse("holds a password or token", remedy);
            }
        }
    }
    Ok(())
}

/// Checks a camera's URL after its template was filled in.
pub(crate) fn expanded(text: &str) -> Result<String, Refusal> {
    if text.contains(['{', '}']) {
        return refuse("holds { or }", "only `{id}` is replaced");
    }
    camera(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(parse: fn(&str) -> Result<String, Refusal>, rows: &[(&str, &str)]) {
        for (text, want) in rows {
            let got = parse(text).map_or_else(|refusal| refusal.message, |_| "good".to_owned());
            assert_eq!(got, *want, "{text}");
        }
    }

    #[test]
    fn cameras_as_they_are_addressed() {
        let (secret, parameter) = ("holds a user name or password", "holds a password or token");
        let nowhere = "has no valid host and port";
        check(
            camera,
            &[
                ("rtsp://192.0.2.1", "good"),
                ("RTSP://cam-1.example:8554/Streaming/Channels/102", "good"),
                ("rtsp://[2001:db8::1]:554/x", "good"),
                ("rtsp://gateway/live/{id}?token=abc&expires=1", "good"),
                ("rtsp://192.0.2.1/live@1", "good"),
                ("rtsp://192.0.2.1/cam/realmonitor?channel=1&subtype=1", "good"),
                (
                    "rtsp://192.0.2.1/user=admin&password=&channel=1&stream=0.sdp",
                    "good",
                ),
                ("rtsp://192.0.2.1/bypass=1", "good"),
                ("rtsp://admin@192.0.2.1/", secret),
                ("rtsp://admin:@192.0.2.1/", secret),
                ("rtsp://admin:a@b@192.0.2.1/", secret),
                ("rtsp://admin:a/b@192.0.2.1/", secret),
                ("rtsp://admin:a?b@192.0.2.1/", secret),
                ("rtsp://192.0.2.1/user=admin&password=x&channel=1", parameter),
                ("rtsp://192.0.2.1/x?PWD=x", parameter),
                ("rtsp://:554/x", nowhere),
                ("rtsp:///x", nowhere),
                ("rtsp://h:0/x", nowhere),
                ("rtsp://[::1/x", nowhere),
                ("rtsp://h/x\ty", "holds a space or control character"),
                ("rtsps://h/x", "has the scheme rtsps://"),
                ("hunter2 and more://h/x", "is no URL"),
                ("", "is no URL"),
            ],
        );
    }

    #[test]
    fn webhooks_as_they_are_addressed() {
        check(
            webhook,
            &[
                ("https://cases.example/api?city=3", "good"),
                ("http://127.0.0.1:9000", "good"),
                ("https://x:y@cases.example/", "holds a user name or password"),
                (
                    "https://cases.example/?access_token=x",
                    "holds a password or token",
                ),
            ],
        );
    }

    #[test]
    fn providers_as_they_are_addressed() {
        check(
            provider,
            &[
                ("http://platform.example/api/play?device={id}&stream=1", "good"),
                ("https://platform.example:8443/{id}/rtsp", "good"),
                ("rtsp://platform.example/{id}", "has the scheme rtsp://"),
                (
                    "http://x:y@platform.example/{id}",
                    "holds a user name or password",
                ),
                (
                    "http://platform.example/{id}?token=x",
                    "holds a password or token",
                ),
                ("http://platform.example/{device}", "holds { or }"),
                ("platform.example/{id}", "is no URL"),
            ],
        );
    }

    #[test]
    fn a_template_is_checked_when_it_is_filled_in() {
        check(
            expanded,
            &[("rtsp://h/{id}", "holds { or }"), ("rtsp://h/1", "good")],
        );
    }
}
