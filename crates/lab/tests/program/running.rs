//! A `curbwatch run` under way: its log, its console, and its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// Patience with a slow machine; nothing is concluded from how much of it was used.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// The program while it runs; killed when dropped.
pub(crate) struct Running {
    child: Child,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
    console: SocketAddr,
}

/// An answer of the console.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Running {
    /// Starts `command` and waits until its console listens. The configuration asks for port 0.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        let log = Arc::new(Mutex::new(String::new()));
        let reader = {
            let (from, to) = (child.stderr.take().unwrap(), Arc::clone(&log));
            let body = move || collect(from, &to);
            std::thread::Builder::new()
                .name("log".to_owned())
                .spawn(body)
                .unwrap()
        };
        let mut running = Self {
            child,
            log,
            reader: Some(reader),
            console: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        running.console = running.until("console", |running| {
            let log = running.log();
            let rest = log.split("console at http://").nth(1)?;
            rest.split('/').next()?.parse().ok()
        });
        running
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Asks the console for `path`.
    pub(crate) fn get(&self, path: &str) -> Answer {
        let mut stream = TcpStream::connect(self.console).expect("the console");
        let request = format!("GET {path} HTTP/1.1\r\nHost: console\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        Answer {
            status: head
                .split(' ')
                .nth(1)
                .and_then(|s| s.parse().ok())
                .expect("a status"),
            body: bytes[end + 4..].to_vec(),
            head,
        }
    }

    /// The sum of a metric over its labels, or of one of them: `curbwatch_looks_due_total`.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        sum_of(&self.get("/metrics").text(), name)
    }

    /// Asks again and again until there is an answer; the program must live meanwhile.
    pub(crate) fn until<T>(&mut self, what: &str, mut ask: impl FnMut(&Self) -> Option<T>) -> T {
        let mut waited = Duration::ZERO;
        loop {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none(),
                "it ended ({ended:?}) before {what}:\n{}",
                self.log()
            );
            if let Some(answer) = ask(self) {
                return answer;
            }
            assert!(waited < PATIENCE, "no {what}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(100));
            waited += Duration::from_millis(100);
        }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Ctrl-C; its exit code and its whole log.
    pub(crate) fn interrupt(mut self) -> (Option<i32>, String) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::INT).unwrap();
        let mut waited = Duration::ZERO;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(waited < PATIENCE, "it does not drain:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(50));
            waited += Duration::from_millis(50);
        };
        self.reader.take().unwrap().join().unwrap();
        (status.code(), self.log())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(from: ChildStderr, to: &Mutex<String>) {
    for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
        let mut log = to.lock().unwrap();
        log.push_str(&String::from_utf8_lossy(&line));
        log.push('\n');
    }
}

/// The sum of `name` over its labels in Prometheus' text format; `name` may hold labels itself.
pub(crate) fn sum_of(text: &str, name: &str) -> f64 {
    let values: Vec<f64> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.rsplit_once(' '))
        .filter(|(series, _)| *series == name || series.split('{').next() == Some(name))
        .map(|(_, value)| value.parse().unwrap())
        .collect();
    assert!(!values.is_empty(), "there is no {name} in\n{text}");
    values.iter().sum()
}
