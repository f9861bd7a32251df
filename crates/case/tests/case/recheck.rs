//! Re-checks: the order as a line, the verdict as a row and as an event that fits the published schema.

use curbwatch_case::{
    CaseId, CaseReader, CodeTable, Committed, NewOrder, Options, Ordered, RecheckAnswer, Reviewer,
    ShotPicture, ShotRole, SinkOptions, Store, VerdictRow, order_id, order_of_row, verdict_event,
    verdict_row, verify_evidence, write_verdict_evidence,
};
use curbwatch_types::{
    Answer, CapturedAt, IncidentChange, Inconclusive, RecheckOrder, RecheckPurpose, Shot, Verdict,
    ViolationClass, Wall,
};
use serde_json::Value;

use crate::fixture::{self, T0};
use crate::wire::check;

const SCHEMA: &str = include_str!("../../../../docs/ref/recheck-verdict.schema.json");

pub(crate) fn answer(order: &str, case: &str, answer: Answer) -> RecheckAnswer {
    let incident = fixture::incident(case, IncidentChange::Opened, 400);
    let shot: Shot = incident.shots[0].clone();
    RecheckAnswer {
        verdict: Verdict {
            order: RecheckOrder {
                id: order.into(),
                purpose: RecheckPurpose::Check,
                camera: incident.camera,
                incident: Some(incident.key),
                class: incident.class,
                view: Some(incident.view),
                zone: Some(incident.zone),
                bbox: Some(incident.bbox),
                appearance: None,
                ordered_at: Wall(T0 + 500_000),
                deadline: Wall(T0 + 1_400_000),
            },
            answer,
            decided_at: CapturedAt {
                at: Wall(T0 + 700_000),
                uncertainty_ms: 250,
            },
            view: None,
            looks: 3,
            telling_looks: 2,
            before: Some(shot.clone()),
            after: Some(shot),
            model: Some(incident.model),
        },
        evidence: None,
        filed_with: Some(format!("evidence/{case}/opened-{T0}")),
        emitted_at: Wall(T0 + 700_040),
    }
}

#[test]
fn a_verdict_has_these_bytes() {
    let answer = answer("o-1", "9f3c", Answer::Inconclusive(Inconclusive::Moved));
    let want = "{\"order_id\":\"o-1\",\"case_id\":\"9f3c\",\"camera\":\"04254\",\"view\":\"base\",\
        \"zone\":\"kerb-1\",\"class\":\"illegal_motor_parking\",\"state\":\"recheck\",\"purpose\":\"check\",\
        \"verdict\":\"inconclusive\",\"reason\":\"moved\",\"ordered_ms\":1489054235215,\
        \"deadline_ms\":1489055135215,\"decided_ms\":1489054435215,\"emitted_ms\":1489054435255,\"looks\":3,\
        \"telling_looks\":2,\"before\":{\"captured_ms\":1489054135215,\"box\":[0.1,0.3333,0.25,0.2]},\
        \"after\":{\"captured_ms\":1489054135215,\"box\":[0.1,0.3333,0.25,0.2]},\
        \"filed_with\":\"evidence/9f3c/opened-1489053735215\",\"model\":\"nanodet-plus@1234abcd\",\
        \"event_id\":\"9f3c.recheck.o-1\"}";
    assert_eq!(verdict_row(&answer), want);
    let row: VerdictRow = serde_json::from_str(want).expect("a row");
    assert_eq!(row, VerdictRow::of(&answer));
}

#[test]
fn every_verdict_fits_the_published_schema() {
    let schema: Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let codes = CodeTable::built_in().expect("the table");
    let place = tempfile::tempdir().expect("a folder");
    let decisive = [Answer::Present, Answer::Cleared, Answer::Reoccupied];
    let answers = decisive
        .into_iter()
        .chain(Inconclusive::ALL.map(Answer::Inconclusive));
    for (i, answered) in answers.enumerate() {
        let mut answer = answer("o-1", "9f3c", answered);
        let order = &mut answer.verdict.order;
        order.class = ViolationClass::NAMES[i % 6].0;
        if i % 2 == 0 {
            let incident = fixture::incident("9f3c", IncidentChange::Opened, 400);
            answer.evidence = Some(fixture::evidence(place.path(), &incident).expect("evidence"));
        } else {
            (order.incident, order.zone, answer.filed_with) = (None, None, None);
            answer.verdict.before = None;
        }
        let text = verdict_event(&answer, "/curbwatch", &codes);
        let event: Value = serde_json::from_str(&text).expect("JSON");
        let mut problems = Vec::new();
        check(&schema, &event, "", &schema, &mut problems);
        assert_eq!(problems, Vec::<String>::new(), "{text}");

        // The check sees: a word that nobody knows, and a key that is missing.
        for (at, bad) in [
            ("verdict", Value::from("perhaps")),
            ("reason", Value::from("tired")),
        ] {
            let mut spoilt = event.clone();
            spoilt["data"][at] = bad;
            let mut problems = Vec::new();
            check(&schema, &spoilt, "", &schema, &mut problems);
            assert!(!problems.is_empty(), "{at} may be anything");
        }
    }
}

#[test]
fn an_order_is_read_or_refused_with_its_reason() {
    let row = |rest: &str| {
        format!(
            "{{\"order_id\":\"o-1\",\"at_ms\":5,\"camera\":\"04254\",\"class\":\"exposed_garbage\",{rest}}}"
        )
    };
    let order = order_of_row(&row("\"purpose\":\"check\",\"case_id\":\"9f3c\"")).expect("an order");
    assert_eq!((order.ordered_at, order.deadline), (Wall(5), Wall(1_200_005)));
    assert_eq!(order.incident.as_deref(), Some("9f3c"));
    let rows = [
        ("\"purpose\":\"check\"", "neither"),
        ("\"purpose\":\"look\",\"case_id\":\"9f3c\"", "purpose `look`"),
        ("\"purpose\":\"check\",\"case_id\":\"../x\"", "no case id"),
        ("\"purpose\":\"check\",\"box\":[0.1,0.1,0,0.1]", "box"),
        (
            "\"purpose\":\"check\",\"case_id\":\"9f3c\",\"deadline_ms\":5",
            "deadline_ms",
        ),
        ("\"purpose\":\"check\",\"case\":\"9f3c\"", "unknown field `case`"),
    ];
    for (rest, want) in rows {
        let error = order_of_row(&row(rest)).expect_err(rest).to_string();
        assert!(error.contains(want), "{error} lacks {want}");
    }
    for (id, good) in [
        ("mid.K-1.2_x", true),
        ("mid:K", false),
        ("", false),
        ("a b", false),
        ("a/b", false),
    ] {
        assert_eq!(order_id(id).is_ok(), good, "{id:?}");
    }
    assert!(order_id(&"x".repeat(65)).is_err());
}

/// An order is a row beside the running program, its verdict goes out once, after its case, and a restart forgets neither.
#[test]
fn an_order_waits_until_its_verdict_is_committed() {
    let place = tempfile::tempdir().expect("a folder");
    let options = Options {
        sinks: vec![SinkOptions::JsonLines {
            name: "lines".into(),
            path: place.path().join("cases.jsonl"),
        }],
        ..Options::new(place.path())
    };
    let mut store = Store::open(&options).expect("a store");
    let opened = fixture::change("9f3c", IncidentChange::Opened, 400);
    let held = fixture::held("77aa", IncidentChange::Opened, 400);
    store.commit(&[opened, held]).expect("committed");
    let case = |id: &str| CaseId::new(id).expect("an id");
    let order = |id: &str, about: &str| NewOrder {
        id: id.into(),
        purpose: RecheckPurpose::Check,
        case: case(about),
        at: Wall(T0 + 500_000),
        deadline: Wall(T0 + 1_400_000),
    };
    let mut beside = Reviewer::open(place.path()).expect("beside the writer");
    assert_eq!(
        beside.order(&order("o-1", "9f3c"), 2).expect("an order"),
        Ordered::Now
    );
    assert_eq!(
        beside.order(&order("o-1", "9f3c"), 2).expect("again"),
        Ordered::Before
    );
    assert_eq!(
        beside.order(&order("o-2", "77aa"), 2).expect("another"),
        Ordered::Now
    );
    let refused = [
        (order("o-1", "77aa"), "is taken"),
        (order("o-3", "9f3c"), "2 orders wait already"),
        (order("o-4", "beef"), "there is no case beef"),
        (order("o/5", "9f3c"), "no order id"),
    ];
    for (order, want) in refused {
        let error = beside.order(&order, 2).expect_err(want).to_string();
        assert!(error.contains(want), "{error} lacks {want}");
    }

    // The process dies; the next one finds them waiting, with everything the scene wants to know.
    drop(store);
    let mut store = Store::open(&options).expect("again");
    let reader = CaseReader::open(place.path()).expect("a reader");
    let waiting = reader.waiting_orders(16).expect("orders");
    let ids: Vec<&str> = waiting.iter().map(|o| &*o.id).collect();
    assert_eq!(ids, ["o-1", "o-2"]);
    assert_eq!(waiting[0].incident.as_deref(), Some("9f3c"));
    assert_eq!(
        (waiting[0].ordered_at, waiting[0].deadline),
        (Wall(T0 + 500_000), Wall(T0 + 1_400_000))
    );
    assert_eq!(reader.verdict("o-1").expect("read"), None);

    let evidence = store.filed_with(&case("9f3c")).expect("read");
    assert_eq!(evidence, None, "it was filed without pictures");
    let answers = [
        answer("o-1", "9f3c", Answer::Cleared),
        answer("o-2", "77aa", Answer::Present),
        answer("o-9", "9f3c", Answer::Cleared),
    ];
    for want in [Committed::New, Committed::AlreadyKnown] {
        let committed = store.commit_verdicts(&answers).expect("committed");
        // Nobody gave o-9.
        assert_eq!(committed, [want, want, Committed::AlreadyKnown]);
    }
    assert!(reader.waiting_orders(16).expect("orders").is_empty());
    let row = reader.verdict("o-1").expect("read").expect("a verdict");
    assert_eq!(row, verdict_row(&answers[0]));

    let shown = reader.show(&case("9f3c")).expect("read").expect("it is there");
    let changes: Vec<_> = shown.changes.iter().map(|c| c.change).collect();
    assert_eq!(changes, [Some(IncidentChange::Opened), None]);
    assert_eq!(
        shown.summary.state,
        IncidentChange::Opened,
        "a verdict changes no case"
    );
    // Of a held case nothing goes out, its verdict neither.
    let outbox = reader.outbox().expect("read");
    assert_eq!((outbox.pending, outbox.held), (2, 2));
}

#[test]
fn the_pictures_of_a_verdict_are_sealed() {
    let place = tempfile::tempdir().expect("a folder");
    let answer = answer("o-1", "9f3c", Answer::Cleared);
    let picture = fixture::picture(97, 65, [128, 90, 160]);
    let verdict = &answer.verdict;
    let shot = |shot: &Option<Shot>, role| {
        let shot = shot.as_ref().expect("a shot");
        ShotPicture {
            picture: &picture,
            bbox: shot.bbox,
            captured_at: shot.unit.captured_at,
            role,
        }
    };
    let pictures = [
        shot(&verdict.before, ShotRole::Earlier),
        shot(&verdict.after, ShotRole::Latest),
    ];
    let set = write_verdict_evidence(place.path(), verdict, &pictures).expect("evidence");
    assert_eq!(set.path, "evidence/9f3c/recheck-o-1");
    let folder = place.path().join(&set.path);
    assert!(verify_evidence(&folder).expect("a folder").wrong.is_empty());
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).expect("a manifest");
    assert!(manifest.contains("\"state\": \"cleared\"") && !manifest.contains("due_ms"));
}
