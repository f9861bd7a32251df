//! Starts the program and says how it ended.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Patience with a slow machine; nothing is concluded from how much of it was used.
const PATIENCE: Duration = Duration::from_secs(120);

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// What the program itself says on standard error: every line that is not of the log.
    pub(crate) fn said(&self) -> Vec<&str> {
        let logged = |line: &&str| [" ERROR ", " WARN ", " INFO "].iter().any(|l| line.contains(l));
        self.stderr.lines().filter(|line| !logged(line)).collect()
    }
}

/// The program, ready for arguments: no log, and no environment that would change what it does.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_curbwatch"));
    command
        .env_remove("CURBWATCH_LOG")
        .env_remove("CURBWATCH_ASSETS")
        .stdin(Stdio::null());
    command
}

/// Runs the program in `folder` with `arguments`.
pub(crate) fn run<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> Outcome {
    finish(program().current_dir(folder).args(arguments))
}

/// Waits for the end of `command`. Output goes through files, so that no pipe can fill.
pub(crate) fn finish(command: &mut Command) -> Outcome {
    let output = tempfile::tempdir().unwrap();
    let (stdout, stderr) = (output.path().join("stdout"), output.path().join("stderr"));
    let mut child = command
        .stdout(File::create(&stdout).unwrap())
        .stderr(File::create(&stderr).unwrap())
        .spawn()
        .unwrap();
    let mut waited = Duration::ZERO;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if waited > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            panic!(
                "{command:?} does not end; it said: {}",
                fs::read_to_string(&stderr).unwrap()
            );
        }
        std::thread::sleep(Duration::from_millis(20));
        waited += Duration::from_millis(20);
    };
    Outcome {
        code: status.code(),
        stdout: fs::read_to_string(&stdout).unwrap(),
        stderr: fs::read_to_string(&stderr).unwrap(),
    }
}

/// A path of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap().join(path)
}

/// Writes `curbwatch.toml` into `folder`: the fixture model, a store in `data`, one camera `c0` with a
/// zone. `url` makes it a camera that `run` watches. Nothing listens at the address it names.
pub(crate) fn configuration(folder: &Path, url: Option<&str>) -> PathBuf {
    let model = repository("fixtures/models/blob.toml").display().to_string();
    let url = url.map(|url| format!("url = {url:?}\n")).unwrap_or_default();
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n\
         [store]\ndirectory = \"data\"\n\
         [inference]\nmodel = {model:?}\nworkers = 1\n\
         [looks]\nlook_every_secs = 1.0\n\
         [rules.illegal_motor_parking]\nstationary_secs = 5\nvacant_secs = 10\n\
         [[cameras]]\nid = \"c0\"\n{url}\
         [[zones]]\ncamera = \"c0\"\nid = \"kerb\"\nkind = \"no_parking\"\ndwell_secs = 10\n\
         polygon = [[0.05, 0.05], [0.95, 0.05], [0.95, 0.95], [0.05, 0.95]]\n"
    );
    let file = folder.join("curbwatch.toml");
    fs::write(&file, text).unwrap();
    file
}

/// Replaces text that must be there in a file.
pub(crate) fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    fs::write(file, text.replace(from, to)).unwrap();
}
