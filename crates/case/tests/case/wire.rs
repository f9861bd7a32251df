//! The wire forms: exact bytes of a row, and events that fit the published schema.

use std::collections::BTreeSet;

use curbwatch_case::{CaseRow, CodeTable, Gate, case_row, cloud_event};
use curbwatch_types::{
    BBox, Condition, IncidentChange, Measured, Origin, Parameter, Score, Stretch, ViolationClass, Wall,
};
use serde_json::Value;

use crate::fixture;

const SCHEMA: &str = include_str!("../../../../docs/ref/case-candidate.schema.json");

#[test]
fn a_row_has_these_bytes() {
    let mut change = fixture::change("9f3c", IncidentChange::Opened, 400);
    let want = "{\"case_id\":\"9f3c\",\"camera\":\"04254\",\"zone\":\"kerb-1\",\
        \"class\":\"illegal_motor_parking\",\"state\":\"opened\",\"box\":[0.1,0.3333,0.25,0.2],\
        \"first_seen_ms\":1489053735215,\"due_ms\":1489054035215,\"emitted_ms\":1489054135255,\
        \"last_seen_ms\":1489054135215,\"view\":\"base\",\"decided_ms\":1489054135215,\
        \"present_looks\":3,\"best_score\":0.8765,\"dwell_secs\":300,\"model\":\"nanodet-plus@1234abcd\",\
        \"supersedes\":null,\"event_id\":\"9f3c.opened.1489054135215\",\
        \"measured\":\"measured (real)\",\"gate\":\"open\"}";
    assert_eq!(case_row(&change), want);
    let row: CaseRow = serde_json::from_str(want).expect("a row");
    assert_eq!(row, CaseRow::of(&change));

    // A row from before the label and the gate were kept is still a row.
    let (before, _) = want.split_once(",\"measured\"").expect("the key");
    let old: CaseRow = serde_json::from_str(&format!("{before}}}")).expect("an old row");
    assert_eq!((old.measured, old.gate), (None, None));

    // A machine that computes a hair differently writes the same bytes.
    change.incident.bbox.x = 0.1 + 3e-8;
    change.incident.best_score = Score::new(0.876_543_1);
    assert_eq!(case_row(&change), want);

    change.incident.bbox = BBox::new(-0.000_01, f32::NAN, f32::INFINITY, 1.0);
    assert!(case_row(&change).contains("\"box\":[0.0,0.0,0.0,1.0]"));
}

#[test]
fn every_event_fits_the_published_schema() {
    let schema: Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let codes = CodeTable::built_in().expect("the table");
    let place = tempfile::tempdir().expect("a folder");
    let kinds = [
        IncidentChange::Opened,
        IncidentChange::Still,
        IncidentChange::Closed,
        IncidentChange::Reoccupied,
    ];
    let mut events = Vec::new();
    for (class, _) in ViolationClass::NAMES {
        for kind in kinds {
            let mut change = fixture::change("9f3c", kind, 400);
            change.incident.class = class;
            change.measured = Measured::ALL[class as usize % 3];
            change.gate = if change.measured == Measured::Real {
                Gate::Open
            } else {
                Gate::Held
            };
            if kind == IncidentChange::Opened {
                change.evidence = Some(fixture::evidence(place.path(), &change.incident).expect("evidence"));
                change.incident.supersedes = Some("77".into());
                change.incident.also = vec![ViolationClass::PiledMaterials];
                change.incident.ground = Some(fixture::on_the_ground());
                change.incident.witnesses = vec![fixture::witness("north"), fixture::witness("south")];
                change.incident.rule.in_force_since = Some(Wall(1_489_053_700_000));
                change.incident.rule.parameters = vec![Parameter {
                    name: "dwell_secs",
                    value: 300.0,
                    origin: Origin::ClassInZone,
                }];
                change.incident.rule.conditions = vec![Condition {
                    what: "permit fair".into(),
                    stretch: Stretch {
                        holds: false,
                        since: None,
                        until: Some(Wall(1_489_060_000_000)),
                    },
                }];
            }
            events.push(cloud_event(&change, "/curbwatch", &codes).expect("an event"));
        }
    }
    for text in &events {
        let event: Value = serde_json::from_str(text).expect("JSON");
        let mut problems = Vec::new();
        check(&schema, &event, "", &schema, &mut problems);
        assert_eq!(problems, Vec::<String>::new(), "{text}");
    }
    // The check sees: each key taken away, and each value of another kind, is a problem.
    let good: Value = serde_json::from_str(&events[0]).expect("JSON");
    for place in [
        "",
        "/data",
        "/data/first_seen",
        "/data/rule",
        "/data/rule/parameters/0",
        "/data/rule/conditions/0",
        "/data/evidence",
        "/data/evidence/pictures/0",
        "/data/place",
        "/data/place/ground",
        "/data/witnesses/0",
    ] {
        let keys: BTreeSet<String> = good
            .pointer(place)
            .and_then(Value::as_object)
            .expect("an object")
            .keys()
            .cloned()
            .collect();
        for key in keys {
            // Keys that were added to version 1 are missing in events from before.
            let added = match place {
                "/data" => ["measured", "gate", "also", "witnesses"].contains(&key.as_str()),
                "/data/place" => key == "ground",
                "/data/place/ground" => ["lon", "lat"].contains(&key.as_str()),
                "/data/witnesses/0" => ["ground", "gone_ms"].contains(&key.as_str()),
                "/data/rule" => ["parameters", "conditions", "in_force_since_ms"].contains(&key.as_str()),
                _ => false,
            };
            for spoil in [None, Some(Value::Array(vec![Value::Bool(true)]))] {
                if added && spoil.is_none() {
                    continue;
                }
                let mut bad = good.clone();
                let object = bad
                    .pointer_mut(place)
                    .and_then(Value::as_object_mut)
                    .expect("an object");
                object.remove(&key);
                object.extend(spoil.map(|value| (key.clone(), value)));
                let mut problems = Vec::new();
                check(&schema, &bad, "", &schema, &mut problems);
                assert!(!problems.is_empty(), "{place}/{key} may be anything");
            }
        }
    }
}

/// The part of JSON Schema 2020-12 that the published schema uses; an unknown keyword is a problem.
pub(crate) fn check(schema: &Value, value: &Value, at: &str, root: &Value, problems: &mut Vec<String>) {
    let keywords = schema.as_object().expect("a schema");
    let mut wrong = |what: &str| problems.push(format!("{at}: {what}"));
    for (keyword, want) in keywords {
        match keyword.as_str() {
            "type" => {
                let kind = match value {
                    Value::Null => "null",
                    Value::Bool(_) => "boolean",
                    Value::Number(n) if n.is_i64() || n.is_u64() => "integer",
                    Value::Number(_) => "number",
                    Value::String(_) => "string",
                    Value::Array(_) => "array",
                    Value::Object(_) => "object",
                };
                let fits = |want: &Value| want == kind || (want == "number" && kind == "integer");
                if !want
                    .as_array()
                    .map_or_else(|| fits(want), |any| any.iter().any(fits))
                {
                    wrong(&format!("{kind}, not {want}"));
                }
            }
            "const" if want != value => wrong(&format!("not {want}")),
            "enum" if !want.as_array().expect("a list").contains(value) => wrong(&format!("none of {want}")),
            "required" => {
                for key in want.as_array().expect("a list").iter().filter_map(Value::as_str) {
                    if value.is_object() && value.get(key).is_none() {
                        wrong(&format!("{key} is missing"));
                    }
                }
            }
            "minimum" if value.as_f64() < want.as_f64() => wrong("too small"),
            "maximum" if value.as_f64() > want.as_f64() => wrong("too large"),
            "minItems"
                if value
                    .as_array()
                    .is_some_and(|v| v.len() < want.as_u64().expect("n") as usize) =>
            {
                wrong("too short");
            }
            "maxItems"
                if value
                    .as_array()
                    .is_some_and(|v| v.len() > want.as_u64().expect("n") as usize) =>
            {
                wrong("too long");
            }
            // What fits, what is looked at below, and what is said for people only.
            "const" | "enum" | "minimum" | "maximum" | "minItems" | "maxItems" | "properties" | "items"
            | "$ref" | "anyOf" | "$schema" | "$id" | "$defs" | "title" | "description" | "format" => {}
            other => wrong(&format!("the schema's `{other}` is not checked here")),
        }
    }
    if let Some(name) = schema["$ref"].as_str() {
        let target = root.pointer(name.trim_start_matches('#')).expect("a definition");
        check(target, value, at, root, problems);
    }
    if let (Some(known), Some(object)) = (schema["properties"].as_object(), value.as_object()) {
        for (key, value) in object {
            match known.get(key) {
                Some(schema) => check(schema, value, &format!("{at}/{key}"), root, problems),
                None => problems.push(format!("{at}/{key} is not in the schema")),
            }
        }
    }
    if let (Some(schema), Some(items)) = (schema.get("items"), value.as_array()) {
        for (i, item) in items.iter().enumerate() {
            check(schema, item, &format!("{at}/{i}"), root, problems);
        }
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let fits = any.iter().any(|schema| {
            let mut problems = Vec::new();
            check(schema, value, at, root, &mut problems);
            problems.is_empty()
        });
        if !fits {
            problems.push(format!("{at}: fits none"));
        }
    }
}
