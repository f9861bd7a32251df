//! `eval cases`, `eval recheck-orders` and `eval recheck`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::{lab, near};

#[test]
fn cases_are_scored_against_events() {
    let folder = tempfile::tempdir().expect("a folder");
    let truth = r#"{"kind":"synthetic","watched_hours":2.0,"events":[
        {"name":"car","class":"illegal_motor_parking","camera":"c1","view":"home","start_ms":0,"end_ms":90000,"dwell_secs":60,"box":[0.1,0.4,0.2,0.2]},
        {"name":"queue","class":"illegal_motor_parking","camera":"c1","view":"home","start_ms":0,"end_ms":90000,"dwell_secs":60,"box":[0.6,0.4,0.2,0.2],"near_miss":true},
        {"name":"heap","class":"exposed_garbage","camera":"c1","view":"home","start_ms":0,"end_ms":90000,"dwell_secs":60,"box":[0.1,0.7,0.1,0.1],"occluded":0.4}]}"#;
    let row = |id: &str, class: &str, state: &str, emitted: i64, x: f64| {
        format!(
            r#"{{"case_id":"{id}","camera":"c1","zone":"kerb","class":"{class}","state":"{state}","box":[{x},0.4,0.2,0.2],"first_seen_ms":0,"due_ms":60000,"emitted_ms":{emitted},"last_seen_ms":{emitted},"view":"home"}}"#
        )
    };
    let cases = [
        row("a", "illegal_motor_parking", "opened", 62_000, 0.12),
        row("a", "illegal_motor_parking", "still", 80_000, 0.12),
        row("b", "illegal_motor_parking", "opened", 65_000, 0.1),
        row("c", "illegal_motor_parking", "opened", 62_000, 0.6),
    ];
    fs::write(folder.path().join("truth.json"), truth).expect("written");
    fs::write(folder.path().join("cases.jsonl"), cases.join("\n")).expect("written");
    let (text, code) = lab(
        folder.path(),
        "eval cases --truth truth.json --cases cases.jsonl --json",
    );
    assert_eq!(code, 0, "{text}");
    let report: Value = serde_json::from_str(&text).expect("one JSON object");
    let parking = &report["classes"]["illegal_motor_parking"];
    for (key, want) in [
        ("events", 1),
        ("cases", 3),
        ("duplicates", 1),
        ("false_alarms", 1),
    ] {
        assert_eq!(parking[key], want, "{key}: {parking}");
    }
    assert_eq!(
        (&parking["near_misses_alarmed"], &parking["delay_secs_p50"]),
        (&1.into(), &2.0.into())
    );
    near(&parking["precision"]["share"], 0.5);
    near(&parking["false_per_camera_day"], 12.0);
    let garbage = &report["classes"]["exposed_garbage"];
    near(&garbage["recall"]["share"], 0.0);
    assert_eq!(garbage["recall_occluded"]["n"], 1);
    assert_eq!(report["classes"]["piled_materials"]["status"], "not evaluated");
    assert_eq!(report["kind"], "synthetic");

    let rows = [
        (
            "truth.json",
            "{\"events\":[{}]}",
            "truth.json: missing field `name`",
        ),
        (
            "truth.json",
            &truth.replace("exposed_garbage", "rubbish"),
            "event `heap`: `rubbish` is no class of violation",
        ),
        (
            "truth.json",
            &truth.replace("\"start_ms\":0", "\"start_ms\":99999999"),
            "event `car`: ends before it starts",
        ),
        (
            "cases.jsonl",
            &cases[0].replace("[0.12,0.4,0.2,0.2]", "[0.12,0.4,0.2,-1]"),
            "cases.jsonl:1: [0.12, 0.4, 0.2, -1] is no box",
        ),
        ("cases.jsonl", "{}", "cases.jsonl:1: missing field `state`"),
    ];
    for (file, spoilt, want) in rows {
        fs::write(folder.path().join("truth.json"), truth).expect("written");
        fs::write(folder.path().join("cases.jsonl"), cases.join("\n")).expect("written");
        fs::write(folder.path().join(file), spoilt).expect("written");
        let (said, code) = lab(folder.path(), "eval cases --truth truth.json --cases cases.jsonl");
        assert!(
            code == 1 && said.contains(want) && said.lines().count() == 1,
            "{said}"
        );
    }
}

/// Two cameras with a car, another one in its place and a heap; a patrol camera that turns away.
fn stays(folder: &Path) {
    let events = r#"{"kind":"synthetic","watched_hours":1.0,"events":[
        {"name":"car","class":"illegal_motor_parking","camera":"c1","view":"home","start_ms":0,"end_ms":90000,"dwell_secs":60,"box":[0.1,0.4,0.2,0.2]},
        {"name":"next","class":"illegal_motor_parking","camera":"c1","view":"home","start_ms":100000,"end_ms":200000,"dwell_secs":60,"box":[0.12,0.4,0.2,0.2]},
        {"name":"heap","class":"exposed_garbage","camera":"c1","view":"home","start_ms":0,"end_ms":60000,"dwell_secs":20,"box":[0.1,0.7,0.1,0.1]},
        {"name":"queue","class":"illegal_motor_parking","camera":"c1","view":"home","start_ms":0,"end_ms":90000,"dwell_secs":60,"box":[0.6,0.4,0.2,0.2],"near_miss":true},
        {"name":"car","class":"illegal_motor_parking","camera":"c2","view":"home","start_ms":0,"end_ms":90000,"dwell_secs":60,"box":[0.1,0.4,0.2,0.2]},
        {"name":"next","class":"illegal_motor_parking","camera":"c2","view":"home","start_ms":100000,"end_ms":200000,"dwell_secs":60,"box":[0.12,0.4,0.2,0.2]}]}"#;
    let patrol = r#"{"camera":"p1","views":[{"view_id":"v1","from_ms":0,"to_ms":900000}],
        "unusable":[{"from_ms":1000000,"to_ms":1600000}],"events":[
        {"id":"coach","zone_type":"no_parking","ignore":false,"first_seen":0,"last_seen":900000,"censored_end":true,"boxes":{"v1":[0.1,0.4,0.2,0.2]}},
        {"id":"bay","zone_type":"legal_bay","ignore":false,"first_seen":0,"last_seen":600000,"censored_end":false,"boxes":{"v1":[0.6,0.4,0.2,0.2]}}]}"#;
    fs::write(folder.join("events.json"), events).expect("written");
    fs::write(folder.join("patrol.json"), patrol).expect("written");
}

#[test]
fn orders_are_made_of_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    stays(folder.path());
    let opened = r#"{"case_id":"a","camera":"c1","zone":"kerb","class":"illegal_motor_parking","state":"opened","box":[0.12,0.4,0.2,0.2],"first_seen_ms":0,"due_ms":60000,"emitted_ms":62000,"last_seen_ms":62000,"view":"home"}"#;
    fs::write(folder.path().join("cases.jsonl"), opened).expect("written");
    let (text, code) = lab(
        folder.path(),
        "eval recheck-orders --truth events.json patrol.json --cases cases.jsonl --deadline-secs 300 --out orders.jsonl",
    );
    assert_eq!(code, 0, "{text}");
    let text = fs::read_to_string(folder.path().join("orders.jsonl")).expect("orders");
    let orders: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    // In the middle and after the end of five stays, of a near miss none; of the coach no end was seen.
    assert_eq!(orders.len(), 14, "{text}");
    let rows = [
        ("mid.c1.car", 45_000, 345_000, "verify", Value::Null), // the case came later
        ("gone.c1.car", 90_001, 390_001, "check", "a".into()),
        ("gone.c2.car", 90_001, 390_001, "verify", Value::Null), // of another camera
        ("mid.coach", 450_000, 750_000, "verify", Value::Null),
        ("gone.bay", 600_001, 900_001, "verify", Value::Null),
        ("away.0", 999_999, 1_300_000, "check", Value::Null),
    ];
    for (id, at, deadline, purpose, case) in rows {
        let order = orders.iter().find(|order| order["order_id"] == id).expect(id);
        assert_eq!(
            (
                &order["at_ms"],
                &order["deadline_ms"],
                &order["purpose"],
                &order["case_id"]
            ),
            (&at.into(), &deadline.into(), &purpose.into(), &case),
            "{order}"
        );
    }
}

#[test]
fn verdicts_are_scored_against_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    stays(folder.path());
    // What was there at the time of the picture, in words: there, gone, another one in its stead.
    let verdicts = [
        ("mid.c1.car", "present", 50_000, ""),           // there
        ("gone.c1.car", "reoccupied", 120_000, ""),      // another
        ("mid.c1.next", "cleared", 160_000, ""),         // there
        ("gone.c1.next", "inconclusive", 0, "occluded"), // gone
        ("mid.c1.heap", "reoccupied", 40_000, ""),       // there
        ("gone.c1.heap", "present", 70_000, ""),         // gone
        ("gone.c2.car", "cleared", 120_000, ""),         // another
        ("mid.coach", "present", 500_000, ""),           // there
        ("gone.bay", "cleared", 700_000, ""),            // gone
        ("away.0", "inconclusive", 0, "moved"),
    ];
    let row = |(order, verdict, seen_at, reason): &(&str, &str, i64, &str)| {
        let reason = if reason.is_empty() {
            Value::Null
        } else {
            (*reason).into()
        };
        let after = match seen_at {
            0 => Value::Null,
            at => serde_json::json!({"captured_ms": at, "box": [0.1, 0.4, 0.2, 0.2]}),
        };
        let row = serde_json::json!({
            "order_id": order, "case_id": null, "camera": "c1", "view": "home", "zone": "kerb",
            "class": "illegal_motor_parking", "state": "recheck", "purpose": "check", "verdict": verdict,
            "reason": reason, "ordered_ms": 1, "deadline_ms": 900_000, "decided_ms": 900_000,
            "emitted_ms": 900_000, "looks": 2, "telling_looks": 2, "before": null, "after": after,
            "model": null, "event_id": format!("place.recheck.{order}"),
        });
        row.to_string()
    };
    let lines: Vec<String> = verdicts.iter().map(row).collect();
    fs::write(folder.path().join("verdicts.jsonl"), lines.join("\n")).expect("written");
    let words = "eval recheck --truth events.json patrol.json --verdicts verdicts.jsonl";
    let (text, code) = lab(folder.path(), &format!("{words} --json"));
    assert_eq!(code, 0, "{text}");
    let report: Value = serde_json::from_str(&text).expect("one JSON object");
    let counts = [
        ("orders", 9),
        ("decisive", 8),
        ("right", 4),
        ("false_cleared", 1),
        ("false_reoccupied", 1),
        ("false_present", 1),
        ("missed_another", 1),
    ];
    for (key, want) in counts {
        assert_eq!(report["all"][key], want, "{key}: {report}");
    }
    assert_eq!(
        report["all"]["inconclusive"],
        serde_json::json!({"occluded": 1}),
        "{report}"
    );
    near(&report["decisive"]["share"], 8.0 / 9.0);
    // Five answers close; two of them about what was there.
    assert_eq!(report["false_closures"]["n"], 5, "{report}");
    near(&report["false_closures"]["share"], 2.0 / 5.0);
    assert_eq!(report["groups"]["illegal_motor_parking/gone/legal"]["right"], 1);
    assert_eq!(report["groups"]["exposed_garbage/mid"]["false_reoccupied"], 1);
    assert_eq!(report["away"], serde_json::json!({"inconclusive moved": 1}));
    // Of the second camera the middle of the car and both of the next one; the middle of the bay.
    assert_eq!(report["unanswered"], 4, "{report}");
    let wrong: Vec<&str> = report["wrong"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(
        wrong,
        [
            "mid.c1.next: cleared at 160000, was There",
            "mid.c1.heap: reoccupied at 40000, was There",
            "gone.c1.heap: present at 70000, was Gone",
            "gone.c2.car: cleared at 120000, was Another",
        ]
    );
    // Truth of streets that are real and of ones that are not is neither.
    assert_eq!(report["kind"], "unstated");

    fs::write(folder.path().join("verdicts.jsonl"), "{}\n").expect("written");
    let (said, code) = lab(folder.path(), words);
    assert!(
        code == 1 && said.contains("verdicts.jsonl:1: missing field") && said.lines().count() == 1,
        "{said}"
    );
}
