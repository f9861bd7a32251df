//! The runtime library: missing, wrong and old ones are errors at once, then the right one loads.
//! One test in a program of its own, because a process loads one runtime.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests, which clippy does not see as such"
)]

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use curbwatch_infer::{Blame, Error, load_runtime};
use curbwatch_types::{Clock, SystemClock};

/// Fails when loading `library` takes a second or longer.
fn refused(library: &Path) -> Error {
    let clock = SystemClock::new();
    let start = clock.monotonic();
    let error = load_runtime(Some(library)).expect_err("no runtime");
    let took = clock.monotonic().since(start);
    assert!(
        took < Duration::from_secs(1),
        "{took:?} for {}",
        library.display()
    );
    assert_eq!(error.blame(), Blame::Installation);
    let text = error.to_string();
    assert!(
        text.contains(&library.display().to_string()),
        "names the file: {text}"
    );
    assert!(text.contains("cargo xtask setup"), "names the remedy: {text}");
    error
}

/// Compiles a shared library; `None` without a C compiler.
fn compiled(folder: &Path, name: &str, source: &str) -> Option<std::path::PathBuf> {
    let (code, library) = (
        folder.join(format!("{name}.c")),
        folder.join(format!("{name}.so")),
    );
    std::fs::write(&code, source).expect("written");
    let done = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(&code)
        .status();
    matches!(done, Ok(status) if status.success()).then_some(library)
}

#[test]
fn wrong_libraries_are_refused_and_the_right_one_loads_once() {
    let folder = tempfile::tempdir().expect("a folder");

    let error = refused(&folder.path().join("libonnxruntime.so"));
    assert!(matches!(error, Error::LibraryMissing { .. }), "{error}");

    let text = folder.path().join("text.so");
    std::fs::write(&text, "no library").expect("written");
    assert!(matches!(refused(&text), Error::LibraryLoad { .. }));

    if let Some(other) = compiled(folder.path(), "other", "int other(void) { return 1; }") {
        let error = refused(&other);
        assert!(error.to_string().contains("OrtGetApiBase"), "{error}");
        let old = "static const char *version(void) { return \"1.17.3\"; }\n\
                   static const void *api(unsigned v) { (void)v; return 0; }\n\
                   static const struct { const void *(*a)(unsigned); const char *(*v)(void); } base = {api, version};\n\
                   const void *OrtGetApiBase(void) { return &base; }";
        let old = compiled(folder.path(), "old", old).expect("compiles as the other did");
        let error = refused(&old);
        assert!(
            matches!(&error, Error::LibraryOld { found, .. } if found == "1.17.3"),
            "{error}"
        );
        assert!(error.to_string().contains("at least 1.24"), "{error}");
    } else {
        let _shown = writeln!(
            std::io::stderr(),
            "skipped: no C compiler (cc); libraries that are not ONNX Runtime are not tried"
        );
    }

    // None of these spoiled the process for the right one.
    let runtime = load_runtime(None).expect("the runtime that set-up installs");
    let minor = runtime
        .version()
        .split('.')
        .nth(1)
        .and_then(|m| m.parse::<u32>().ok());
    assert!(minor.is_some_and(|minor| minor >= 24), "{runtime:?}");
    let again = load_runtime(Some(runtime.path())).expect("the same file");
    assert_eq!(again.version(), runtime.version());
    let another = load_runtime(Some(&text)).expect_err("a process has one runtime");
    assert!(matches!(another, Error::LibraryAlreadyLoaded { .. }), "{another}");
}
