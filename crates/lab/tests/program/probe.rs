//! `probe` against cameras that want a password: what it says, and what it never says.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use curbwatch_lab::farm::{Account, Challenges};
use serde_json::Value;

use crate::binary::{Outcome, finish, program};
use crate::setting::{Street, configuration, street};
use crate::support::shared_folder;

const USER: &str = "viewer";
/// A password that nothing else would contain, with a character that a URL must escape.
const PASSWORD: &str = "Sentinel/Pw-4711";
const PASSWORD_IN_URL: &str = "Sentinel%2FPw-4711";
/// The variable that holds the password.
const VARIABLE: &str = "CURBWATCH_TEST_PASSWORD";

/// Every key of the contract, and whether it has a value when pictures came.
const KEYS: [&str; 15] = [
    "url",
    "state",
    "transport",
    "codec",
    "width",
    "height",
    "access_units",
    "keyframes",
    "decoded",
    "tainted",
    "reconnects",
    "redirects",
    "first_picture_ms",
    "errors",
    "rss_peak_bytes",
];

/// Nothing in `outcome` tells the password, in whatever form it travels.
fn keeps_the_secret(name: &str, outcome: &Outcome) {
    let basic = STANDARD.encode(format!("{USER}:{PASSWORD}"));
    let said = format!("{}{}", outcome.stdout, outcome.stderr);
    for secret in ["Sentinel", "Pw-4711", &basic, "Basic "] {
        assert!(!said.contains(secret), "{name}: {secret} is in\n{said}");
    }
}

fn probe(url: &str, more: &[&str], password: &str) -> Outcome {
    let mut command = program();
    command
        .args(["--log", "trace", "probe", url, "--json"])
        .args(more)
        .env(VARIABLE, password);
    finish(&mut command)
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|e| panic!("one JSON object: {e}: {outcome:?}"))
}

fn with_credentials(url: &str) -> String {
    url.replace("rtsp://", &format!("rtsp://{USER}:{PASSWORD_IN_URL}@"))
}

fn locked(clip: &Path, challenges: Challenges) -> Street {
    Street::open(clip, 1, Some(Account::new(USER, PASSWORD, challenges)))
}

#[test]
fn a_camera_behind_a_password_is_probed_and_the_password_kept() {
    let folder = shared_folder();
    let Some(clip) = street(folder.path()) else { return };
    let by_variable = ["--user", USER, "--password-env", VARIABLE, "--seconds", "4"];
    for (challenges, transport) in [(Challenges::Basic, "udp"), (Challenges::Digest, "tcp")] {
        let locked = locked(&clip, challenges);
        let url = locked.farm.url(1);
        let in_url = with_credentials(&url);
        for (url_given, more) in [(&in_url, &["--seconds", "4"][..]), (&url, &by_variable[..])] {
            let name = format!("{challenges:?} over {transport}, {more:?}");
            let mut more = more.to_vec();
            more.extend(["--transport", transport]);
            let outcome = probe(url_given, &more, PASSWORD);
            assert_eq!(outcome.code, Some(0), "{name}: {outcome:?}");
            keeps_the_secret(&name, &outcome);
            let found = json(&outcome);
            for key in KEYS {
                assert!(!found[key].is_null(), "{name}: {key} is missing: {found}");
            }
            assert_eq!(found["url"], url.as_str(), "{name}");
            assert_eq!(found["state"], "live", "{name}: {found}");
            assert_eq!(found["transport"], transport, "{name}: {found}");
            assert_eq!(found["codec"], "h264", "{name}: {found}");
            assert_eq!(
                (&found["width"], &found["height"]),
                (&640.into(), &360.into()),
                "{name}"
            );
            for (key, least, most) in [
                ("access_units", 1, 10),
                ("keyframes", 1, 10),
                ("decoded", 1, 10),
                ("tainted", 0, 0),
                ("reconnects", 0, 0),
                ("redirects", 0, 0),
                ("rss_peak_bytes", 1 << 20, 1 << 30),
            ] {
                let value = found[key].as_u64().unwrap();
                assert!((least..=most).contains(&value), "{name}: {key}: {found}");
            }
            assert_eq!(found["errors"], serde_json::json!({}), "{name}: {found}");
        }
    }
}

#[test]
fn a_wrong_password_is_refused_once_and_kept_too() {
    let folder = shared_folder();
    let Some(clip) = street(folder.path()) else { return };
    for challenges in [Challenges::Basic, Challenges::Digest] {
        let locked = Street::open(&clip, 1, Some(Account::new(USER, "another", challenges)));
        let url = locked.farm.url(1);
        let by_variable = ["--user", USER, "--password-env", VARIABLE, "--seconds", "2"];
        let attempts = [
            (with_credentials(&url), &["--seconds", "2"][..]),
            (url.clone(), &by_variable[..]),
        ];
        for (n, (url_given, more)) in (1..).zip(&attempts) {
            let name = format!("{challenges:?}, {more:?}");
            let outcome = probe(url_given, more, PASSWORD);
            assert_eq!(outcome.code, Some(1), "{name}: {outcome:?}");
            keeps_the_secret(&name, &outcome);
            let found = json(&outcome);
            assert_eq!(found["state"], "refused", "{name}: {found}");
            assert_eq!(
                found["errors"],
                serde_json::json!({ "auth": 1 }),
                "{name}: {found}"
            );
            let last = outcome.stderr.lines().last().unwrap();
            assert!(
                last.starts_with("curbwatch: camera probe: ") && last.contains("password"),
                "{name}: {last}"
            );
            // It did not come back at once: an account that counts failures stays open.
            assert_eq!(locked.farm.stats().accepted, n, "{name}: one connection");
        }
    }
}

/// What `check` says to do about a view without a picture is done, and then `check` is content.
#[test]
fn the_remedy_for_a_view_without_a_picture_works() {
    let shared = shared_folder();
    let Some(clip) = street(shared.path()) else { return };
    let locked = locked(&clip, Challenges::Digest);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let login = format!("user = {USER:?}\npassword_env = {VARIABLE:?}");
    let camera = ("04254", &locked.farm.url(1) as &str, &login as &str);
    let file = configuration(folder, &folder.join("store"), &[camera], "");
    let plain = std::fs::read_to_string(&file).unwrap();
    let zone = "[[zones]]\ncamera = \"04254\"\nview = \"gate\"\nid = \"drive\"\nkind = \"no_parking\"\n\
        polygon = [[0.3, 0.4], [0.7, 0.4], [0.7, 0.9]]\n";
    std::fs::write(&file, plain.clone() + zone).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = program();
        finish(
            command
                .current_dir(folder)
                .args(arguments)
                .env(VARIABLE, PASSWORD),
        )
    };
    let refused = run(&["check"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let (_, rest) = refused.stderr.split_once("curbwatch probe ").expect("a command");
    let (remedy, entry) = rest.split_once(", and add ").expect("and an entry");
    let mut arguments = vec!["probe"];
    arguments.extend(remedy.split(' '));
    arguments.extend(["--seconds", "4"]);

    let stored = run(&arguments);
    assert_eq!(stored.code, Some(0), "{stored:?}");
    keeps_the_secret("storing", &stored);
    let picture = folder.join("views/04254-gate.jpg");
    let before = std::fs::read(&picture).unwrap();
    assert_eq!(before[..2], [0xff, 0xd8], "a JPEG");
    assert!(
        stored.stdout.contains("views/04254-gate.jpg (640x360)"),
        "{stored:?}"
    );

    let again = run(&arguments);
    assert_eq!(again.code, Some(2), "{again:?}");
    assert!(
        again.stderr.contains("is there already; add --replace"),
        "{again:?}"
    );
    assert_eq!(std::fs::read(&picture).unwrap(), before, "untouched");
    arguments.push("--replace");
    assert_eq!(run(&arguments).code, Some(0));

    let entry = entry.lines().next().unwrap_or_default();
    let entry = entry.replace("[[views]] ", "[[views]]\n").replace(", ", "\n");
    std::fs::write(&file, plain + zone + &entry + "\n").unwrap();
    let content = run(&["check"]);
    assert_eq!(content.code, Some(0), "{entry}: {content:?}");

    let nobody = run(&["probe", "--camera", "4711", "--save-reference", "x.jpg"]);
    assert_eq!(nobody.code, Some(1), "{nobody:?}");
    assert!(
        nobody
            .stderr
            .contains("camera `4711` is not in the configuration"),
        "{nobody:?}"
    );
}
