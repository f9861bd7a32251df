//! `run` as an operator meets it: health, page and pictures, and an orderly end.

use std::fs;
use std::path::Path;

use curbwatch_lab::farm::{Account, Challenges};

use crate::binary::program;
use crate::running::{Running, sum_of};
use crate::setting::{Street, configuration, street};
use crate::support::shared_folder;

/// What no output, page or file may contain: a camera's password and a consumer's token.
const PASSWORD: &str = "Sentinel-Pw-4711";
const WRONG_PASSWORD: &str = "Sentinel-Other-4712";
const TOKEN: &str = "Sentinel-Token-4713";

#[test]
fn cameras_a_case_and_its_pictures_are_on_the_page() {
    let folder = shared_folder();
    let folder = folder.path();
    let Some(clip) = street(folder) else { return };
    let account = Account::new("viewer", PASSWORD, Challenges::Digest);
    let street = Street::open(&clip, 2, Some(account));
    let (first, second) = (street.farm.url(1), street.farm.url(2));
    let store = folder.join("data");
    let cameras = [
        (
            "c0",
            first.as_str(),
            "user = \"viewer\"\npassword_env = \"CW_TEST_RIGHT\"",
        ),
        ("c1", "rtsp://127.0.0.1:1/x", ""),
        (
            "c2",
            second.as_str(),
            "user = \"viewer\"\npassword_env = \"CW_TEST_WRONG\"",
        ),
    ];
    let webhook = "[[sinks.webhook]]\nname = \"city\"\nurl = \"http://127.0.0.1:1/cases\"\ntoken_env = \"CW_TEST_TOKEN\"\n";
    configuration(folder, &store, &cameras, webhook);
    let mut running = Running::start(
        program()
            .current_dir(folder)
            .args(["--log", "trace", "run"])
            .envs([
                ("CW_TEST_RIGHT", PASSWORD),
                ("CW_TEST_WRONG", WRONG_PASSWORD),
                ("CW_TEST_TOKEN", TOKEN),
            ]),
    );

    let health = running.get("/healthz");
    assert_eq!((health.status, health.text().as_str()), (200, "ok\n"));
    running.until("ready", |running| {
        let ready = running.get("/readyz");
        let text = ready.text();
        match ready.status {
            200 => {
                assert_eq!(text, "cameras live: 1 of 3\nstore: ok\n");
                Some(())
            }
            status => {
                assert_eq!(
                    (status, text.as_str()),
                    (503, "cameras live: 0 of 3\nstore: ok\n")
                );
                None
            }
        }
    });
    let empty = running.get("/");
    assert_eq!(empty.status, 200);
    assert!(empty.head.contains("content-type: text/html"), "{}", empty.head);

    let card = running.until("case on the page", |running| picture_on(&running.get("/").text()));
    running.until("refusal and retries in the log", |running| {
        let log = running.log();
        let refused = log.contains("camera c2: ") && log.contains("state=\"refused\"");
        let down = log.contains("camera c1: connecting to 127.0.0.1:1: cannot connect: Connection refused");
        (refused && down).then_some(())
    });
    let page = running.get("/").text();
    for (camera, state) in [
        ("c0", "state good'>live"),
        ("c1", "state'>connecting"),
        ("c2", "state bad'>refused"),
    ] {
        let row = page
            .split("<tr>")
            .find(|row| row.contains(&format!("<b>{camera}</b>")));
        assert!(
            row.is_some_and(|row| row.contains(state)),
            "{camera}: {state}: {page}"
        );
    }
    assert!(page.contains("illegal_motor_parking"), "{page}");
    check_pictures(&running, &card);
    check_metrics(&mut running);

    // Nobody may be told, wherever they look.
    let metrics = running.get("/metrics").text();
    let case_page = running.get(&case_of(&card)).text();
    let (code, log) = running.interrupt();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("DEBUG "), "everything is logged: {log}");
    for said in [&page, &case_page, &metrics, &log] {
        assert!(!said.contains("Sentinel"), "{said}");
    }
    no_file_below_holds(folder, b"Sentinel");

    // The program said goodbye: nothing plays any more and no session was left to time out.
    assert!(log.contains("draining"), "{log}");
    let stats = street.farm.stats();
    assert_eq!((stats.playing, stats.connections), (0, 0), "{stats:?}");
    let rows = fs::read_to_string(folder.join("cases.jsonl")).unwrap();
    assert_eq!(rows.matches("\"state\":\"opened\"").count(), 1, "{rows}");
    check_coverage(folder);
}

/// The dwell was longer than looks may be apart, so those that never answered were blind in it.
fn check_coverage(folder: &Path) {
    let asked = program()
        .current_dir(folder)
        .args(["coverage", "--json", "--store", "data"])
        .output()
        .unwrap();
    let text = String::from_utf8(asked.stdout).unwrap();
    assert!(asked.status.success() && !text.contains("Sentinel"), "{text}");
    for (line, cause) in text.lines().zip(["", "connecting", "refused"]) {
        let camera: serde_json::Value = serde_json::from_str(line).unwrap();
        let millis = |key: &str| camera[key].as_i64().unwrap();
        let blind = camera["blind_ms"].as_object().unwrap();
        let sum: i64 = blind.values().map(|millis| millis.as_i64().unwrap()).sum();
        assert_eq!(
            millis("watched_ms") + sum,
            millis("until_ms") - millis("from_ms"),
            "{line}"
        );
        assert!(cause.is_empty() || blind.contains_key(cause), "{line}");
    }
    assert_eq!(text.lines().count(), 3, "{text}");
}

/// The picture of the first case on the page.
fn picture_on(page: &str) -> Option<String> {
    let card = page.split("<div class=case>").nth(1)?;
    let source = card.split("<img src='").nth(1)?.split('\'').next()?;
    Some(source.to_owned())
}

/// `/cases/ID` of `/evidence/ID/...`.
fn case_of(picture: &str) -> String {
    format!("/cases/{}", picture.split('/').nth(2).unwrap())
}

/// The case's pictures are pictures; what is not evidence is not served.
fn check_pictures(running: &Running, card: &str) {
    assert!(card.ends_with("/marked.jpg"), "{card}");
    let case = running.get(&case_of(card));
    assert_eq!(case.status, 200);
    let folder = card.strip_suffix("marked.jpg").unwrap();
    for name in ["marked.jpg", "clean.jpg", "closeup.jpg", "earlier.jpg"] {
        let path = format!("{folder}{name}");
        assert!(case.text().contains(&path), "{path} is not on the case's page");
        let picture = running.get(&path);
        assert_eq!(picture.status, 200, "{path}");
        assert!(
            picture.head.contains("content-type: image/jpeg"),
            "{}",
            picture.head
        );
        assert!(
            picture.body.starts_with(&[0xff, 0xd8, 0xff]) && picture.body.ends_with(&[0xff, 0xd9]),
            "{path} is no JPEG"
        );
    }
    let thumbnail = running.get("/cameras/c0/thumbnail.png");
    assert!(
        thumbnail.body.starts_with(b"\x89PNG\r\n\x1a\n"),
        "{}",
        thumbnail.head
    );
    for path in [
        "/cases/none",
        "/cameras/none/thumbnail.png",
        "/cameras/c1/thumbnail.png",
        &format!("{folder}none.jpg"),
        "/evidence/..%2f..%2fcases.sqlite/x/y.jpg",
        "/evidence/../../curbwatch.toml",
        "/cases.sqlite",
    ] {
        assert_eq!(running.get(path).status, 404, "{path}");
    }
}

/// The accounting identity holds in what operators see; it always holds between two steps, so one of
/// many scrapes shows it.
fn check_metrics(running: &mut Running) {
    running.until("scrape that balances", |running| {
        let text = running.get("/metrics").text();
        let sum = |name: &str| sum_of(&text, name);
        assert!(sum("curbwatch_cameras") == 3.0, "{text}");
        assert!(
            sum("curbwatch_incidents_total{change=\"opened\"}") == 1.0,
            "{text}"
        );
        assert!(sum("curbwatch_store_writable") == 1.0, "{text}");
        assert!(
            sum("curbwatch_camera_errors_total{kind=\"auth\"}") == 1.0,
            "{text}"
        );
        let over = sum("curbwatch_looks_observed_total") + sum("curbwatch_looks_dropped_total");
        let due = sum("curbwatch_looks_due_total");
        (due > 0.0 && due == over + sum("curbwatch_looks_outstanding")).then_some(())
    });
}

fn no_file_below_holds(folder: &Path, secret: &[u8]) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            no_file_below_holds(&path, secret);
        } else {
            let bytes = fs::read(&path).unwrap();
            let holds = bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!holds, "{}", path.display());
        }
    }
}
