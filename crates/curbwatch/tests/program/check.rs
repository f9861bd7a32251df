//! `check`, `schema`, and command lines that are wrong.

use crate::support::{Outcome, configuration, edit, repository, run};

/// Line of each of the ten mistakes, a word of what is wrong, a word of the remedy.
const TEN_MISTAKES: [(usize, &str, &str); 10] = [
    (3, "server.listen", "write an IP address and a port"),
    (6, "store.directry", "did you mean `directory`"),
    (9, "inference.model", "check the path"),
    (12, "looks.look_every_secs", "give a value from 0.2"),
    (16, "CURBWATCH_NOT_SET_ANYWHERE", "set it before the start"),
    (20, "cameras.url", "take it out of the URL"),
    (21, "nroth", "did you mean `north`"),
    (24, "04254", "give each camera an `id` of its own"),
    (30, "zones.polygon", "list the corners in the order"),
    (33, "09747", "add the camera, or remove the zone"),
];

#[test]
fn check_names_ten_mistakes_with_line_and_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let file = repository("fixtures/config/ten-mistakes.toml");
    let file = file.to_str().unwrap();
    let outcome = run(folder.path(), ["check", "--config", file]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stdout.is_empty(), "{outcome:?}");
    let said: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!(said.len(), 11, "ten mistakes and their number: {said:#?}");
    for (line, (number, what, remedy)) in said.iter().zip(TEN_MISTAKES) {
        let place = format!("{file}:{number}: ");
        assert!(line.contains(&place), "{line}: not {place}");
        assert!(
            line.contains(what) && line.contains(remedy),
            "{line}: {what}, {remedy}"
        );
    }
    assert_eq!(said[10], "10 problems");
    assert!(
        !outcome.stderr.contains("hunter2"),
        "a password in a URL is not repeated"
    );
}

#[test]
fn check_says_what_a_good_configuration_holds() {
    let folder = tempfile::tempdir().unwrap();
    configuration(folder.path(), Some("rtsp://127.0.0.1:1/x"));
    // The default name is `curbwatch.toml` in the working directory.
    let outcome = run(folder.path(), ["check"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let (first, second) = outcome.stdout.split_once('\n').unwrap();
    assert_eq!(
        first,
        "curbwatch.toml: no problem; 1 cameras (1 with a url), 1 zones"
    );
    assert!(
        second.contains("blob.toml: held for review, not sent by itself: street_front_trading (rule only), illegal_motor_parking (rule only), "),
        "{second}"
    );
    assert!(outcome.stderr.is_empty(), "{outcome:?}");
    assert!(!folder.path().join("data").exists(), "checking makes nothing");
}

#[test]
fn check_refuses_addresses_that_are_not_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let file = configuration(folder.path(), Some("rtsp://169.254.1.9/x"));
    let outcome = run(folder.path(), ["check"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let (first, second) = outcome.stderr.split_once('\n').unwrap();
    assert!(first.contains("1 cameras cannot be received from"), "{first}");
    assert!(first.contains("`ingest.addresses_allowed`"), "{first}");
    assert!(
        second.contains("the address 169.254.1.9 is refused: link-local addresses are not allowed"),
        "{second}"
    );
    let text = std::fs::read_to_string(&file).unwrap();
    let allowed = "\n[ingest]\naddresses_allowed = [\"private\", \"link_local\"]\n";
    std::fs::write(&file, text + allowed).unwrap();
    assert_eq!(run(folder.path(), ["check"]).code, Some(0));
}

#[test]
fn check_knows_cameras_whose_url_a_platform_knows() {
    let folder = tempfile::tempdir().unwrap();
    let file = configuration(folder.path(), None);
    let text = std::fs::read_to_string(&file).unwrap();
    let group = "\n[groups.g]\nurl_provider = \"https://platform.example/play?device={id}\"\n";
    let camera = "[[cameras]]\nid = \"asked\"\ngroup = \"g\"\n";
    std::fs::write(&file, format!("{text}{group}{camera}")).unwrap();
    let outcome = run(folder.path(), ["check"]);
    assert!(outcome.stdout.contains("(1 with a url)"), "{outcome:?}");
}

#[test]
fn check_says_who_is_held_and_a_wrong_label_is_one_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = configuration(folder, None);
    let blob = repository("fixtures/models/blob.toml");
    let labels = "\n[measured]\nillegal_motor_parking = \"real\"\nexposed_garbage = \"synthetic\"\n";
    let manifest = std::fs::read_to_string(&blob).unwrap() + labels;
    std::fs::write(folder.join("m.toml"), &manifest).unwrap();
    edit(&file, &format!("{:?}", blob.display().to_string()), "\"m.toml\"");
    let check = || run(folder, ["check"]);
    let held = |outcome: &Outcome| {
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        outcome.stdout.lines().last().unwrap().to_owned()
    };
    let said = held(&check());
    assert!(said.contains("exposed_garbage (measured (synthetic))"), "{said}");
    assert!(!said.contains("illegal_motor_parking"), "{said}");

    edit(
        &file,
        "[looks]",
        "[review]\nillegal_motor_parking = \"review\"\nexposed_garbage = \"auto\"\n[looks]",
    );
    let said = held(&check());
    assert!(said.contains("illegal_motor_parking (by [review])"), "{said}");
    assert!(!said.contains("exposed_garbage"), "{said}");

    let line = manifest.lines().count();
    std::fs::write(
        folder.join("m.toml"),
        manifest.replace("\"synthetic\"", "\"rendered\""),
    )
    .unwrap();
    let outcome = check();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:?}");
    for words in [
        &format!("m.toml:{line}: ") as &str,
        "`measured.exposed_garbage` is one of \"real\", \"synthetic\", \"rule_only\"",
    ] {
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    }
}

/// A view without a picture, one whose picture is none, and one that is in order.
#[test]
fn check_names_views_that_cannot_be_known_and_how_to_store_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = configuration(folder, None);
    let plain = std::fs::read_to_string(&file).unwrap();
    let zone = "[[zones]]\ncamera = \"c0\"\nview = \"gate\"\nid = \"drive\"\nkind = \"no_parking\"\n\
        polygon = [[0.3, 0.4], [0.7, 0.4], [0.7, 0.9]]\n";
    let view = "[[views]]\ncamera = \"c0\"\nid = \"gate\"\nreference = \"gate.png\"\n";
    let refused = |text: String, words: &[&str]| {
        std::fs::write(&file, text).unwrap();
        let outcome = run(folder, ["check"]);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        for words in words {
            assert!(outcome.stderr.contains(words), "{words}: {outcome:?}");
        }
    };
    let command = "curbwatch probe --camera c0 --save-reference";
    refused(
        plain.clone() + zone,
        &[
            "of which camera `c0` has no picture",
            command,
            "views/c0-gate.jpg",
        ],
    );
    refused(
        plain.clone() + zone + view,
        &["there is no file gate.png", command],
    );
    std::fs::write(folder.join("gate.png"), "no picture").unwrap();
    refused(
        plain.clone() + zone + view,
        &[
            "camera `c0`, view `gate`: gate.png: it is no picture",
            "--replace",
        ],
    );
    // The program does not start with it either.
    let outcome = run(
        folder,
        ["replay", "--footage", "none.jsonl", "--out", "cases.jsonl"],
    );
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(
        outcome.stderr.contains("view `gate`: gate.png: it is no picture"),
        "{outcome:?}"
    );

    let street = image::GrayImage::from_fn(640, 360, |x, y| image::Luma([(x / 40 * 37 + y / 30 * 91) as u8]));
    street.save(folder.join("gate.png")).unwrap();
    std::fs::write(&file, plain + zone + view).unwrap();
    let outcome = run(folder, ["check"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome.stderr.contains("its base view `main` is learned"),
        "{outcome:?}"
    );
}

#[test]
fn the_schema_is_json_and_knows_every_table() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = run(folder.path(), ["schema"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let schema: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for table in [
        "server",
        "store",
        "inference",
        "looks",
        "ingest",
        "rules",
        "review",
        "sinks",
        "groups",
        "cameras",
        "zones",
    ] {
        assert!(schema["properties"][table].is_object(), "{table} is missing");
    }
}

#[test]
fn wrong_command_lines_end_with_two() {
    let folder = tempfile::tempdir().unwrap();
    // (arguments, what is said)
    let rows: [(&[&str], &str); 17] = [
        (&[], "Usage: curbwatch"),
        (&["frobnicate"], "unrecognized subcommand 'frobnicate'"),
        (&["check", "--bogus"], "unexpected argument '--bogus'"),
        (&["run", "--config"], "a value is required for '--config"),
        (&["probe"], "<URL>"),
        (&["replay", "--out", "x"], "--footage"),
        (&["cases"], "Usage: curbwatch cases"),
        (&["cases", "show", "no id!"], "no case id"),
        (&["--log", "a=b=c", "schema"], "--log a=b=c: "),
        (
            &["probe", "rtsp://127.0.0.1:1/", "--seconds", "0"],
            "give 0.1 to 86400 seconds",
        ),
        (&["probe", "rtsp://127.0.0.1:1/", "--password-env", "X"], "--user"),
        (
            &[
                "probe",
                "rtsp://127.0.0.1:1/",
                "--user",
                "u",
                "--password-env",
                "CURBWATCH_NOT_SET_ANYWHERE",
            ],
            "--password-env CURBWATCH_NOT_SET_ANYWHERE: this variable is not set; export it first",
        ),
        (&["probe", "http://u:geheim@127.0.0.1/"], "only rtsp is spoken"),
        (
            &["probe", "rtsp://127.0.0.1:1/", "--camera", "c0"],
            "cannot be used with",
        ),
        (&["probe", "--camera", "c0", "--user", "u"], "cannot be used with"),
        (&["probe", "--camera", "no id!"], "--camera"),
        (&["probe", "rtsp://127.0.0.1:1/", "--replace"], "--save-reference"),
    ];
    for (arguments, want) in rows {
        let outcome = run(folder.path(), arguments);
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {outcome:?}");
        assert!(outcome.stderr.contains(want), "{arguments:?}: {outcome:?}");
        assert!(outcome.stdout.is_empty(), "{arguments:?}: {outcome:?}");
        assert!(!outcome.stderr.contains("geheim"), "{arguments:?}: {outcome:?}");
    }
}

#[test]
fn check_warns_of_cameras_that_would_wait_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let file = configuration(folder.path(), Some("rtsp://192.0.2.7:554/x"));
    let limit = "[ingest]\nsessions_per_host_max = 1\n[groups.north]\nsessions_max = 2\n[looks]";
    edit(&file, "[looks]", limit);
    let camera = "[[cameras]]\nid = \"ID\"\nurl = \"rtsp://192.0.2.7/y\"\ngroup = \"north\"\n";
    let more = ["c1", "c2"].map(|id| camera.replace("ID", id)).concat();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text + &more).unwrap();
    let outcome = run(folder.path(), ["check"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let said = outcome.said();
    assert_eq!(said.len(), 1, "the group has enough: {said:?}");
    assert!(
        said[0].contains(
            "host 192.0.2.7:554: 3 cameras that stay connected and 1 sessions: at any time 2 cameras wait"
        ),
        "{said:?}"
    );
}

#[test]
fn check_says_with_numbers_when_a_patrol_cannot_keep_its_wish() {
    let folder = tempfile::tempdir().unwrap();
    let file = configuration(folder.path(), None);
    let group = "[ingest]\ndials_per_host_max = 2\n[groups.round]\nmode = \"patrol\"\nrevisit_secs = 60\nsessions_max = 8\nvisit_looks = 2\n[looks]";
    edit(&file, "[looks]", group);
    let camera = |n: usize| {
        // The first stays and keeps its session.
        let mode = if n == 0 { "mode = \"stay\"\n" } else { "" };
        format!("[[cameras]]\nid = \"p{n}\"\nurl = \"rtsp://192.0.2.7/{n}\"\ngroup = \"round\"\n{mode}")
    };
    let text = std::fs::read_to_string(&file).unwrap();
    let check = |cameras: usize| {
        let more: String = (0..=cameras).map(camera).collect();
        std::fs::write(&file, format!("{text}{more}")).unwrap();
        let outcome = run(folder.path(), ["check"]);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        outcome.stderr
    };
    // Ten seconds a visit with two looks: 7 sessions are enough for 37 in 54 seconds.
    assert_eq!(check(37), "");
    let said = check(100);
    assert_eq!(
        said,
        "warning: group round: 100 cameras on patrol want 18.5 sessions at a time to be visited as often as wished, and there are 7 beside those \
         of 1 that stay connected: every 159 s instead of every 60 s is what they will come to; allow more sessions, set `revisit_secs` to 2.6 times \
         what it is, or take fewer looks a visit\n"
    );
    let said = check(200);
    assert!(
        said.contains("warning: host 192.0.2.7:554: 200 cameras on patrol want 3.7 dials at a time to be visited as often as wished, and there are 2: "),
        "{said}"
    );
}

#[test]
fn check_warns_of_rules_that_come_to_no_case_or_a_late_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = configuration(folder.path(), None);
    let text = std::fs::read_to_string(&file).unwrap();
    let zone = |camera: &str, id: &str, kind: &str| {
        format!(
            "[[zones]]\ncamera = \"{camera}\"\nid = \"{id}\"\nkind = \"{kind}\"\npolygon = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]\n"
        )
    };
    let check = |keys: &str, override_: &str, kind: &str| {
        let mut all = text.replacen(
            "[looks]",
            &format!("[groups.round]\nmode = \"patrol\"\n{keys}\n[looks]"),
            1,
        );
        for id in ["p0", "p1"] {
            let camera =
                format!("[[cameras]]\nid = \"{id}\"\nurl = \"rtsp://192.0.2.7/{id}\"\ngroup = \"round\"\n");
            all.push_str(&camera);
            all += &zone(id, "z", kind);
        }
        std::fs::write(&file, all + override_).unwrap();
        let outcome = run(folder.path(), ["check"]);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        outcome.stderr
    };
    let never = "warning: group round: at 2 cameras, p0 (zone z) among them, `revisit_secs` is 3600 and `gap_max_secs` of illegal_motor_parking 1800: \
         what one visit shows is forgotten before the next, and no case ever opens; set `revisit_secs` to 1800 or less, or `gap_max_secs` in \
         [rules.illegal_motor_parking] (or the override that sets it) to more than 3600\n";
    let mended = "[[overrides]]\nclass = \"illegal_motor_parking\"\ngroup = \"round\"\ngap_max_secs = 7200\n";
    let in_a_visit = "revisit_secs = 3600\nvisit_looks = 5\nvisit_spacing_secs = 10\nvisit_secs_max = 120";
    let short = "[[overrides]]\nclass = \"illegal_motor_parking\"\ngroup = \"round\"\ndwell_secs = 60\n";
    let rows = [
        ("revisit_secs = 1800", "", "no_parking", ""),
        ("revisit_secs = 3600", "", "no_parking", never),
        ("revisit_secs = 3600", mended, "no_parking", ""),
        ("revisit_secs = 3600", "", "legal_bay", ""),
        (in_a_visit, short, "no_parking", ""),
        ("revisit_secs = 900", "", "frontage", ""),
    ];
    for (keys, override_, kind, want) in rows {
        assert_eq!(check(keys, override_, kind), want, "{keys} {override_} {kind}");
    }
    let late = check("revisit_secs = 900", "", "public_ground");
    assert!(
        late.contains(
            "`present_looks_min` of exposed_garbage is 3 and `revisit_secs` 900: no case opens before 1800 s, though 900 s are allowed; set \
             `present_looks_min` in [rules.exposed_garbage] (or the override that sets it) to 2 or less"
        ),
        "{late}"
    );
    assert_eq!(late.lines().count(), 1, "piles are allowed half an hour: {late}");
    let enough = check("revisit_secs = 900\nvisit_looks = 2", "", "public_ground");
    assert_eq!(enough, "");
}
