//! A file with ten mistakes: all ten at once, each with its line and remedy.

use curbwatch_config::load;

const WANT: [(usize, &str, &str); 10] = [
    (
        3,
        "`server.listen` is no address to listen on",
        "write an IP address and a port: \"127.0.0.1:8088\" for this machine alone, \"0.0.0.0:8088\" for all",
    ),
    (6, "unknown key `store.directry`", "did you mean `directory`?"),
    (
        9,
        "`inference.model`: there is no file ROOT/no-such-model.toml",
        "check the path (it is relative to the folder of ROOT/ten-mistakes.toml)",
    ),
    (
        12,
        "`looks.look_every_secs` is 0, outside 0.2 to 86400",
        "give a value from 0.2 to 86400",
    ),
    (
        16,
        "the environment variable CURBWATCH_NOT_SET_ANYWHERE is not set",
        "set it before the start, or use `password_file`",
    ),
    (
        20,
        "`cameras.url` holds a user name or password",
        "take it out of the URL: `user = \"...\"` and `password_env = \"...\"` or `password_file = \"...\"`",
    ),
    (21, "there is no group `nroth`", "did you mean `north`?"),
    (
        24,
        "the camera `04254` is defined twice, first at ROOT/ten-mistakes.toml:19",
        "give each camera an `id` of its own",
    ),
    (
        30,
        "`zones.polygon`: the edges after points 1 and 3 cross each other",
        "list the corners in the order in which one walks around it",
    ),
    (
        33,
        "the zone `kerb_lane` is of a camera `09747` that is not there",
        "add the camera, or remove the zone `kerb_lane`",
    ),
];

#[test]
fn ten_mistakes_are_named_at_once() {
    let folder = crate::common::repository("fixtures/config");
    let file = folder.join("ten-mistakes.toml");
    let problems = load(&file, &|_| None).expect_err("ten mistakes");
    let text = |text: &str| text.replace("ROOT", &folder.display().to_string());
    let got: Vec<_> = problems
        .0
        .iter()
        .map(|p| (p.line, p.message.clone(), p.hint.clone()))
        .collect();
    let want: Vec<_> = WANT
        .iter()
        .map(|(line, message, hint)| (*line, text(message), text(hint)))
        .collect();
    assert_eq!(got, want);
    assert!(problems.0.iter().all(|p| p.file == file && p.column >= 1));

    let printed = problems.to_string();
    assert!(printed.ends_with("\n10 problems"), "{printed}");
    assert!(
        printed.starts_with(&format!("{}:3: `server.listen`", file.display())),
        "{printed}"
    );
    assert!(!printed.contains("hunter2") && !format!("{problems:?}").contains("hunter2"));
}
