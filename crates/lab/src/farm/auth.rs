//! The server's side of Basic and Digest authentication (RFC 7617, RFC 2617, RFC 2326 appendix D).
//!
//! For: proving that clients answer challenges. Not for: security; when a nonce changes is the
//! connection's affair.
//! Input: the `Authorization` header of a request.

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

/// What the farm calls itself in challenges.
const REALM: &str = "curbwatch-farm";

/// Which challenges are sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Challenges {
    /// Basic only.
    Basic,
    /// Digest (MD5, qop auth) only.
    Digest,
    /// Basic first, as many cameras do, then Digest.
    #[default]
    Both,
    /// The same, but only an answer to the Digest is taken: the strongest offered wins.
    DigestAfterBasic,
    /// Digest of RFC 2069: MD5 without qop.
    DigestWithoutQop,
    /// Digest by MD5, then by SHA-256 (RFC 7616), and only an answer to the latter is taken.
    Sha256,
}

/// The one account of the farm.
#[derive(Clone)]
pub struct Account {
    user: String,
    password: String,
    challenges: Challenges,
}

impl Account {
    /// An account that every camera of the farm asks for.
    pub fn new(user: &str, password: &str, challenges: Challenges) -> Self {
        Self {
            user: user.to_owned(),
            password: password.to_owned(),
            challenges,
        }
    }

    /// `user:password`; the first colon divides (RFC 7617 2). `None` without a colon or a user.
    pub fn parse(text: &str) -> Option<Self> {
        let (user, password) = text.split_once(':')?;
        (!user.is_empty()).then(|| Self::new(user, password, Challenges::Both))
    }

    /// The `WWW-Authenticate` values of a refusal.
    pub fn challenge(&self, nonce: &str) -> Vec<String> {
        let basic = format!("Basic realm=\"{REALM}\"");
        let plain = format!("Digest realm=\"{REALM}\", nonce=\"{nonce}\"");
        let digest = format!("{plain}, algorithm=MD5, qop=\"auth\"");
        match self.challenges {
            Challenges::Basic => vec![basic],
            Challenges::Digest => vec![digest],
            Challenges::Both | Challenges::DigestAfterBasic => vec![basic, digest],
            Challenges::DigestWithoutQop => vec![plain],
            Challenges::Sha256 => vec![digest, format!("{plain}, algorithm=SHA-256, qop=\"auth\"")],
        }
    }

    /// Whether the header answers the challenge with the right password.
    pub fn admits(&self, nonce: &str, method: &str, authorization: Option<&str>) -> bool {
        let Some((scheme, rest)) = authorization.and_then(|a| a.trim().split_once(' ')) else {
            return false;
        };
        let basic = matches!(self.challenges, Challenges::Basic | Challenges::Both);
        if scheme.eq_ignore_ascii_case("basic") && basic {
            let want = format!("{}:{}", self.user, self.password);
            return STANDARD
                .decode(rest.trim())
                .is_ok_and(|got| got == want.as_bytes());
        }
        scheme.eq_ignore_ascii_case("digest")
            && self.challenges != Challenges::Basic
            && self.digest_fits(nonce, method, &parameters(rest))
    }

    fn digest_fits(&self, nonce: &str, method: &str, given: &HashMap<String, String>) -> bool {
        let get = |name: &str| given.get(name).map_or("", String::as_str);
        if get("username") != self.user || get("realm") != REALM || get("nonce") != nonce {
            return false;
        }
        let sha256 = get("algorithm").eq_ignore_ascii_case("SHA-256");
        let plain = get("qop").is_empty();
        match self.challenges {
            Challenges::Sha256 if !sha256 => return false,
            Challenges::DigestWithoutQop if !plain => return false,
            _ => {}
        }
        let hash = if sha256 { sha256_hex } else { md5_hex };
        let account = hash(&format!("{}:{REALM}:{}", self.user, self.password));
        let request = hash(&format!("{method}:{}", get("uri")));
        let want = match get("qop") {
            "" => hash(&format!("{account}:{nonce}:{request}")),
            qop => {
                let (count, cnonce) = (get("nc"), get("cnonce"));
                hash(&format!("{account}:{nonce}:{count}:{cnonce}:{qop}:{request}"))
            }
        };
        get("response").eq_ignore_ascii_case(&want)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Account {{ user: {:?}, password: [hidden], challenges: {:?} }}",
            self.user, self.challenges
        )
    }
}

fn md5_hex(text: &str) -> String {
    hex(&Md5::digest(text))
}

fn sha256_hex(text: &str) -> String {
    hex(&<sha2::Sha256 as sha2::Digest>::digest(text))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// `name=value` and `name="value"` pairs; commas inside quotes belong to the value.
fn parameters(text: &str) -> HashMap<String, String> {
    let mut quoted = false;
    text.split(|c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
    .filter_map(|pair| pair.split_once('='))
    .map(|(name, value)| {
        (
            name.trim().to_ascii_lowercase(),
            value.trim().trim_matches('"').to_owned(),
        )
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASIC: &str = "Basic dXNlcjpwYTpzcw=="; // user:pa:ss

    fn answer(account: &Account, nonce: &str, uri: &str, qop: bool) -> String {
        let ha1 = md5_hex(&format!("{}:{REALM}:{}", account.user, account.password));
        let ha2 = md5_hex(&format!("DESCRIBE:{uri}"));
        let head = format!(
            "Digest username=\"{}\", realm=\"{REALM}\", nonce=\"{nonce}\"",
            account.user
        );
        if qop {
            let response = md5_hex(&format!("{ha1}:{nonce}:00000001:abc:auth:{ha2}"));
            format!("{head}, uri=\"{uri}\", qop=auth, nc=00000001, cnonce=\"abc\", response=\"{response}\"")
        } else {
            let response = md5_hex(&format!("{ha1}:{nonce}:{ha2}"));
            format!("{head}, uri=\"{uri}\", response=\"{response}\"")
        }
    }

    #[test]
    fn accounts_admit_the_right_answer_only() {
        let both = Account::parse("user:pa:ss").expect("an account");
        let wrong = Account::new("user", "other", Challenges::Both);
        let basic = Account::new("user", "pa:ss", Challenges::Basic);
        let digest = Account::new("user", "pa:ss", Challenges::Digest);
        let plain = answer(&both, "n1", "rtsp://h/a,b", false);
        let qop = answer(&both, "n1", "rtsp://h/a", true);
        let stale = answer(&both, "n0", "rtsp://h/a", true);
        let rows: [(&Account, Option<&str>, bool); 11] = [
            (&both, None, false),
            (&both, Some("Basic"), false),
            (&both, Some(BASIC), true),
            (&wrong, Some(BASIC), false),
            (&digest, Some(BASIC), false),
            (&both, Some(&plain), true),
            (&both, Some(&qop), true),
            (&both, Some(&stale), false),
            (&wrong, Some(&qop), false),
            (&basic, Some(&qop), false),
            (&digest, Some(&qop), true),
        ];
        for (i, (account, header, want)) in rows.into_iter().enumerate() {
            assert_eq!(account.admits("n1", "DESCRIBE", header), want, "row {i}");
        }
    }

    #[test]
    fn the_digest_is_that_of_rfc_2617_3_5() {
        let ha1 = md5_hex("Mufasa:testrealm@host.com:Circle Of Life");
        let ha2 = md5_hex("GET:/dir/index.html");
        let nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
        let got = md5_hex(&format!("{ha1}:{nonce}:00000001:0a4f113b:auth:{ha2}"));
        assert_eq!(got, "6629fae49393a05397450978507c4ef1");
    }

    #[test]
    fn an_account_is_printed_without_its_password() {
        let account = Account::parse("admin:s3cret").expect("an account");
        assert!(!format!("{account:?}").contains("s3cret"));
        assert!(Account::parse("nocolon").is_none() && Account::parse(":x").is_none());
    }
}
