//! The sinks: what each answer of a consumer leads to, and a file without doubles or torn lines.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use curbwatch_case::{CaseReader, Courier, Error, Options, SinkOptions, Store};
use curbwatch_types::IncidentChange::{Closed, Opened, Still};
use curbwatch_types::{Secret, Wall};

use crate::fixture::{T0, change};

const TOKEN: &str = "s3cret-t0ken";

// ---- a consumer by script ----

/// What the consumer does with one request.
#[derive(Debug, Clone, Copy)]
enum Answer {
    /// Answers this status line, with these headers.
    Says(&'static str, &'static str),
    /// Takes the request and closes the connection.
    HangsUp,
    /// Takes the request and never answers.
    IsSilent,
    /// Begins a body that never ends.
    Babbles,
    /// Sends a head that never ends; the sender stops reading after its bound of headers.
    BabblesHeaders,
}
use Answer::{Babbles, BabblesHeaders, HangsUp, IsSilent, Says};

const OK: Answer = Says("200 OK", "");

/// A request: head lines and body.
type Requests = Arc<Mutex<Vec<(Vec<String>, String)>>>;

/// Answers one connection after another by the script, then 200 for ever.
fn consumer(script: Vec<Answer>) -> (String, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let requests = Requests::default();
    let taken = Arc::clone(&requests);
    std::thread::Builder::new()
        .name("consumer".into())
        .spawn(move || {
            let mut kept = Vec::new();
            let mut script = script.into_iter();
            for stream in listener.incoming().flatten() {
                if let Some(request) = read(&stream) {
                    taken.lock().expect("no panic").push(request);
                    kept.extend(answer(stream, script.next().unwrap_or(OK)));
                }
            }
        })
        .expect("a thread");
    (url, requests)
}

fn read(stream: &TcpStream) -> Option<(Vec<String>, String)> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        if let Some(n) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = n.parse().ok()?;
        }
        head.push(line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8(body).ok()?))
}

/// Gives the stream back when it must stay open.
fn answer(mut stream: TcpStream, answer: Answer) -> Option<TcpStream> {
    let endless = |mut stream: TcpStream, text: &str| {
        // Ends when the sender has had enough and closes.
        while stream.write_all(text.as_bytes()).is_ok() {}
    };
    match answer {
        Says(status, headers) => {
            let close = "Content-Length: 0\r\nConnection: close\r\n\r\n";
            write!(stream, "HTTP/1.1 {status}\r\n{headers}{close}").expect("the sender listens");
        }
        HangsUp => {}
        IsSilent => return Some(stream),
        Babbles => {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n").expect("a head");
            endless(stream, &"x".repeat(65536));
        }
        BabblesHeaders => {
            write!(stream, "HTTP/1.1 200 OK\r\n").expect("a head");
            endless(stream, "X-More: and more\r\n");
        }
    }
    None
}

// ---- the store under test ----

struct Road {
    options: Options,
    store: Store,
    _place: tempfile::TempDir,
}

impl Road {
    fn new(sink: impl FnOnce(&Path) -> SinkOptions) -> Self {
        let place = tempfile::tempdir().expect("a folder");
        let mut options = Options::new(place.path().join("store"));
        options.sinks = vec![sink(place.path())];
        let store = Store::open(&options).expect("a store");
        Self {
            options,
            store,
            _place: place,
        }
    }

    fn webhook(url: &str) -> Self {
        let url = url.to_owned();
        Self::new(|_| SinkOptions::Webhook {
            name: "city".into(),
            url,
            token: Some(Secret::new(TOKEN)),
            timeout: Duration::from_millis(400),
        })
    }

    fn lines() -> (Self, PathBuf) {
        let mut file = PathBuf::new();
        let road = Self::new(|place| {
            file = place.join("cases.jsonl");
            SinkOptions::JsonLines {
                name: "lines".into(),
                path: file.clone(),
            }
        });
        (road, file)
    }

    fn courier(&self) -> Courier {
        Courier::open(&self.options).expect("a courier")
    }

    fn commit(&mut self, keys: &[&str]) {
        let batch: Vec<_> = keys.iter().map(|key| change(key, Opened, 400)).collect();
        self.store.commit(&batch).expect("a commit");
    }

    fn outbox(&self) -> (u64, u64, u64) {
        let outbox = self.store.outbox().expect("counters");
        (outbox.pending, outbox.parked, outbox.delivered)
    }

    fn sql(&self, sql: &str) {
        let file = self.options.directory.join("cases.sqlite");
        rusqlite::Connection::open(file)
            .and_then(|c| c.execute_batch(sql))
            .expect("SQL");
    }
}

#[test]
fn each_answer_is_done_later_or_refused() {
    // (the consumer's answer to the first event, sent, failed, what the operator reads)
    let rows = [
        (Says("200 OK", ""), 2, 0, ""),
        (Says("204 No Content", ""), 2, 0, ""),
        (Says("409 Conflict", ""), 2, 0, ""),
        (Babbles, 2, 0, ""),
        (Says("500 Oops", ""), 0, 1, "answered 500"),
        (Says("503 Busy", ""), 0, 1, "answered 503"),
        (Says("408 Slow", ""), 0, 1, "answered 408"),
        (Says("425 Early", ""), 0, 1, "answered 425"),
        (Says("429 Much", ""), 0, 1, "answered 429"),
        (Says("400 Bad", ""), 0, 1, "answered 400"),
        (Says("401 Who", ""), 0, 1, "check the token"),
        (
            Says("307 There", "Location: /there\r\n"),
            0,
            1,
            "redirects are not followed",
        ),
        (
            Says("302 There", "Location: http://127.0.0.1:9/\r\n"),
            0,
            1,
            "redirects are not followed",
        ),
        (HangsUp, 0, 1, "no answer"),
        (IsSilent, 0, 1, "no answer in time"),
        (BabblesHeaders, 0, 1, "no HTTP"),
    ];
    for (first, sent, failed, problem) in rows {
        let (url, requests) = consumer(vec![first]);
        let mut road = Road::webhook(&url);
        road.commit(&["a1", "b2"]);
        let step = road.courier().deliver_due(Wall(T0)).expect("a step");
        assert_eq!(
            (step.sent, step.failed, step.parked),
            (sent, failed, 0),
            "{first:?}: {step:?}"
        );
        let said = step.problems.first().map_or("", |(_, problem)| problem.as_str());
        assert!(said.contains(problem), "{first:?}: {said}");
        assert_eq!(road.outbox(), (2 - sent as u64, 0, sent as u64), "{first:?}");
        let want = if failed == 1 { 1 } else { 2 };
        assert_eq!(
            requests.lock().expect("no panic").len(),
            want,
            "a failure blocks what comes after it"
        );
        let report = format!("{step:?} {:?}", road.store.outbox());
        assert!(!report.contains(TOKEN) && !report.contains("/hook"), "{report}");
    }
}

#[test]
fn nobody_at_the_door_is_tried_again_without_end() {
    let url = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}/hook", listener.local_addr().expect("an address"))
    };
    let mut road = Road::webhook(&url);
    road.commit(&["a1"]);
    let mut courier = road.courier();
    let mut now = Wall(T0);
    for _ in 0..40 {
        let step = courier.deliver_due(now).expect("a step");
        assert_eq!((step.failed, step.parked), (1, 0), "{step:?}");
        let next = step.next_due.expect("it goes on");
        assert!(
            next >= now && next <= now.plus_millis(60_000),
            "full jitter under the ceiling"
        );
        now = next;
    }
    assert_eq!(road.outbox(), (1, 0, 0));
}

#[test]
fn a_request_is_a_cloud_event_with_its_key() {
    let (url, requests) = consumer(vec![]);
    let mut road = Road::webhook(&url);
    road.commit(&["a1"]);
    road.courier().deliver_due(Wall(T0)).expect("a step");
    let requests = requests.lock().expect("no panic");
    let (head, body) = &requests[0];
    assert_eq!(head[0], "POST /hook HTTP/1.1");
    let headers: Vec<String> = head.iter().map(|line| line.to_ascii_lowercase()).collect();
    let event: serde_json::Value = serde_json::from_str(body).expect("JSON");
    for want in [
        "content-type: application/cloudevents+json; charset=utf-8".to_owned(),
        format!("authorization: bearer {TOKEN}"),
        format!("idempotency-key: {}", event["id"].as_str().expect("an id")),
    ] {
        assert!(headers.contains(&want), "{want} in {headers:?}");
    }
}

#[test]
fn retry_after_is_kept_to() {
    let rows = [
        ("Retry-After: 7\r\n", 7_000, 7_500),
        ("Retry-After: 99999999999\r\n", 3_600_000, 3_600_500), // at most an hour
        ("Retry-After: Thu, 09 Mar 2017 10:02:45 GMT\r\n", 29_785, 30_000),
        ("Retry-After: soon\r\n", 0, 500),
        ("", 0, 500),
    ];
    for (header, low, high) in rows {
        let (url, requests) = consumer(vec![Says("503 Busy", header)]);
        let mut road = Road::webhook(&url);
        road.commit(&["a1"]);
        let mut courier = road.courier();
        let next = courier
            .deliver_due(Wall(T0))
            .expect("a step")
            .next_due
            .expect("it goes on");
        assert!(
            (low..=high).contains(&(next.0 - T0)),
            "{header:?}: {}",
            next.0 - T0
        );
        if next.0 > T0 {
            let early = courier.deliver_due(Wall(next.0 - 1)).expect("a step");
            assert_eq!(
                (early.sent, early.failed, early.next_due),
                (0, 0, Some(next)),
                "{header:?}"
            );
            assert_eq!(requests.lock().expect("no panic").len(), 1, "not a moment before");
        }
        // The due time survives a restart of the courier.
        drop(courier);
        assert_eq!(
            road.courier().deliver_due(next).expect("a step").sent,
            1,
            "{header:?}"
        );
    }
}

#[test]
fn a_clock_that_was_set_back_holds_nothing_up() {
    let (url, _) = consumer(vec![Says("503 Busy", "")]);
    let mut road = Road::webhook(&url);
    road.commit(&["a1"]);
    let mut courier = road.courier();
    courier.deliver_due(Wall(T0)).expect("a step");
    let step = courier.deliver_due(Wall(T0 - 86_400_000)).expect("a step");
    assert_eq!((step.sent, step.next_due), (1, None));
}

#[test]
fn what_is_refused_for_good_is_parked_and_can_be_released() {
    let (url, requests) = consumer(vec![
        Says("422 No", ""),
        Says("500 Oops", ""), // does not count as a refusal
        Says("404 No", ""),
        OK,
    ]);
    let mut road = Road::webhook(&url);
    road.options.refusals_max = 2;
    road.commit(&["a1", "b2"]);
    let mut courier = road.courier();
    let mut now = Wall(T0);
    let mut parked = 0;
    while let Some(next) = {
        let step = courier.deliver_due(now).expect("a step");
        parked += step.parked;
        step.next_due
    } {
        now = next;
    }
    assert_eq!(
        (parked, road.outbox()),
        (1, (0, 1, 1)),
        "the one behind it is through"
    );
    let case = road
        .store
        .show(&curbwatch_case::CaseId::new("a1").expect("an id"))
        .expect("a case");
    let problem = Some("the consumer answered 404".to_owned());
    assert_eq!(
        case.expect("it is there").changes[0].deliveries,
        [("city".to_owned(), "parked".to_owned(), problem)]
    );
    assert_eq!(road.store.release_parked("city").expect("released"), 1);
    assert_eq!(courier.deliver_due(now).expect("a step").sent, 1);
    assert_eq!(road.outbox(), (0, 0, 2));
    let requests = requests.lock().expect("no panic");
    let cases: Vec<&str> = requests
        .iter()
        .map(|(_, body)| if body.contains("a1") { "a1" } else { "b2" })
        .collect();
    assert_eq!(cases, ["a1", "a1", "a1", "b2", "a1"]);
}

#[test]
fn one_step_is_bounded_and_says_that_there_is_more() {
    let (url, _) = consumer(vec![]);
    let mut road = Road::webhook(&url);
    road.options.requests_per_step_max = 2;
    road.commit(&["a1", "b2", "c3"]);
    let mut courier = road.courier();
    let step = courier.deliver_due(Wall(T0)).expect("a step");
    assert_eq!((step.sent, step.next_due), (2, Some(Wall(T0))));
    let step = courier.deliver_due(Wall(T0)).expect("a step");
    assert_eq!((step.sent, step.next_due), (1, None));
}

#[test]
fn wrong_sinks_are_refused_at_the_start() {
    let lines = |name: &str, path: &str| SinkOptions::JsonLines {
        name: name.into(),
        path: path.into(),
    };
    let hook = |url: &str| SinkOptions::Webhook {
        name: "city".into(),
        url: url.into(),
        token: None,
        timeout: Duration::from_secs(1),
    };
    let rows = [
        (vec![lines("a", "x"), lines("a", "y")], "two sinks have this name"),
        (
            vec![lines("a", "x"), lines("b", "x")],
            "another sink writes to the same file",
        ),
        (vec![lines("", "x")], "needs a name"),
        (vec![hook("ws://h/")], "http:// or https://"),
        (vec![hook("http://u:s3cret@h/")], "use the token"),
    ];
    for (sinks, want) in rows {
        let place = tempfile::tempdir().expect("a folder");
        let mut options = Options::new(place.path());
        options.sinks = sinks;
        for error in [
            Store::open(&options).expect_err(want),
            Courier::open(&options).expect_err(want),
        ] {
            assert!(matches!(error, Error::Sink { .. }), "{error}");
            let error = error.to_string();
            assert!(error.contains(want) && !error.contains("s3cret"), "{error}");
        }
    }
}

// ---- the JSON lines file ----

/// Case ids in the file; fails on anything that is no whole row.
fn cases(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).expect("the file");
    assert!(text.is_empty() || text.ends_with('\n'), "no torn line: {text:?}");
    let id = |line| {
        serde_json::from_str::<curbwatch_case::CaseRow>(line)
            .expect("a whole row")
            .case_id
    };
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(id)
        .collect()
}

#[test]
fn rows_reach_the_file_once_whenever_the_process_dies() {
    // What the file and the store can look like after a crash in the second batch. The store: the
    // batch is not marked, so its rows wait and the recorded length is the first batch's. The file:
    // this many bytes of the second batch.
    let (mut road, file) = Road::lines();
    road.commit(&["a1", "b2"]);
    assert_eq!(road.courier().deliver_due(Wall(T0)).expect("a step").sent, 2);
    let first = fs::read(&file).expect("the file");
    road.commit(&["c3", "d4", "e5"]);
    assert_eq!(road.courier().deliver_due(Wall(T0)).expect("a step").sent, 3);
    let whole = fs::read(&file).expect("the file");
    for length in (first.len()..=whole.len())
        .step_by(7)
        .chain([whole.len() - 1, whole.len()])
    {
        fs::write(&file, &whole[..length]).expect("the file");
        road.sql(&format!(
            "UPDATE outbox SET state = 'pending' WHERE seq > 2; UPDATE sinks SET delivered = 2, bytes = {}",
            first.len()
        ));
        let step = road.courier().deliver_due(Wall(T0)).expect("a step");
        assert_eq!((step.sent, step.failed), (3, 0), "{length}");
        assert_eq!(fs::read(&file).expect("the file"), whole, "{length}");
        assert_eq!(road.outbox(), (0, 0, 5), "{length}");
    }
}

#[test]
fn a_rotated_file_is_begun_anew_and_a_foreign_line_is_left_alone() {
    let (mut road, file) = Road::lines();
    fs::write(&file, "# written by hand, without an end").expect("the file");
    road.commit(&["a1"]);
    let mut courier = road.courier();
    courier.deliver_due(Wall(T0)).expect("a step");
    assert_eq!(cases(&file), ["a1"]);
    assert!(
        fs::read_to_string(&file)
            .expect("the file")
            .starts_with("# written by hand, without an end\n{")
    );
    fs::rename(&file, file.with_extension("1")).expect("rotated");
    road.commit(&["b2"]);
    courier.deliver_due(Wall(T0)).expect("a step");
    assert_eq!(cases(&file), ["b2"]);
    road.store
        .commit(&[change("b2", Still, 900), change("b2", Closed, 999)])
        .expect("a commit");
    assert_eq!(courier.deliver_due(Wall(T0)).expect("a step").next_due, None);
    assert_eq!(cases(&file), ["b2", "b2", "b2"]);
    assert_eq!(
        CaseReader::open(&road.options.directory)
            .expect("a reader")
            .outbox()
            .expect("counters")
            .pending,
        0
    );
}

#[test]
fn a_file_that_cannot_be_written_is_tried_again() {
    let (mut road, file) = Road::lines();
    fs::create_dir(&file).expect("a folder in the way");
    road.commit(&["a1"]);
    let mut courier = road.courier();
    let step = courier.deliver_due(Wall(T0)).expect("a step");
    assert_eq!((step.sent, step.failed), (0, 1));
    assert!(step.problems[0].1.contains("cases.jsonl"), "{step:?}");
    fs::remove_dir(&file).expect("out of the way");
    let step = courier
        .deliver_due(step.next_due.expect("it goes on"))
        .expect("a step");
    assert_eq!((step.sent, cases(&file)), (1, vec!["a1".to_owned()]));
}
