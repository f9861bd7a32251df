//! What one configuration changes in a program that runs with another.

use curbwatch_config::{CameraChange, Changes, Config};

use crate::common::Folder;

const BEFORE: &str = r#"
[inference]
model = "model.toml"
workers = 2
[district]
time_zone = "+08:00"
[schedules.day]
daily = ["07:00-19:00"]
[groups.gate]
user = "viewer"
password_env = "CURBWATCH_TEST_SECRET"
sessions_max = 8
[groups.plain]
[[cameras]]
id = "a"
url = "rtsp://192.0.2.1/a"
group = "gate"
[[cameras]]
id = "b"
url = "rtsp://192.0.2.1/b"
[[cameras]]
id = "film"
[[zones]]
camera = "a"
id = "kerb"
kind = "no_parking"
schedule = "day"
polygon = [[0.0, 0.5], [1, 0.5], [1.0, 1.0]]
"#;

fn load(text: &str) -> Config {
    let folder = Folder::with(&[("c.toml", text)]);
    let mut config = folder
        .load("c.toml")
        .unwrap_or_else(|problems| panic!("{problems}"));
    // The folder is another each time; the files' places are not what is compared here.
    config.inference.model = "model.toml".into();
    config.store.directory = "data".into();
    config
}

/// What becomes another when `from` in [`BEFORE`] is replaced by `to`, and the configuration then.
fn replaced(from: &str, to: &str) -> (Config, Changes) {
    assert!(BEFORE.contains(from), "{from:?} is not there");
    load(BEFORE).changed_to(load(&BEFORE.replacen(from, to, 1)))
}

/// In short: `+a` came, `-a` went, `a:received,looked,judged,named`, `!key` needs a restart.
fn in_short(changes: &Changes) -> String {
    let about = |change: &CameraChange| {
        let said = [
            (change.reception, "received"),
            (change.looks, "looked"),
            (change.judging, "judged"),
            (change.name, "named"),
        ];
        let said: Vec<&str> = said
            .into_iter()
            .filter_map(|(is, what)| is.then_some(what))
            .collect();
        format!("{}:{}", change.camera, said.join(","))
    };
    let mut words: Vec<String> = changes.added.iter().map(|id| format!("+{id}")).collect();
    words.extend(changes.removed.iter().map(|id| format!("-{id}")));
    words.extend(changes.changed.iter().map(about));
    words.extend(changes.needs_restart.iter().map(|key| format!("!{key}")));
    words.join(" ")
}

#[test]
fn every_change_is_told_at_the_camera_it_is_about() {
    let zone = "[[zones]]\ncamera = \"b\"\nid = \"bay\"\nkind = \"legal_bay\"\npolygon = [[0.0, 0.5], [1, 0.5], [1.0, 1.0]]\n";
    let override_b = "[[overrides]]\ncamera = \"b\"\nclass = \"illegal_motor_parking\"\ndwell_secs = 60\n";
    let permit = "[[permits]]\nlabel = \"fair\"\ncamera = \"a\"\nzone = \"kerb\"\nclasses = [\"illegal_motor_parking\"]\n\
                  from = \"2027-03-01\"\nuntil = \"2027-03-01\"\n";
    let ground = "[[homographies]]\ncamera = \"b\"\npoints = [[0.1, 0.9, 0, 0], [0.9, 0.9, 6, 0], [0.7, 0.4, 6, 20], [0.3, 0.4, 0, 20]]\n";
    let view = concat!(
        "[[views]]\ncamera = \"b\"\nid = \"gate\"\nreference = \"",
        env!("CARGO_MANIFEST_DIR"),
        "/Cargo.toml\"\n"
    );
    let rows: [(&str, &str, &str); 24] = [
        ("id = \"film\"", "id = \"film\"", ""),
        ("id = \"film\"", "id = \"other-film\"", ""),
        (
            "id = \"film\"",
            "id = \"film\"\nurl = \"rtsp://192.0.2.2/\"",
            "+film",
        ),
        ("url = \"rtsp://192.0.2.1/b\"\n", "", "-b"),
        ("id = \"b\"", "id = \"c\"", "+c -b"),
        ("rtsp://192.0.2.1/b", "rtsp://192.0.2.1/b2", "b:received"),
        (
            "rtsp://192.0.2.1/b\"",
            "rtsp://192.0.2.1/b\"\ntransport = \"udp\"",
            "b:received",
        ),
        ("user = \"viewer\"", "user = \"guest\"", "a:received"),
        ("group = \"gate\"", "", "a:received"),
        ("/b\"\n", "/b\"\ngroup = \"plain\"\n", ""),
        ("/b\"\n", "/b\"\nname = \"East\"\n", "b:named"),
        ("/b\"\n", "/b\"\nlook_every_secs = 5\n", "b:looked"),
        (
            "/b\"\n",
            "/b\"\nmode = \"patrol\"\nrevisit_secs = 10\n",
            "b:received",
        ),
        (
            "/b\"\n",
            "/b\"\nmode = \"patrol\"\nvisit_looks = 2\n",
            "b:received,looked",
        ),
        ("/b\"\n", "/b\"\nview = \"other\"\n", "b:judged"),
        (
            "workers = 2",
            "workers = 2\n[looks]\nlook_every_secs = 5",
            "a:looked b:looked",
        ),
        ("[[zones]]\n", &format!("{zone}[[zones]]\n"), "b:judged"),
        ("[[zones]]\n", &format!("{view}[[zones]]\n"), "b:judged"),
        ("[[zones]]\n", &format!("{override_b}[[zones]]\n"), "b:judged"),
        ("[[zones]]\n", &format!("{permit}[[zones]]\n"), "a:judged"),
        ("[[zones]]\n", &format!("{ground}[[zones]]\n"), "b:judged"),
        ("[1.0, 1.0]]", "[0.9, 1.0]]", "a:judged"),
        ("07:00", "08:00", "a:judged"),
        (
            "workers = 2",
            "workers = 2\n[rules.exposed_garbage]\ndwell_secs = 800",
            "a:judged b:judged",
        ),
    ];
    for (from, to, want) in rows {
        let (next, changes) = replaced(from, to);
        assert_eq!(in_short(&changes), want, "{from:?} -> {to:?}");
        assert_eq!(changes.is_empty(), want.is_empty());
        // What runs then is what was asked for: asked again, nothing is another.
        let again = load(&BEFORE.replacen(from, to, 1));
        assert_eq!(next, again, "{from:?} -> {to:?}");
        assert!(next.changed_to(again).1.is_empty());
    }
}

/// Another picture of a view under the same name is another view.
#[test]
fn a_picture_that_was_stored_anew_is_a_change() {
    let view = "[[views]]\ncamera = \"b\"\nid = \"gate\"\nreference = \"gate.jpg\"\n";
    let folder = Folder::with(&[("c.toml", &format!("{BEFORE}{view}") as &str), ("gate.jpg", "")]);
    let load = || folder.load("c.toml").expect("no problems");
    let before = load();
    assert_eq!(in_short(&before.changed_to(load()).1), "");
    let picture = std::fs::File::options()
        .write(true)
        .open(folder.path("gate.jpg"))
        .expect("it is there");
    picture
        .set_modified(std::time::UNIX_EPOCH)
        .expect("a file system with times");
    assert_eq!(in_short(&before.changed_to(load()).1), "b:judged");
}

#[test]
fn what_needs_a_restart_is_named_and_stays_as_it_is() {
    let rows = [
        ("workers = 2", "workers = 3", "!inference.workers"),
        (
            "workers = 2",
            "workers = 2\n[server]\nlisten = \"127.0.0.1:1\"",
            "!server.listen",
        ),
        (
            "workers = 2",
            "workers = 2\n[store]\nmemory_every_secs = 5\ndecision_days_max = 8",
            "!store.memory_every_secs !store.decision_days_max",
        ),
        (
            "workers = 2",
            "workers = 2\n[ingest]\ndead_after_secs = 20",
            "!ingest.dead_after_secs",
        ),
        (
            "workers = 2",
            "workers = 2\n[recheck]\norders_max = 5",
            "!recheck.orders_max",
        ),
        (
            "workers = 2",
            "workers = 2\n[review]\nexposed_garbage = \"auto\"",
            "!review.exposed_garbage",
        ),
        (
            "workers = 2",
            "workers = 2\n[[sinks.jsonl]]\nname = \"f\"\npath = \"f.jsonl\"",
            "!sinks.jsonl",
        ),
        (
            "sessions_max = 8",
            "sessions_max = 9",
            "!groups.gate.sessions_max",
        ),
        (
            "sessions_max = 8",
            "sessions_max = 8\ndials_max = 2",
            "!groups.gate.dials_max",
        ),
    ];
    for (from, to, want) in rows {
        let (next, changes) = replaced(from, to);
        assert_eq!(in_short(&changes), want, "{from:?} -> {to:?}");
        assert_eq!(next, load(BEFORE), "it runs as before: {to:?}");
    }

    // The rest of such a change is taken up, and what is left is named again.
    let both = BEFORE
        .replacen("workers = 2", "workers = 3", 1)
        .replacen("/b\"", "/b2\"", 1);
    let (next, changes) = load(BEFORE).changed_to(load(&both));
    assert_eq!(in_short(&changes), "b:received !inference.workers");
    assert_eq!(in_short(&next.changed_to(load(&both)).1), "!inference.workers");
}
