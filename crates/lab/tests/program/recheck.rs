//! Re-checks of a running program: an order that is given from outside, its verdict where it was asked for, at the
//! sinks and with the case; an order that outlives the program; a camera that nobody can see any more.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::binary::{Outcome, finish, program};
use crate::running::Running;
use crate::setting::{Street, configuration, street};
use crate::support::{make_street, shared_folder};

/// A program with one camera in a folder of its own.
struct Installation<'a> {
    folder: &'a Path,
    store: PathBuf,
}

impl Installation<'_> {
    /// The camera shows what this street does.
    fn watch(&self, street: &Street) -> Running {
        let url = street.farm.url(1);
        let file = configuration(self.folder, &self.store, &[("c0", &url, "")], "");
        let text = fs::read_to_string(&file).unwrap();
        let short = "stationary_secs = 5\nvacant_secs = 10\n";
        fs::write(file, text.replace("stationary_secs = 5\n", short)).unwrap();
        Running::start(program().current_dir(self.folder).arg("run"))
    }

    fn command(&self, words: &[&str]) -> Outcome {
        finish(
            program()
                .current_dir(self.folder)
                .args(["--log", "off"])
                .args(words),
        )
    }

    /// What the consumer got.
    fn delivered(&self) -> Vec<Value> {
        rows(&fs::read_to_string(self.folder.join("cases.jsonl")).unwrap_or_default())
    }

    /// The verdict that `recheck` prints: the same as the consumer gets, and as stands with the case.
    fn verdict(&self, running: &mut Running, words: &[&str]) -> Value {
        let asked = self.command(&[&["recheck"], words].concat());
        assert_eq!(asked.code, Some(0), "{asked:?}\n{}", running.log());
        let verdict: Value = serde_json::from_str(&asked.stdout).expect("one JSON object");
        running.until("delivery of the verdict", |_| {
            let at_sink = self.delivered();
            at_sink.contains(&verdict).then_some(())
        });
        let shown = self.command(&["cases", "show", verdict["case_id"].as_str().unwrap()]);
        assert_eq!(
            (shown.code, rows(&shown.stdout).contains(&verdict)),
            (Some(0), true),
            "{shown:?}"
        );
        verdict
    }
}

/// Whole lines only: the last one may be under way.
fn rows(text: &str) -> Vec<Value> {
    let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    whole.map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn says(verdict: &Value) -> (&str, &str, Option<&str>) {
    let word = |key: &str| verdict[key].as_str();
    (word("purpose").unwrap(), word("verdict").unwrap(), word("reason"))
}

#[test]
fn an_order_is_answered_where_it_was_given_at_the_sinks_and_with_the_case() {
    let folder = shared_folder();
    let folder = folder.path();
    let Some(clip) = street(folder) else { return };
    let bare = folder.join("bare.mp4");
    assert!(make_street(&bare, "libx264", false));
    let here = Installation {
        folder,
        store: folder.join("data"),
    };
    let standing = Street::open(&clip, 1, None);
    let mut running = here.watch(&standing);
    let case = running.until("a case", |_| {
        let opened = here
            .delivered()
            .into_iter()
            .find(|row| row["state"] == "opened")?;
        Some(opened["case_id"].as_str()?.to_owned())
    });

    // It stands there.
    let verdict = here.verdict(
        &mut running,
        &[&case, "--purpose", "verify", "--order", "is-it-there"],
    );
    assert_eq!(says(&verdict), ("verify", "present", None), "{verdict}");
    assert_eq!(
        (&verdict["case_id"], &verdict["order_id"], &verdict["camera"]),
        (&Value::from(case.as_str()), &"is-it-there".into(), &"c0".into())
    );
    let evidence = here.store.join(verdict["evidence"].as_str().expect("a folder"));
    let verified = here.command(&["verify-evidence", evidence.to_str().unwrap()]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    refuses(&here, &case);

    // It is gone by the time the program is back, and the order was given in between.
    let (code, log) = running.interrupt();
    assert_eq!(code, Some(0), "{log}");
    let check = [case.as_str(), "--purpose", "check", "--order", "is-it-gone"];
    let given = here.command(&[&["recheck"], &check[..], &["--no-wait"]].concat());
    assert_eq!((given.code, given.stdout.as_str()), (Some(0), ""), "{given:?}");
    drop(standing);
    let bare = Street::open(&bare, 1, None);
    let mut running = here.watch(&bare);
    let verdict = here.verdict(&mut running, &check);
    assert_eq!(says(&verdict), ("check", "cleared", None), "{verdict}");

    // Nobody can say what stands there now.
    drop(bare);
    running.until("a camera that is gone", |running| {
        (running.metric("curbwatch_cameras{state=\"live\"}") == 0.0).then_some(())
    });
    let last = [case.as_str(), "--purpose", "check", "--deadline-secs", "3"];
    let verdict = here.verdict(&mut running, &last);
    assert_eq!(
        says(&verdict),
        ("check", "inconclusive", Some("camera_gone")),
        "{verdict}"
    );
    assert!(
        verdict["evidence"].is_null() && verdict["looks"] == 0,
        "{verdict}"
    );
    let (code, log) = running.interrupt();
    assert_eq!(code, Some(0), "{log}");
    let verdicts = here.delivered();
    let verdicts = verdicts.iter().filter(|row| row["state"] == "recheck");
    assert_eq!(verdicts.count(), 3, "an order has one answer");
}

/// What is wrong is said in one line, at once.
fn refuses(here: &Installation<'_>, case: &str) {
    let table: [(&[&str], i32, &str); 5] = [
        (
            &["0123456789abcdef", "--purpose", "check"],
            1,
            "there is no case 0123456789abcdef",
        ),
        (
            &[case, "--purpose", "check", "--order", "is-it-there"],
            1,
            "`is-it-there` is taken",
        ),
        (&["no/case", "--purpose", "check"], 2, "no/case"),
        (&[case, "--purpose", "look"], 2, "look"),
        (
            &[case, "--purpose", "check", "--config", "none.toml"],
            1,
            "none.toml",
        ),
    ];
    for (words, code, want) in table {
        let outcome = here.command(&[&["recheck"], words].concat());
        assert!(
            outcome.code == Some(code) && outcome.stdout.is_empty() && outcome.stderr.contains(want),
            "{words:?}: {outcome:?}"
        );
    }
}
