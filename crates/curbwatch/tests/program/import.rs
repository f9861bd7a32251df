//! `import`: what it writes is what `check` takes.

use crate::support::{configuration, run};

#[test]
fn an_imported_list_is_a_camera_list() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let export = r#"{"code":0,"data":{"list":[
        {"channelId":"34020000001320000001","deviceId":"34020000001110000001","name":"东门, \"北\"","status":"ON"},
        {"channelId":"34020000002160000001","deviceId":"34020000001110000001","name":"folder"}]}}"#;
    std::fs::write(folder.join("export.json"), export).unwrap();
    let outcome = run(
        folder,
        [
            "import",
            "wvp",
            "export.json",
            "--out",
            "north.csv",
            "--url-template",
            "rtsp://192.0.2.7/rtp/{device}_{channel}",
        ],
    );
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .contains("north.csv: 1 cameras; left out 1 no camera"),
        "{outcome:?}"
    );

    configuration(folder, None);
    let file = folder.join("curbwatch.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("include = [\"north.csv\"]\n{text}")).unwrap();
    let checked = run(folder, ["check"]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    assert!(checked.stdout.contains("(1 with a url)"), "{checked:?}");

    std::fs::write(
        folder.join("export.json"),
        "{\"code\":401,\"msg\":\"please log in\"}",
    )
    .unwrap();
    let refused = run(folder, ["import", "wvp", "export.json", "--out", "north.csv"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.said()[0].contains("please log in"), "{refused:?}");
}
