//! What good configurations mean: inheritance, lists, secrets, views, and the example file.

use std::fmt::Write;

use crate::common::{Folder, repository};
use curbwatch_config::{Camera, Secret, Sending, Transport, example, load, schema};
use curbwatch_types::ViolationClass;

const DISTRICT: &str = r#"
include = ["cameras.csv", "sites/*.toml"]
[inference]
model = "model.toml"
[looks]
look_every_secs = 20
[groups.gateway]
url_template = "rtsp://192.0.2.9:554/live/{id}"
user = "viewer"
password_env = "CURBWATCH_TEST_SECRET"
transport = "tcp"
look_every_secs = 30
[groups.bare]
[[sinks.jsonl]]
name = "archive"
path = "out/cases.jsonl"
[[sinks.webhook]]
name = "city"
url = "https://cases.example/api"
token_file = "token"
"#;

const CAMERAS: &str = "\u{feff}id, name, url, group, look_every_secs, transport, user, password_file, view\r\n\
    1,\"East gate, \"\"old\"\"\",,gateway,,,,,\r\n\
    # 2 is being repaired\r\n\
    3,,rtsp://192.0.2.3/s2,gateway,5,udp,admin,secrets/three,V1\r\n\
    4,,,bare,,,,,\r\n\
    5,,rtsp://[2001:db8::1]:8554/x?token=abc,,,,,,";

const SITE: &str = r#"
[[zones]]
camera = "3"
id = "kerb"
kind = "no_parking"
polygon = [[0.0, 0.5], [1, 0.5], [1.0, 1.0]]
dwell_secs = 600
[[zones]]
camera = "3"
view = "V2"
id = "kerb"
kind = "ignore"
polygon = [[0.0, 0.5], [1, 0.5], [1.0, 1.0]]
[[cameras]]
id = "6"
[[views]]
camera = "3"
id = "V2"
reference = "../views/3-V2.png"
"#;

fn district() -> Folder {
    Folder::with(&[
        ("c.toml", DISTRICT),
        ("cameras.csv", CAMERAS),
        ("sites/a.toml", SITE),
        ("views/3-V2.png", ""),
        ("sites/b.toml", ""),
        ("secrets/three", "hunter3\r\n"),
        ("token", "hunter4\n"),
    ])
}

/// A camera in one line.
fn line(camera: &Camera) -> String {
    let password = camera.password.as_ref().map_or("-", |p| p.expose());
    let zones: Vec<_> = camera
        .zones
        .iter()
        .map(|z| format!("{}@{}", z.id, z.view))
        .collect();
    format!(
        "{} {:?} {} {} {password} {:?} {} {} {zones:?}",
        camera.id,
        camera.name.as_deref().unwrap_or("-"),
        camera.url.as_deref().unwrap_or("-"),
        camera.user.as_deref().unwrap_or("-"),
        camera.transport,
        camera.look_every_secs,
        camera.view,
    )
}

#[test]
fn a_camera_is_its_own_keys_then_its_groups_then_the_defaults() {
    let folder = district();
    let config = folder.load("c.toml").expect("no problems");
    let got: Vec<String> = config.cameras.iter().map(line).collect();
    let want = [
        r#"1 "East gate, \"old\"" rtsp://192.0.2.9:554/live/1 viewer hunter2 Tcp 30 main []"#,
        r#"3 "-" rtsp://192.0.2.3/s2 admin hunter3 Udp 5 V1 ["kerb@V1", "kerb@V2"]"#,
        r#"4 "-" - - - Auto 20 main []"#,
        r#"5 "-" rtsp://[2001:db8::1]:8554/x?token=abc - - Auto 20 main []"#,
        r#"6 "-" - - - Auto 20 main []"#,
    ];
    assert_eq!(got, want);
    assert_eq!(config.zones().count(), 2);
    let [gate] = config.cameras[1].views.as_slice() else {
        panic!("one stored view: {:?}", config.cameras[1].views);
    };
    assert_eq!(gate.view.as_str(), "V2");
    assert!(
        gate.reference.ends_with("sites/../views/3-V2.png"),
        "relative to its own list"
    );
    assert_eq!(config.cameras[1].zones[0].dwell_secs, Some(600));
    assert_eq!(
        config.sinks.webhook[0].token.as_ref().map(Secret::expose),
        Some("hunter4")
    );
    assert_eq!(config.cameras[0].transport, Transport::Tcp);
}

#[test]
fn a_patrol_is_the_groups_and_a_camera_may_stay_or_be_visited_otherwise() {
    let toml = r#"
[inference]
model = "model.toml"
[groups.round]
mode = "patrol"
visit_looks = 2
priority = 3
[groups.stay]
look_every_secs = 7
"#;
    let csv = "id,group,mode,revisit_secs,visit_looks,visit_spacing_secs,visit_secs_max,priority,look_every_secs\n\
        1,round,,,,,,,\n2,round,,60,1,0.5,12,1,\n3,round,stay,,,,,,5\n4,stay,,,,,,,\n5,stay,patrol,90,,,,,\n6,,,,,,,,\n";
    let folder = Folder::with(&[
        ("c.toml", format!("include = [\"cameras.csv\"]\n{toml}")),
        ("cameras.csv", csv.to_owned()),
    ]);
    let config = folder.load("c.toml").expect("no problems");
    let got = config.cameras.iter().map(|camera| {
        let patrol = camera.patrol;
        let patrol = patrol.map(|p| (p.visit_looks, p.visit_spacing_secs, p.visit_secs_max, p.priority));
        (camera.look_every_secs, patrol)
    });
    let want = [
        (300.0, Some((2, 3.0, 30.0, 3))),
        (60.0, Some((1, 0.5, 12.0, 1))),
        (5.0, None),
        (7.0, None),
        (90.0, Some((1, 3.0, 30.0, 1))),
        (10.0, None),
    ];
    assert_eq!(got.collect::<Vec<_>>(), want);
}

#[test]
fn paths_are_relative_to_the_file_they_stand_in() {
    let folder = Folder::with(&[
        (
            "etc/c.toml",
            "include = [\"../lists/all.toml\"]\n[inference]\nmodel = \"../model.toml\"\n",
        ),
        (
            "lists/all.toml",
            "include = [\"north/*.csv\"]\n[groups.g]\nuser = \"u\"\npassword_file = \"pass\"\n",
        ),
        ("lists/pass", "hunter2"),
        ("lists/north/a.csv", "id,group\na,g\n"),
        ("lists/north/b.csv", "id,group\nb,g\n"),
        ("lists/north/.hidden.csv", "nonsense"),
    ]);
    let config = folder.load("etc/c.toml").expect("no problems");
    assert_eq!(config.store.directory, folder.path("etc/curbwatch-data"));
    assert_eq!(config.inference.model, folder.path("etc/../model.toml"));
    let ids: Vec<_> = config
        .cameras
        .iter()
        .map(|c| (c.id.as_str(), c.password.is_some()))
        .collect();
    assert_eq!(ids, [("a", true), ("b", true)]);
}

#[test]
fn defaults_are_the_documented_ones() {
    let folder = Folder::with(&[("c.toml", "[inference]\nmodel = \"model.toml\"\n")]);
    let config = folder.load("c.toml").expect("no problems");
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8088");
    assert_eq!(config.looks.look_every_secs, 10.0);
    assert_eq!(config.ingest.access_unit_bytes_max, 16 << 20);
    assert_eq!(config.rules.illegal_motor_parking.dwell_secs, 300);
    assert_eq!(config.rules.itinerant_vendor.merge_m, 15.0);
    assert_eq!(config.rules.piled_materials.dwell_secs, 1800);
    assert!(config.cameras.is_empty() && config.sinks.jsonl.is_empty());
}

#[test]
fn a_demonstration_may_use_the_shortest_dwells() {
    let rules = "[rules.illegal_motor_parking]\nstationary_secs = 5\ndwell_secs = 10\n";
    let zone = "[[cameras]]\nid = \"a\"\n[[zones]]\ncamera = \"a\"\nid = \"1\"\nkind = \"no_parking\"\n\
        polygon = [[0, 0], [1, 0], [0, 1]]\ndwell_secs = 10\n";
    let text = format!("[inference]\nmodel = \"model.toml\"\n{rules}{zone}");
    let config = Folder::with(&[("c.toml", text)])
        .load("c.toml")
        .expect("no problems");
    let rule = &config.rules.illegal_motor_parking;
    assert_eq!((rule.stationary_secs, rule.dwell_secs), (5, 10));
    assert_eq!(config.cameras[0].zones[0].dwell_secs, Some(10));
}

#[test]
fn who_sends_is_said_class_by_class() {
    let text = "[inference]\nmodel = \"model.toml\"\n[review]\nexposed_garbage = \"auto\"\n\
        illegal_motor_parking = \"review\"\n";
    let config = Folder::with(&[("c.toml", text)])
        .load("c.toml")
        .expect("no problems");
    for (class, name) in ViolationClass::NAMES {
        let want = match name {
            "exposed_garbage" => Some(Sending::Auto),
            "illegal_motor_parking" => Some(Sending::Review),
            _ => None,
        };
        assert_eq!(config.review.of(class), want, "{name}");
    }
}

#[test]
fn a_secret_is_in_no_output() {
    let config = district().load("c.toml").expect("no problems");
    let printed = format!("{config:?} {config:#?}");
    assert!(printed.contains("Secret(***)"));
    for secret in ["hunter2", "hunter3", "hunter4"] {
        assert!(!printed.contains(secret), "{secret} was printed");
    }
}

#[test]
fn files_that_are_no_text_are_refused_with_a_remedy() {
    let main = "include = [\"list.csv\"]\n[inference]\nmodel = \"model.toml\"\n";
    let gbk = b"id,name\n1,\xb6\xab\xc3\xc5\n".to_vec();
    let huge = vec![b'\n'; (16 << 20) + 1];
    let rows = [
        (
            gbk,
            "c.toml:1: list.csv is not UTF-8 text (line 2); save it as UTF-8; spreadsheet programs call it \"CSV UTF-8\"",
        ),
        (
            huge,
            "c.toml:1: list.csv is larger than 16 MiB; split it into several lists",
        ),
    ];
    for (list, want) in rows {
        let folder = Folder::with(&[("c.toml", main.as_bytes().to_vec()), ("list.csv", list)]);
        assert_eq!(folder.problems("c.toml"), [want]);
    }
    let folder = Folder::with(&[("c.toml", main), ("list.csv/file", "")]);
    assert_eq!(
        folder.problems("c.toml"),
        ["c.toml:1: list.csv is no regular file; name a file"]
    );
}

#[test]
fn a_camera_has_sixteen_views_at_most() {
    let views = |further: usize| {
        let view = |n| format!("[[views]]\ncamera = \"a\"\nid = \"v{n}\"\nreference = \"model.toml\"\n");
        let base = "[[views]]\ncamera = \"a\"\nid = \"main\"\nreference = \"model.toml\"\n";
        let main = "[inference]\nmodel = \"model.toml\"\n[[cameras]]\nid = \"a\"\n".to_owned();
        let views: String = (0..further).map(view).collect();
        Folder::with(&[("c.toml", main + &views + base)]).problems("c.toml")
    };
    assert_eq!(views(15), [""; 0]);
    assert_eq!(
        views(16),
        ["c.toml:65: the camera `a` has more than 16 views; keep those that have zones"]
    );
}

#[test]
fn a_thousand_problems_are_not_a_thousand_lines() {
    let mut list = String::from("id,look_every_secs\n");
    for n in 0..1160 {
        let _ = writeln!(list, "{n},0");
    }
    let main = "include = [\"list.csv\"]\n[inference]\nmodel = \"model.toml\"\n";
    let problems = Folder::with(&[("c.toml", main), ("list.csv", &list)]).problems("c.toml");
    assert_eq!(problems.len(), 501);
    assert_eq!(
        problems[500],
        "c.toml:1: 660 more problems are not listed; mend those above and check again"
    );
}

/// The example in a folder where everything that it names, or could name, is there.
fn example_folder(text: &str) -> Folder {
    Folder::with(&[
        ("models/nanodet-plus.toml", ""),
        ("docs/street.jpg", ""),
        ("docs/ref/example.toml", text),
    ])
}

#[test]
fn the_example_loads_without_problems() {
    let folder = example_folder(&example());
    assert_eq!(folder.problems("docs/ref/example.toml"), [""; 0]);
    let config = folder.load("docs/ref/example.toml").expect("no problems");
    assert_eq!((config.cameras.len(), config.zones().count()), (1, 1));
}

#[test]
fn the_committed_example_loads_where_it_stands() {
    let file = repository("docs/ref/curbwatch.example.toml");
    let config = load(&file, &|_| None).expect("no problems");
    let manifest = std::fs::read_to_string(&config.inference.model).expect("read");
    assert!(manifest.contains("name = \"nanodet-plus\""), "{manifest}");
    assert_eq!((config.cameras.len(), config.zones().count()), (1, 1));
}

#[test]
fn every_commented_line_of_the_example_is_valid_when_uncommented() {
    let text = example();
    let lines: Vec<&str> = text.lines().collect();
    let mut tried = 0;
    for (at, line) in lines.iter().enumerate() {
        let Some(key) = line
            .strip_prefix('#')
            .filter(|rest| !rest.is_empty() && !rest.starts_with(' '))
        else {
            continue;
        };
        tried += 1;
        // What a machine need not have.
        if key.starts_with("onnxruntime") {
            continue;
        }
        let start = lines[..at].iter().rposition(|l| l.starts_with('[')).unwrap_or(0);
        let mut edited: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
        edited[at] = key.to_owned();
        // What stands in the place of another key.
        let header = lines[start].trim_matches(['[', ']']);
        for (section, given, other, instead) in [
            ("overrides", "group", "camera", ""),
            (
                "overrides",
                "occupancy_min",
                "class",
                "class = \"exposed_garbage\"",
            ),
            ("overrides", "merge_m", "class", "class = \"exposed_garbage\""),
            ("overrides", "beside_m", "class", "class = \"exposed_garbage\""),
            (
                "overrides",
                "attended_share",
                "class",
                "class = \"exposed_garbage\"",
            ),
            (
                "overrides",
                "count_min",
                "class",
                "class = \"disorderly_nonmotor_parking\"",
            ),
            (
                "overrides",
                "remains_min",
                "class",
                "class = \"street_front_trading\"",
            ),
            ("permits", "polygon", "zone", ""),
            ("homographies", "ground_from_image", "points", ""),
        ] {
            if header == section && key.starts_with(given) {
                let other = lines[start..]
                    .iter()
                    .position(|l| l.starts_with(&format!("{other} ")));
                edited[start + other.expect("the other key")] = instead.to_owned();
            }
        }
        if ["revisit_", "visit_", "priority"]
            .iter()
            .any(|of_patrols| key.starts_with(of_patrols))
        {
            let mode = (start..at).rfind(|i| lines[*i].starts_with("mode "));
            "mode = \"patrol\"".clone_into(&mut edited[mode.expect("a mode before it")]);
        }
        if key.starts_with("password") {
            let user = (start..at)
                .find(|i| lines[*i].starts_with("#user"))
                .expect("a user before the password");
            edited[user] = lines[user][1..].to_owned();
        }
        if key.starts_with("url_pointer") || key.starts_with("url_token") {
            let provider = (start..at)
                .find(|i| lines[*i].starts_with("#url_provider"))
                .expect("a provider before what belongs to it");
            edited[provider] = lines[provider][1..].to_owned();
        }
        let edited = edited.join("\n").replace("/run/secrets/", "../../secrets/");
        let edited = edited.replace("\"CURBWATCH_", "\"CURBWATCH_TEST_SECRET\" # ");
        let folder = Folder::with(&[
            ("models/nanodet-plus.toml", ""),
            ("docs/street.jpg", ""),
            ("docs/ref/example.toml", &edited),
            ("secrets/curbwatch-north", "x"),
            ("secrets/curbwatch-04254", "x"),
            ("secrets/curbwatch-case-token", "x"),
            ("secrets/curbwatch-platform-token", "x"),
        ]);
        assert_eq!(folder.problems("docs/ref/example.toml"), [""; 0], "with {key}");
    }
    assert!(tried > 30, "{tried} commented keys");
}

#[test]
fn what_the_guide_shows_loads() {
    let guide = std::fs::read_to_string(repository("docs/guide/configuration.md")).expect("read");
    let blocks: Vec<&str> = guide.split("```").skip(1).step_by(2).collect();
    let block = |kind: &str, word: &str| {
        let found = blocks
            .iter()
            .filter_map(|b| b.strip_prefix(kind))
            .find(|b| b.contains(word));
        found.expect("a block of the guide").to_owned()
    };
    let smallest = block("toml\n", "[inference]");
    let lists = block("toml\n", "include =").replace("CURBWATCH_NORTH_PASSWORD", "CURBWATCH_TEST_SECRET");
    let folder = Folder::with(&[
        ("models/nanodet-plus.toml", String::new()),
        ("smallest.toml", smallest),
        (
            "lists.toml",
            lists + "[inference]\nmodel = \"models/nanodet-plus.toml\"\n",
        ),
        ("cameras.csv", block("text\n", "id,name,group")),
        ("zones.toml", String::new()),
        ("sites/old-town.toml", String::new()),
    ]);
    assert_eq!(folder.problems("smallest.toml"), [""; 0]);
    assert_eq!(folder.problems("lists.toml"), [""; 0]);
    let config = folder.load("lists.toml").expect("no problems");
    let intervals: Vec<f64> = config.cameras.iter().map(|c| c.look_every_secs).collect();
    assert_eq!(intervals, [30.0, 5.0]);
}

#[test]
fn the_schema_is_json_and_names_every_table() {
    let schema: serde_json::Value = serde_json::from_str(&schema()).expect("JSON");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["required"], serde_json::json!(["inference"]));
    for table in [
        "server",
        "store",
        "inference",
        "looks",
        "ingest",
        "rules",
        "sinks",
        "groups",
        "cameras",
        "zones",
    ] {
        assert!(schema["properties"][table].is_object(), "{table}");
    }
    let zone = &schema["properties"]["zones"]["items"];
    assert_eq!(
        zone["required"],
        serde_json::json!(["camera", "id", "kind", "polygon"])
    );
    assert_eq!(
        schema["properties"]["looks"]["properties"]["look_every_secs"]["default"],
        10.0
    );
    let text = schema.to_string();
    assert!(!text.contains("null"), "every default and example is a value");
}

#[test]
fn every_number_names_its_unit() {
    /// Numbers without a unit.
    const PURE: [&str; 21] = [
        "flow_cameras_max",
        "flow_cpu_max",
        "workers",
        "visit_looks",
        "priority",
        "decision_days_max",
        "decisions_per_camera_max",
        "tiles_per_look_max",
        "dials_max",
        "sessions_max",
        "dials_per_host_max",
        "sessions_per_host_max",
        "orders_max",
        "count_min",
        "occupancy_min",
        "attended_share",
        "remains_min",
        "min_score",
        "open_score_min",
        "dial_concurrency_max",
        "present_looks_min",
    ];
    fn walk(name: &str, schema: &serde_json::Value, found: &mut Vec<String>) {
        let is_number = schema["type"] == "number" || schema["type"] == "integer";
        let has_unit = [
            "_m",
            "_secs",
            "_secs_min",
            "_secs_max",
            "_bytes_min",
            "_bytes_max",
        ]
        .iter()
        .any(|u| name.ends_with(u));
        if is_number && !has_unit && !PURE.contains(&name) {
            found.push(name.to_owned());
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            walk(name, property, found);
        }
        for inner in ["items", "additionalProperties"] {
            if schema[inner].is_object()
                && !["polygon", "points", "ground_from_image", "origin"].contains(&name)
            {
                walk("", &schema[inner], found);
            }
        }
    }
    let schema: serde_json::Value = serde_json::from_str(&schema()).expect("JSON");
    let mut found = Vec::new();
    walk("", &schema, &mut found);
    let want: [&str; 0] = [];
    assert_eq!(
        found, want,
        "without a unit: add one to the name, or to the list above"
    );
}
