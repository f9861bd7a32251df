//! `kill -9` under load: twenty times, at chance moments, with a consumer that misbehaves. Afterwards
//! every committed change has arrived, none has two keys, none stands twice, and no line is torn. Half
//! of the cases are held; a reviewer in the same process releases or dismisses them, and dies with it:
//! what was released has left exactly once, what was dismissed never.
//!
//! The parent (the test) starts this very binary again as the child: it commits with evidence while
//! its courier delivers, and prints each event id after the commit returned. What the parent has
//! read is committed, so it must arrive.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use curbwatch_case::{
    CaseFilter, CaseId, CaseReader, Committed, Courier, Error, EventId, Options, Reviewer, Ruling,
    SinkOptions, Store, verify_evidence,
};
use curbwatch_types::{Clock, IncidentChange, Secret, SystemClock};

use crate::fixture;

const KILLS: u64 = 20;
const DIRECTORY: &str = "CURBWATCH_TEST_KILL_DIRECTORY";
const URL: &str = "CURBWATCH_TEST_KILL_URL";
const RUN: &str = "CURBWATCH_TEST_KILL_RUN";
/// The number of the run that commits nothing and ends when everything is delivered.
const LAST_RUN: u64 = KILLS;

fn options(directory: &Path, url: &str, seed: u64) -> Options {
    let mut options = Options::new(directory);
    options.seed = seed;
    options.backoff_base = Duration::from_millis(2);
    options.backoff_max = Duration::from_millis(20);
    options.lines_per_batch_max = 16;
    options.sinks = vec![
        SinkOptions::JsonLines {
            name: "lines".into(),
            path: directory.join("cases.jsonl"),
        },
        SinkOptions::Webhook {
            name: "city".into(),
            url: url.to_owned(),
            token: Some(Secret::new("t0ken")),
            timeout: Duration::from_millis(250),
        },
    ];
    options
}

// ---- the child ----

/// Commits until it is killed; the last run only delivers.
#[test]
#[ignore = "the child of `nothing_is_lost_or_doubled`, which `cargo xtask test` runs and which starts it; nothing by itself"]
fn child() {
    let (Ok(directory), Ok(url), Ok(run)) =
        (std::env::var(DIRECTORY), std::env::var(URL), std::env::var(RUN))
    else {
        return;
    };
    let (directory, run) = (PathBuf::from(directory), run.parse::<u64>().expect("a number"));
    let options = options(&directory, &url, run);
    let mut store = Store::open(&options).expect("the store opens after a kill");
    let mut courier = Courier::open(&options).expect("the courier opens after a kill");
    println!("ready");
    let mut reviewer = Reviewer::open(&directory).expect("a reviewer beside them");
    if run == LAST_RUN {
        let clock = SystemClock::new();
        while review(&directory, &mut reviewer, 1000) > 0 {}
        while courier
            .deliver_due(clock.wall())
            .expect("a step")
            .next_due
            .is_some()
        {}
        println!("drained");
        return;
    }
    std::thread::Builder::new()
        .name("courier".into())
        .spawn(move || {
            let clock = SystemClock::new();
            loop {
                courier.deliver_due(clock.wall()).expect("a step");
            }
        })
        .expect("a thread");
    let reviewed = directory.clone();
    std::thread::Builder::new()
        .name("reviewer".into())
        .spawn(move || {
            loop {
                review(&reviewed, &mut reviewer, 3);
            }
        })
        .expect("a thread");
    let mut chance = fastrand::Rng::with_seed(run);
    // What a caller does that does not know whether its last commit came through: it commits again.
    if run > 0 {
        commit(&mut store, &directory, run - 1, 0..12);
    }
    for next in (0_u64..).step_by(8) {
        commit(&mut store, &directory, run, next..next + chance.u64(1..=8));
    }
}

/// What becomes of a case, told by the number in its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Open,
    Released,
    Dismissed,
}

fn fate(case: &str) -> Fate {
    let number = case
        .get(case.len() - 6..)
        .and_then(|digits| u64::from_str_radix(digits, 16).ok());
    match number.expect("a number") % 4 {
        1 => Fate::Released,
        2 => Fate::Dismissed,
        _ => Fate::Open,
    }
}

/// Decides up to `max` held cases; returns how many were found.
fn review(directory: &Path, reviewer: &mut Reviewer, max: usize) -> usize {
    let filter = CaseFilter {
        held_only: true,
        limit: max,
        ..CaseFilter::default()
    };
    let reader = CaseReader::open(directory).expect("a reader");
    let held: Vec<CaseId> = reader
        .list(&filter)
        .expect("a list")
        .into_iter()
        .map(|case| case.id)
        .collect();
    let (dismissed, released): (Vec<_>, Vec<_>) = held
        .iter()
        .cloned()
        .partition(|case| fate(case.as_str()) == Fate::Dismissed);
    let ruling = Ruling {
        at: SystemClock::new().wall(),
        by: None,
        reason: Some("the test says so".into()),
    };
    reviewer.release(&released, &ruling).expect("released");
    reviewer.dismiss(&dismissed, &ruling).expect("dismissed");
    held.len()
}

/// Commits one batch and prints what is committed now.
fn commit(store: &mut Store, directory: &Path, run: u64, numbers: std::ops::Range<u64>) {
    let batch: Vec<_> = numbers
        .map(|n| {
            let kind = [
                IncidentChange::Opened,
                IncidentChange::Still,
                IncidentChange::Closed,
            ][n as usize % 3];
            let case = format!("{run:04x}{:06x}", n / 3);
            let make = if fate(&case) == Fate::Open {
                fixture::change
            } else {
                fixture::held
            };
            let mut change = make(&case, kind, n as i64);
            if n % 4 == 0 {
                let evidence = fixture::evidence(directory, &change.incident);
                change.evidence = Some(evidence.expect("evidence is written"));
            }
            change
        })
        .collect();
    let committed = store.commit(&batch).expect("a commit");
    assert!(
        committed
            .iter()
            .all(|c| matches!(c, Committed::New | Committed::AlreadyKnown))
    );
    let mut out = std::io::stdout().lock();
    for change in &batch {
        writeln!(out, "committed {}", EventId::of(&change.incident).expect("an id"))
            .expect("the parent reads");
    }
    out.flush().expect("the parent reads");
}

// ---- the consumer ----

/// Every event that came through the consumer's door, in order: key and body.
type Arrivals = Arc<Mutex<Vec<(String, String)>>>;

/// A consumer that answers late, with errors, or not at all, but remembers what it took.
fn consume(listener: &TcpListener, arrivals: &Arrivals) {
    let mut chance = fastrand::Rng::with_seed(7);
    for stream in listener.incoming() {
        let Ok(stream) = stream else { return };
        let seed = chance.u64(..);
        let arrivals = Arc::clone(arrivals);
        std::thread::Builder::new()
            .name("consumer".into())
            .spawn(move || {
                let mut chance = fastrand::Rng::with_seed(seed);
                while answer(&stream, &arrivals, &mut chance).is_some() {}
            })
            .expect("a thread");
    }
}

/// Serves one request; nothing when the connection is over.
fn answer(mut stream: &TcpStream, arrivals: &Arrivals, chance: &mut fastrand::Rng) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut key, mut length, mut authorized, mut line) = (None, 0, false, String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.trim_end().split_once(':') else {
            if line == "\r\n" {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "idempotency-key" => key = Some(value.trim().to_owned()),
            "content-length" => length = value.trim().parse().ok()?,
            "authorization" => authorized = value.trim() == "Bearer t0ken",
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?; // a request torn by the kill is none
    assert!(authorized, "the token is sent");
    let say = |mut stream: &TcpStream, status: &str| {
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Length: 0\r\nRetry-After: 0\r\n\r\n"
        )
        .ok()
    };
    let lot = chance.u32(0..100);
    if lot < 8 {
        return say(stream, "500 Not Today"); // refused before it was taken
    }
    arrivals
        .lock()
        .expect("no panic")
        .push((key.expect("a key"), String::from_utf8(body).expect("UTF-8")));
    match lot {
        8..14 => say(stream, "503 Taken But Unsaid"),
        14..20 => None, // taken, and hung up
        20..22 => {
            std::thread::sleep(Duration::from_millis(400)); // longer than the sender waits
            say(stream, "200 OK")
        }
        22..30 => say(stream, "409 Conflict"),
        _ => {
            stream.flush().ok()?;
            say(stream, "202 Accepted")
        }
    }
}

// ---- the parent ----

fn start(directory: &Path, url: &str, run: u64) -> (Child, mpsc::Receiver<String>) {
    let mut child = Command::new(std::env::current_exe().expect("this binary"))
        .args([
            "--exact",
            "kill_nine::child",
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(DIRECTORY, directory)
        .env(URL, url)
        .env(RUN, run.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the child starts");
    let out = BufReader::new(child.stdout.take().expect("a pipe"));
    let (lines, received) = mpsc::sync_channel(100_000);
    std::thread::Builder::new()
        .name("child-output".into())
        .spawn(move || {
            for line in out.split(b'\n').map_while(Result::ok) {
                // A line torn by the kill lacks its end; `split` gives it all the same, so the ids
                // are checked for their full form by the reader.
                if lines.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    return;
                }
            }
        })
        .expect("a thread");
    (child, received)
}

/// `committed CASE.CHANGE.MS` with all 13 digits of the time.
fn committed(line: &str) -> Option<String> {
    let id = line.strip_prefix("committed ")?;
    let ms = id.rsplit('.').next()?;
    (ms.len() == 13 && ms.bytes().all(|b| b.is_ascii_digit())).then(|| id.to_owned())
}

#[test]
fn nothing_is_lost_or_doubled() {
    let place = tempfile::tempdir().expect("a folder");
    let directory = place.path().join("store");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/events", listener.local_addr().expect("an address"));
    let arrivals = Arrivals::default();
    let taken = Arc::clone(&arrivals);
    std::thread::Builder::new()
        .name("consumer".into())
        .spawn(move || consume(&listener, &taken))
        .expect("a thread");

    let mut promised = HashSet::new();
    let mut chance = fastrand::Rng::with_seed(20);
    for run in 0..KILLS {
        let (mut child, lines) = start(&directory, &url, run);
        for _ in 0..chance.usize(1..=60) {
            let line = lines
                .recv_timeout(Duration::from_secs(60))
                .expect("the child goes on");
            promised.extend(committed(&line));
        }
        if run % 2 == 0 {
            // Not a wait for something: the moment of death within a commit is left to chance.
            std::thread::sleep(Duration::from_micros(chance.u64(0..30_000)));
        } else {
            // Between the rows in the file and their mark in the store: the moment the file grows.
            let length = || std::fs::metadata(directory.join("cases.jsonl")).map_or(0, |file| file.len());
            let before = length();
            let clock = SystemClock::new();
            while length() == before {
                assert!(clock.monotonic().0 < Duration::from_mins(1), "the child delivers");
                if let Ok(line) = lines.recv_timeout(Duration::from_micros(50)) {
                    promised.extend(committed(&line));
                }
            }
        }
        child.kill().expect("SIGKILL");
        child.wait().expect("dead");
        promised.extend(lines.iter().filter_map(|line| committed(&line)));
    }
    let (mut child, lines) = start(&directory, &url, LAST_RUN);
    assert!(
        lines.iter().any(|line| line == "drained"),
        "the outbox is emptied"
    );
    assert!(child.wait().expect("ended").success());

    check(&directory, &promised, &arrivals.lock().expect("no panic"));
}

/// The proof.
fn check(directory: &Path, promised: &HashSet<String>, arrivals: &[(String, String)]) {
    // What the store holds is what was promised, and at most what was being committed at a kill.
    let reader = CaseReader::open(directory).expect("the store");
    let filter = CaseFilter {
        limit: usize::MAX >> 1,
        ..Default::default()
    };
    let mut stored = HashMap::new();
    // What must arrive, case by case in the order of the commits.
    let mut promises: HashMap<String, Vec<String>> = HashMap::new();
    for case in reader.list(&filter).expect("a list") {
        let detail = reader.show(&case.id).expect("a case").expect("it was listed");
        if fate(case.id.as_str()) != Fate::Dismissed {
            let events = detail.changes.iter().map(|change| change.event_id.clone());
            promises.insert(case.id.to_string(), events.collect());
        }
        for change in detail.changes {
            if let Some(evidence) = &change.evidence {
                let verified = verify_evidence(&directory.join(evidence)).expect("the folder is there");
                assert_eq!(verified.wrong, [], "{evidence}");
            }
            assert!(
                stored.insert(change.event_id, change.row_json).is_none(),
                "one row for each change"
            );
        }
    }
    for id in promised {
        assert!(stored.contains_key(id), "committed, and lost: {id}");
    }

    let owed: HashSet<&String> = promises.values().flatten().collect();
    assert!(owed.len() < stored.len(), "something was dismissed");

    // The consumer: every change it is owed arrived, and nothing else; one key is one body, and one
    // change is one key.
    let mut bodies: HashMap<&str, &str> = HashMap::new();
    let mut keys: HashMap<String, &str> = HashMap::new();
    let mut effects = 0;
    for (key, body) in arrivals {
        let first = bodies.entry(key).or_insert_with(|| {
            effects += 1; // what a consumer does that knows its keys: it acts on the first
            body
        });
        assert_eq!(*first, body, "one key, two bodies: {key}");
        let event: serde_json::Value = serde_json::from_str(body).expect("JSON");
        let data = &event["data"];
        let identity = format!("{} {} {}", data["case_id"], data["state"], data["decided"]["ms"]);
        let other = keys.entry(identity).or_insert(key);
        assert_eq!(*other, key, "one change, two keys");
    }
    for id in &owed {
        assert!(bodies.contains_key(id.as_str()), "never arrived: {id}");
    }
    assert_eq!(
        effects,
        owed.len(),
        "each change has one effect, a dismissed one none"
    );

    let in_file = check_file(&directory.join("cases.jsonl"), &stored, &owed);
    let mut seen = HashSet::new();
    let first_arrivals: Vec<String> = arrivals
        .iter()
        .map(|(key, _)| key.clone())
        .filter(|key| seen.insert(key.clone()))
        .collect();
    for (sink, ids) in [("the file", &in_file), ("the consumer", &first_arrivals)] {
        let mut got: HashMap<String, Vec<String>> = HashMap::new();
        for id in ids {
            let case = id.split('.').next().unwrap_or_default();
            got.entry(case.to_owned()).or_default().push(id.clone());
        }
        assert_eq!(got, promises, "{sink} got each case in the order of its commits");
    }
    let open = |id: &&String| id.split('.').next().is_some_and(|case| fate(case) == Fate::Open);
    assert!(
        in_file.iter().filter(open).eq(first_arrivals.iter().filter(open)),
        "both sinks got what nobody held in the order of the commits"
    );

    let outbox = reader.outbox().expect("counters");
    assert_eq!((outbox.pending, outbox.parked, outbox.held), (0, 0, 0));
    assert_eq!(outbox.delivered, 2 * owed.len() as u64);
    let released = promises.keys().filter(|case| fate(case) == Fate::Released);
    let (released, dismissed) = (released.count(), stored.len() - owed.len());
    assert!(released > 0);
    println!(
        "{KILLS} kills: {} changes stored ({} promised), {released} cases released, {dismissed} changes dismissed, \
         {} requests at the consumer, {} of them repeats",
        stored.len(),
        promised.len(),
        arrivals.len(),
        arrivals.len() - effects
    );
}

/// The file: each row that is owed exactly once, whole, as it was committed. Returns the event ids.
fn check_file(file: &Path, stored: &HashMap<String, String>, owed: &HashSet<&String>) -> Vec<String> {
    let text = std::fs::read_to_string(file).expect("the file");
    assert!(text.ends_with('\n'), "no torn line");
    let (mut lines, mut in_file) = (HashSet::new(), Vec::new());
    for line in text.lines() {
        let row: curbwatch_case::CaseRow = serde_json::from_str(line).expect("a whole row");
        assert_eq!(
            stored.get(&row.event_id).map(String::as_str),
            Some(line),
            "as it was committed"
        );
        assert!(
            lines.insert(row.event_id.clone()),
            "twice in the file: {}",
            row.event_id
        );
        in_file.push(row.event_id);
    }
    assert!(
        lines.iter().all(|id| owed.contains(id)),
        "a dismissed row is in the file"
    );
    assert_eq!(lines.len(), owed.len(), "every row is in the file");
    in_file
}

/// The lock of a killed process is gone; that of a living one is one clear error.
#[test]
fn a_second_process_is_refused_until_the_first_is_dead() {
    let place = tempfile::tempdir().expect("a folder");
    let url = "http://127.0.0.1:9/"; // nobody listens; nothing is waited for
    let (mut child, lines) = start(place.path(), url, 0);
    let ready = lines.iter().find(|line| line.contains("ready"));
    assert!(ready.is_some(), "the child has the store");
    let options = options(place.path(), url, 0);
    let error = Store::open(&options).expect_err("the store is taken");
    assert!(matches!(error, Error::InUse { what: "store", .. }), "{error}");
    assert!(error.to_string().contains("in use by another process"), "{error}");
    let error = Courier::open(&options).expect_err("the courier is taken");
    assert!(matches!(error, Error::InUse { what: "courier", .. }), "{error}");
    CaseReader::open(place.path())
        .expect("a reader needs no lock")
        .outbox()
        .expect("and can read");
    child.kill().expect("SIGKILL");
    child.wait().expect("dead");
    Store::open(&options).expect("the dead hold no lock");
}
