//! The proof: store, consumer, file, evidence and timetable against each other.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use curbwatch_case::{CaseFilter, CaseReader, CaseRow, CaseSummary, ChangeRecord, verify_evidence};
use curbwatch_types::{IncidentChange, Wall};

use crate::consumer::Consumer;
use crate::product::{DWELL_SECS, STILL_EVERY_SECS, VACANT_SECS};
use crate::street::{BLOCKS, PERMANENT, Timetable, block_at, place_of};

/// Seconds within which the machine may be late with a look.
const LATE_SECS: f64 = 7.0;
/// Seconds by which a look may lie outside the stand that it shows: time on the way, clip timing.
const SLACK_SECS: f64 = 1.5;

/// What there is to compare.
pub(crate) struct Facts<'a> {
    pub(crate) data: &'a Path,
    pub(crate) lines: &'a Path,
    /// Event ids seen in the store after the kills.
    pub(crate) promised: &'a HashSet<String>,
    pub(crate) consumer: &'a Consumer,
    pub(crate) timetable: &'a Timetable,
    pub(crate) cameras: usize,
    /// When the last life was ready, and when it was told to drain.
    pub(crate) last_life: (Wall, Wall),
    /// Changes without which the proof would prove little.
    pub(crate) kinds: &'a [IncidentChange],
}

/// Every change with its case.
pub(crate) fn changes(reader: &CaseReader) -> Vec<(CaseSummary, ChangeRecord)> {
    let filter = CaseFilter {
        limit: usize::MAX >> 1,
        ..CaseFilter::default()
    };
    let mut all = Vec::new();
    for case in reader.list(&filter).expect("a list") {
        // A case that was listed is shown, also beside a running writer.
        let detail = reader.show(&case.id).expect("a case").expect("it was listed");
        all.extend(
            detail
                .changes
                .into_iter()
                .map(|change| (detail.summary.clone(), change)),
        );
    }
    all
}

pub(crate) fn prove(facts: &Facts) {
    let reader = CaseReader::open(facts.data).expect("the store");
    let all = changes(&reader);
    let stored: HashMap<&str, &ChangeRecord> = all
        .iter()
        .map(|(_, change)| (change.event_id.as_str(), change))
        .collect();
    assert_eq!(stored.len(), all.len(), "one row for each change");
    for id in facts.promised {
        assert!(stored.contains_key(id.as_str()), "committed, and lost: {id}");
    }
    let outbox = reader.outbox().expect("counters");
    assert_eq!((outbox.pending, outbox.parked), (0, 0));
    assert_eq!(outbox.delivered, 2 * stored.len() as u64);

    consumer_has_each_change_once(facts.consumer, &stored);
    file_has_each_row_once(facts.lines, &stored);
    evidence_is_whole(facts.data, &all);
    let lives = lives(&all);
    one_case_for_one_violation(facts, &lives);
    the_end_is_as_the_street(facts, &lives);

    let count = |kind| {
        all.iter()
            .filter(|(_, change)| change.change == Some(kind))
            .count()
    };
    println!(
        "{} cases, {} changes: {} opened, {} still, {} closed, {} reoccupied",
        lives.len(),
        all.len(),
        count(IncidentChange::Opened),
        count(IncidentChange::Still),
        count(IncidentChange::Closed),
        count(IncidentChange::Reoccupied)
    );
    for &kind in facts.kinds {
        assert!(count(kind) > 0, "nothing was {}", kind.name());
    }
}

/// Every stored change arrived; nothing else did; one key is one body, one change is one key.
fn consumer_has_each_change_once(consumer: &Consumer, stored: &HashMap<&str, &ChangeRecord>) {
    let arrivals = consumer.arrivals.lock().expect("no panic");
    let mut bodies: HashMap<&str, &str> = HashMap::new();
    let mut keys: HashMap<String, &str> = HashMap::new();
    let mut opened: HashSet<String> = HashSet::new();
    for arrival in arrivals.iter() {
        let (key, body) = (
            arrival.key.as_str(),
            std::str::from_utf8(&arrival.body).expect("UTF-8"),
        );
        if let Some(first) = bodies.insert(key, body) {
            assert_eq!(first, body, "one key, two bodies: {key}");
            continue; // a consumer that knows its keys acts on the first alone
        }
        let event: serde_json::Value = serde_json::from_str(body).expect("JSON");
        let data = &event["data"];
        let identity = format!("{} {} {}", data["case_id"], data["state"], data["decided"]["ms"]);
        if let Some(other) = keys.insert(identity, key) {
            panic!("one change, two keys: {key} and {other}");
        }
        if data["state"] == "opened" {
            assert!(opened.insert(data["case_id"].to_string()), "opened twice: {key}");
        }
        let change = stored
            .get(key)
            .unwrap_or_else(|| panic!("sent, and not in the store: {key}"));
        assert_eq!(change.event_json, body, "sent as it was committed");
    }
    for id in stored.keys() {
        assert!(bodies.contains_key(id), "never arrived: {id}");
    }
    let manners = &consumer.manners;
    println!(
        "consumer: {} events taken, {} of them repeats; {} requests refused, {} taken without an answer",
        arrivals.len(),
        arrivals.len() - bodies.len(),
        manners.refused.load(std::sync::atomic::Ordering::SeqCst),
        manners.unsaid.load(std::sync::atomic::Ordering::SeqCst)
    );
}

/// Each row exactly once, whole, as it was committed.
fn file_has_each_row_once(lines: &Path, stored: &HashMap<&str, &ChangeRecord>) {
    let text = std::fs::read_to_string(lines).expect("the file");
    assert!(text.ends_with('\n'), "no torn line at the end");
    let mut seen = HashSet::new();
    for line in text.lines() {
        let row: CaseRow = serde_json::from_str(line).expect("a whole row");
        let change = stored.get(row.event_id.as_str());
        assert_eq!(change.map(|change| change.row_json.as_str()), Some(line));
        assert!(seen.insert(row.event_id), "twice in the file: {line}");
    }
    assert_eq!(seen.len(), stored.len(), "every row is in the file");
}

/// Every change but `closed` has evidence, all of it verifies, and nothing else lies there.
fn evidence_is_whole(data: &Path, all: &[(CaseSummary, ChangeRecord)]) {
    let mut folders = 0;
    for (_, change) in all {
        let wanted = change
            .change
            .is_some_and(|change| change != IncidentChange::Closed);
        assert_eq!(
            change.evidence.is_some(),
            wanted,
            "evidence of {}",
            change.event_id
        );
        if let Some(evidence) = &change.evidence {
            let verified = verify_evidence(&data.join(evidence)).expect("the folder is there");
            assert_eq!(verified.wrong, [], "{evidence}");
            assert_eq!(verified.manifests, 1, "{evidence}");
            folders += 1;
        }
    }
    let found = verify_evidence(&data.join("evidence")).expect("the folder");
    assert_eq!(found.manifests, folders, "no evidence without a row is left");
    println!("evidence: {folders} folders, {} files verified", found.files);
}

/// One case from its `opened` to its end.
struct Life {
    id: String,
    camera: usize,
    block: usize,
    first_seen: Wall,
    opened: Wall,
    ended: Option<(Wall, IncidentChange)>,
}

/// The lives of all cases, by time of opening; each is opened once, first, and ends at most once, last.
fn lives(all: &[(CaseSummary, ChangeRecord)]) -> Vec<Life> {
    let mut by_case: BTreeMap<&str, Vec<&(CaseSummary, ChangeRecord)>> = BTreeMap::new();
    for row in all {
        by_case.entry(row.0.id.as_str()).or_default().push(row);
    }
    let mut lives = Vec::new();
    for (id, rows) in by_case {
        let row = |n: usize| -> CaseRow {
            serde_json::from_str(&rows[n].1.row_json).expect("a row as the file has it")
        };
        let states: Vec<_> = rows.iter().filter_map(|(_, change)| change.change).collect();
        let (first, last) = (states[0], states[states.len() - 1]);
        assert_eq!(first, IncidentChange::Opened, "{id}: {states:?}");
        let is_end = |state| matches!(state, IncidentChange::Closed | IncidentChange::Reoccupied);
        for (n, &state) in states.iter().enumerate().skip(1) {
            let last = n + 1 == states.len();
            assert!(
                state == IncidentChange::Still || (is_end(state) && last),
                "{id}: {states:?}"
            );
            let apart = rows[n].1.decided_at.millis_since(rows[n - 1].1.decided_at);
            assert!(apart > 0, "{id}: changes in the order of time");
            if state == IncidentChange::Still {
                let least = i64::from(STILL_EVERY_SECS) * 1000;
                assert!(apart >= least, "{id}: still after {apart} ms, restarts or not");
            }
        }
        let opened = row(0);
        let [x, y, w, h] = opened.bbox.map(|v| v as f32);
        let block = block_at(&curbwatch_types::BBox::new(x, y, w, h));
        lives.push(Life {
            id: id.to_owned(),
            camera: opened.camera[1..].parse().expect("cN"),
            block: block.unwrap_or_else(|| panic!("no block stands at {:?}: {id}", opened.bbox)),
            first_seen: Wall(opened.first_seen_ms),
            opened: Wall(opened.decided_ms),
            ended: is_end(last).then(|| (rows[rows.len() - 1].1.decided_at, last)),
        });
    }
    lives.sort_by_key(|life| (life.opened, life.id.clone()));
    lives
}

/// A place never has two open cases at a time; one stand of one block makes one case at most.
fn one_case_for_one_violation(facts: &Facts, lives: &[Life]) {
    let mut by_place: BTreeMap<(usize, usize), &Life> = BTreeMap::new();
    let mut by_stand: BTreeMap<(usize, usize, i64), &Life> = BTreeMap::new();
    let mut wrong = Vec::new();
    for life in lives {
        let (camera, block) = (life.camera, life.block);
        if let Some(before) = by_place.insert((camera, place_of(block)), life)
            && before.ended.is_none_or(|(at, _)| at > life.opened)
        {
            wrong.push(format!(
                "two open at once at c{camera}/{block}: {} and {}",
                before.id, life.id
            ));
        }
        // Where two blocks take turns and no look showed the place empty, the one goes on as the other.
        let others = (0..BLOCKS.len()).filter(|&other| other != block && place_of(other) == place_of(block));
        let stand = std::iter::once(block).chain(others).find_map(|block| {
            let at = life.first_seen.0;
            let (stand, _) = facts.timetable.standing(camera, block, at, SLACK_SECS)?;
            Some((camera, block, stand))
        });
        let Some(stand) = stand else {
            wrong.push(format!(
                "c{camera}/{block} was not there when first seen: {}",
                life.id
            ));
            continue;
        };
        if let Some(before) = by_stand.insert(stand, life) {
            wrong.push(format!(
                "two cases for one stand of c{camera}/{block}: {} opened {} ended {:?}, {} first seen {} opened {}",
                before.id, before.opened.0, before.ended, life.id, life.first_seen.0, life.opened.0
            ));
        }
    }
    for camera in 0..facts.cameras {
        let cases: Vec<&Life> = lives
            .iter()
            .filter(|life| (life.camera, life.block) == (camera, PERMANENT))
            .collect();
        if cases.len() != 1 || cases[0].ended.is_some() {
            let n = cases.len();
            wrong.push(format!(
                "c{camera}: the block that never left has {n} cases, or its case ended"
            ));
        }
    }
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}

/// After a last life that was long enough: what stands is a case, what is gone is none.
fn the_end_is_as_the_street(facts: &Facts, lives: &[Life]) {
    let (ready, end) = facts.last_life;
    let watched = end.millis_since(ready) as f64 / 1000.0;
    let mut open: HashMap<(usize, usize), usize> = HashMap::new();
    for life in lives.iter().filter(|life| life.ended.is_none()) {
        *open.entry((life.camera, place_of(life.block))).or_default() += 1;
    }
    let (mut stood, mut gone, mut wrong) = (0, 0, Vec::new());
    for camera in 0..facts.cameras {
        for block in 0..BLOCKS.len() {
            let open = open.get(&(camera, place_of(block))).copied().unwrap_or(0);
            let stands = facts.timetable.standing(camera, block, end.0, 0.0);
            let due = f64::from(DWELL_SECS) + LATE_SECS;
            if stands.is_some_and(|(_, secs)| secs.min(watched) >= due) {
                stood += 1;
                if open != 1 {
                    wrong.push(format!("c{camera}/{block} stands and has {open} open cases"));
                }
            }
            let due = f64::from(VACANT_SECS) + LATE_SECS;
            let away = facts.timetable.away_secs(camera, block, end.0);
            if block != PERMANENT && place_of(block) != 5 && away.is_some_and(|secs| secs.min(watched) >= due)
            {
                gone += 1;
                if open != 0 {
                    wrong.push(format!("c{camera}/{block} is gone and has {open} open cases"));
                }
            }
        }
    }
    println!("at the end: {stood} blocks stood long enough, {gone} were gone long enough");
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}
