//! The real program as a child: found, configured, started, watched until it is ready, ended.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use curbwatch_types::{Clock, Monotonic};

/// Patience with a slow machine; nothing is concluded from how much of it was used.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) const DWELL_SECS: u32 = 10;
pub(crate) const VACANT_SECS: u32 = 10;
pub(crate) const STILL_EVERY_SECS: u32 = 60;

/// The `curbwatch` program in the folder this test was built in, built when it is missing or stale.
pub(crate) fn program() -> PathBuf {
    let test = std::env::current_exe().expect("this binary");
    let profile = test
        .parent()
        .and_then(Path::parent)
        .expect("TARGET/PROFILE/deps/kill-HASH");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--package", "curbwatch"]);
    match profile.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => {}
        Some(name) => {
            build.args(["--profile", name]);
        }
    }
    // What Cargo tells this test of its own package; build scripts that look there would run again.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let of_package = [
            "CARGO_PKG_",
            "CARGO_MANIFEST_",
            "CARGO_BIN_EXE_",
            "CARGO_CRATE_NAME",
        ];
        if of_package.iter().any(|of| name.starts_with(of)) {
            build.env_remove(&*name);
        }
    }
    build
        .arg("--target-dir")
        .arg(profile.parent().expect("TARGET"))
        .current_dir(repository());
    assert!(
        build.status().expect("cargo runs").success(),
        "curbwatch does not build"
    );
    let program = profile.join("curbwatch");
    assert!(program.is_file(), "{} was not built", program.display());
    program
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the repository")
}

/// A free port outside the range outgoing connections take theirs from: nobody else has it while the
/// program is dead.
pub(crate) fn port_for_good() -> u16 {
    let first = 20_000 + (std::process::id() % 10_000) as u16;
    (first..32_000)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}

/// Writes the configuration: short dwells, both kinds of sink.
pub(crate) fn configure(folder: &Path, cameras: &[String], webhook: &str, port: u16) -> PathBuf {
    let model = repository().join("fixtures/models/blob.toml");
    let mut text = format!(
        "[server]\nlisten = \"127.0.0.1:{port}\"\n[store]\ndirectory = \"data\"\n\
         [inference]\nmodel = \"{}\"\nworkers = 2\n[looks]\nlook_every_secs = 0.5\n\
         [rules.illegal_motor_parking]\nstationary_secs = 5\nvacant_secs = {VACANT_SECS}\n\
         still_every_secs = {STILL_EVERY_SECS}\n\
         [review]\nillegal_motor_parking = \"auto\"\n\
         [[sinks.jsonl]]\nname = \"file\"\npath = \"cases.jsonl\"\n\
         [[sinks.webhook]]\nname = \"city\"\nurl = {webhook:?}\ntimeout_secs = 0.5\n",
        model.display()
    );
    for (n, url) in cameras.iter().enumerate() {
        let _ = write!(
            text,
            "[[cameras]]\nid = \"c{n}\"\nurl = {url:?}\n[[zones]]\ncamera = \"c{n}\"\nid = \"kerb\"\n\
             kind = \"no_parking\"\ndwell_secs = {DWELL_SECS}\n\
             polygon = [[0.0, 0.26], [1.0, 0.26], [1.0, 1.0], [0.0, 1.0]]\n"
        );
    }
    let file = folder.join("curbwatch.toml");
    std::fs::write(&file, text).expect("written");
    file
}

/// One life of the program.
pub(crate) struct Run {
    child: Child,
    log: PathBuf,
    console: SocketAddr,
    pub(crate) started: Monotonic,
}

impl Run {
    pub(crate) fn start(program: &Path, config: &Path, number: usize, port: u16, clock: &dyn Clock) -> Self {
        let log = config.with_file_name(format!("run-{number}.log"));
        let stderr = File::create(&log).expect("a log");
        let child = Command::new(program)
            .args(["run", "--log", "warn", "--config"])
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .expect("the program starts");
        Self {
            child,
            log,
            console: SocketAddr::from(([127, 0, 0, 1], port)),
            started: clock.monotonic(),
        }
    }

    /// Waits until a page of its console answers 200 and returns the time since the start. `/healthz`:
    /// model loaded, store open, cases adopted; `/readyz`: a camera delivers, too.
    pub(crate) fn wait_for(&mut self, page: &str, clock: &dyn Clock) -> Duration {
        loop {
            self.assert_alive();
            if let Some(answer) = self.get(page)
                && answer.starts_with("HTTP/1.1 200")
            {
                return clock.monotonic().since(self.started);
            }
            assert!(
                clock.monotonic().since(self.started) < PATIENCE,
                "no {page}:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// A counter of `/metrics`, summed over its labels.
    pub(crate) fn counter(&self, name: &str) -> f64 {
        let text = self.get("/metrics").unwrap_or_default();
        text.lines()
            .filter(|line| {
                line.strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with([' ', '{']))
            })
            .filter_map(|line| line.rsplit(' ').next()?.trim().parse::<f64>().ok())
            .sum()
    }

    fn get(&self, page: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.console).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        write!(
            stream,
            "GET {page} HTTP/1.1\r\nHost: curbwatch\r\nConnection: close\r\n\r\n"
        )
        .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    pub(crate) fn assert_alive(&mut self) {
        if let Some(status) = self.child.try_wait().expect("a child of ours") {
            panic!("it ended by itself ({status}):\n{}", self.log());
        }
    }

    pub(crate) fn kill(mut self) {
        self.assert_alive();
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("dead");
    }

    /// Asks it to drain and end, as an operator does.
    pub(crate) fn interrupt(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("SIGINT");
        let status = self.child.wait().expect("ended");
        assert!(status.success(), "the drain failed ({status}):\n{}", self.log());
    }

    /// The end of what it logged.
    fn log(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.child.kill(); // a test that failed leaves nobody behind; else it is dead already
        let _ = self.child.wait();
    }
}
