//! Answering challenges: the strongest offered scheme, a fresh nonce whenever the camera wants one, and
//! a stop before an account gets locked. Digests are computed by `http-auth`.

use http_auth::digest::Algorithm;
use http_auth::{ChallengeParser, ChallengeRef, ParamValue, PasswordClient, PasswordParams};

use crate::{Credentials, Problem};

/// Refusals of one request after which even a stale nonce is no excuse.
const REFUSALS_MAX: u32 = 4;

/// Who we are to one host.
#[derive(Debug)]
pub(crate) struct Auth {
    credentials: Option<Credentials>,
    client: Option<PasswordClient>,
}

impl Auth {
    pub(crate) fn new(credentials: Option<Credentials>) -> Self {
        Self {
            credentials,
            client: None,
        }
    }

    /// Whether requests carry an `Authorization`.
    pub(crate) fn is_armed(&self) -> bool {
        self.credentials.is_some() && self.client.is_some()
    }

    /// The `Authorization` header for a request, once a challenge has come.
    pub(crate) fn authorization(&mut self, method: &str, uri: &str) -> Option<String> {
        let (credentials, client) = (self.credentials.as_ref()?, self.client.as_mut()?);
        let params = |body| PasswordParams {
            username: &credentials.user,
            password: credentials.password.expose(),
            uri,
            method,
            body,
        };
        // With a body http-auth prefers auth-int, which few cameras get right: only where it must be.
        client
            .respond(&params(None))
            .or_else(|_| client.respond(&params(Some(&[]))))
            .ok()
    }

    /// A request was refused with 401, for the `refusals`th time (from 1); `answered`: it carried an
    /// `Authorization`. `Ok`: try it again.
    pub(crate) fn challenged(
        &mut self,
        challenges: &[String],
        refusals: u32,
        answered: bool,
    ) -> Result<(), Problem> {
        if self.credentials.is_none() {
            return Err(Problem::Auth(
                "it asks for a user and password, and none are configured",
            ));
        }
        let Some(client) = strongest(challenges) else {
            return Err(Problem::Unsupported(
                "it asks for an authentication scheme we do not speak".to_owned(),
            ));
        };
        let stale = matches!(&client, PasswordClient::Digest(d) if d.stale());
        let same_basic = matches!(
            (&self.client, &client),
            (Some(PasswordClient::Basic(_)), PasswordClient::Basic(_))
        );
        let fresh_refused = answered && (refusals > 1 || same_basic);
        if (fresh_refused && !stale) || refusals >= REFUSALS_MAX {
            return Err(Problem::Auth("it refused the user and password"));
        }
        self.client = Some(client);
        Ok(())
    }
}

/// The strongest scheme offered: Digest by its hash, then Basic.
fn strongest(challenges: &[String]) -> Option<PasswordClient> {
    let mut best: Option<(u8, PasswordClient)> = None;
    for challenge in challenges
        .iter()
        .flat_map(|line| ChallengeParser::new(line).map_while(Result::ok))
    {
        let Ok(client) = PasswordClient::try_from(&mended(challenge)) else {
            continue;
        };
        let strength = match &client {
            PasswordClient::Digest(d) => match d.algorithm() {
                Algorithm::Sha512Trunc256 => 4,
                Algorithm::Sha256 => 3,
                _ => 2,
            },
            _ => 1,
        };
        if best.as_ref().is_none_or(|(s, _)| *s < strength) {
            best = Some((strength, client));
        }
    }
    best.map(|(_, client)| client)
}

/// Leniency: `algorithm=md5` in any case (several DVRs), and a parameter given twice (the first counts).
fn mended(mut challenge: ChallengeRef<'_>) -> ChallengeRef<'_> {
    const ALGORITHMS: [&str; 6] = [
        "MD5",
        "MD5-sess",
        "SHA-256",
        "SHA-256-sess",
        "SHA-512-256",
        "SHA-512-256-sess",
    ];
    let mut seen: Vec<String> = Vec::new();
    challenge.params.retain(|(name, _)| {
        let name = name.to_ascii_lowercase();
        let new = !seen.contains(&name);
        seen.push(name);
        new
    });
    for (name, value) in &mut challenge.params {
        if name.eq_ignore_ascii_case("algorithm") {
            let given = value.to_unescaped();
            if let Some(known) = ALGORITHMS.iter().find(|a| a.eq_ignore_ascii_case(&given)) {
                *value = ParamValue::new(0, known);
            }
        }
    }
    challenge
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auth() -> Auth {
        Auth::new(Some(Credentials::new("admin", "geheim")))
    }

    fn lines(challenges: &[&str]) -> Vec<String> {
        challenges.iter().map(|c| (*c).to_owned()).collect()
    }

    #[test]
    fn the_strongest_challenge_wins() {
        let rows: [(&[&str], &str); 6] = [
            (&["Basic realm=\"c\""], "Basic"),
            (
                &["Basic realm=\"c\"", "Digest realm=\"c\", nonce=\"1\""],
                "Digest",
            ),
            (
                &[
                    "Digest realm=\"c\", nonce=\"1\"",
                    "Digest realm=\"c\", nonce=\"2\", qop=\"auth\", algorithm=SHA-256",
                ],
                "SHA-256",
            ),
            (
                &["Digest realm=\"c\", nonce=\"1\", qop=\"auth\", algorithm=md5"],
                "algorithm=MD5",
            ),
            (
                &[
                    "NTLM",
                    "Basic realm=\"c\", Digest realm=\"c\", nonce=\"1\", qop=\"auth-int\"",
                ],
                "qop=auth-int",
            ),
            (
                &["Digest realm=\"c\", nonce=\"1\", nonce=\"1\", stale=FALSE"],
                "Digest",
            ),
        ];
        for (challenges, want) in rows {
            let mut auth = auth();
            auth.challenged(&lines(challenges), 1, false).unwrap();
            let got = auth.authorization("DESCRIBE", "rtsp://h/s").unwrap();
            assert!(got.contains(want), "{challenges:?}: {got}");
            assert!(!got.contains("geheim"));
        }
    }

    #[test]
    fn a_digest_without_qop_is_the_one_of_rfc_2069() {
        let mut auth = Auth::new(Some(Credentials::new("Mufasa", "Circle Of Life")));
        let challenge = "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";
        auth.challenged(&lines(&[challenge]), 1, false).unwrap();
        let got = auth.authorization("GET", "/dir/index.html").unwrap();
        assert!(
            got.contains("response=\"670fd8c2df070c60b045671b8b24ff02\""),
            "{got}"
        );
    }

    #[test]
    fn refusals_are_followed_up_until_it_must_be_the_password() {
        let digest = lines(&["Digest realm=\"c\", nonce=\"1\""]);
        let stale = lines(&["Digest realm=\"c\", nonce=\"2\", stale=true"]);
        let basic = lines(&["Basic realm=\"c\""]);
        // (challenge, refusals of this request, it carried an answer) -> tried again
        let rows = [
            (&digest, 1, false, true),
            (&digest, 1, true, true), // a fresh nonce in mid-session
            (&digest, 2, true, false),
            (&stale, 2, true, true),
            (&stale, 4, true, false),
        ];
        for (challenges, refusals, answered, again) in rows {
            let mut auth = auth();
            auth.challenged(&digest, 1, false).unwrap();
            assert_eq!(
                auth.challenged(challenges, refusals, answered).is_ok(),
                again,
                "{refusals} {answered}"
            );
        }
        let mut with_basic = auth();
        with_basic.challenged(&basic, 1, false).unwrap();
        assert!(
            with_basic.challenged(&basic, 1, true).is_err(),
            "the same password again"
        );
        assert!(Auth::new(None).challenged(&digest, 1, false).is_err());
        assert!(auth().challenged(&lines(&["NTLM"]), 1, false).is_err());
    }
}
