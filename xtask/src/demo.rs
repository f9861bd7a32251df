//! `cargo xtask demo`: a small camera farm on loopback, the pipeline on it, and each case as it appears.
//!
//! Everything it writes lies under `target/demo`; the programs it starts end with it.

mod cameras;
mod children;
mod http;
mod script;

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use self::cameras::Cameras;
use self::children::Started;
use self::script::Scripts;
use crate::error::Error;
use crate::setup::{self, Purpose};
use crate::{say, shell};

/// Ports tried first; taken ones are replaced by free ones.
const FARM_PORT: u16 = 8554;
const PAGE_PORT: u16 = 8088;
/// How often files and programs are looked at.
const TICK: Duration = Duration::from_millis(200);
/// Ticks until the farm, or the pipeline, must have come up.
const START_TICKS_MAX: u32 = 300;

/// How the demo is wanted.
#[derive(Debug)]
pub(crate) struct Options {
    /// Install what is missing.
    pub(crate) install: bool,
    /// Stop after so many seconds.
    pub(crate) seconds: Option<u64>,
    /// Leave real clips out even where they exist.
    pub(crate) synthetic: bool,
    /// Run the development build.
    pub(crate) dev: bool,
}

/// Runs until Ctrl-C or until `seconds` have passed; then an error when a class had no right case or the page showed no
/// picture. Wrong cases are said, and counted at the end.
pub(crate) fn run(options: &Options) -> Result<(), Error> {
    let stop = stop_on_signals()?;
    setup::run(Purpose::Demo, options.install)?;
    say::line("demo: building (the first time takes some minutes)");
    let profile = if options.dev { "dev" } else { "release" };
    let mut build = shell::cargo();
    build.args([
        "build",
        "--quiet",
        "--profile",
        profile,
        "--package",
        "curbwatch",
        "--package",
        "curbwatch-lab",
    ]);
    shell::run(&mut build)?;
    let programs = children::programs(options.dev);

    let folder = shell::root().join("target").join("demo");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(Error::file("remove", &folder))?;
    }
    fs::create_dir_all(&folder).map_err(Error::file("create", &folder))?;
    let assets = std::env::var_os("CURBWATCH_ASSETS")
        .map(PathBuf::from)
        .filter(|_| !options.synthetic);
    let cameras = Cameras::prepare(assets.as_deref(), &folder)?;
    let mut scripts = Scripts::read(&cameras.list)?;
    say::line(format_args!(
        "demo: {} cameras: {}",
        cameras.list.len(),
        cameras.what
    ));

    let mut farm = start_farm(&cameras, &programs, &folder, &stop)?;
    let page_port = free_port(PAGE_PORT)?;
    let config = folder.join("curbwatch.toml");
    let text = cameras.config(&farm.urls, page_port);
    fs::write(&config, text).map_err(Error::file("write", &config))?;
    let mut pipeline = Started::start(
        &programs.join("curbwatch"),
        &[Path::new("run"), Path::new("--config"), &config],
        &folder,
    )?;
    wait_until(
        "the pipeline to be ready",
        &stop,
        &mut [&mut farm.program, &mut pipeline],
        || Ok(http::get(page_port, "/readyz").is_ok_and(|answer| answer.status == 200)),
    )?;

    let cases = folder.join(cameras::CASES);
    say::line(format_args!(
        "demo: page   http://127.0.0.1:{page_port}/\n\
         demo: cases  {}\n\
         demo: config {}\n\
         demo: logs   {}, {}\n\
         demo: a case is due when something has stood for {} s where it must not; clips begin again and again;\n\
         demo: Ctrl-C ends it and says what was found",
        shown(&cases),
        shown(&config),
        shown(&farm.program.log),
        shown(&pipeline.log),
        cameras::DWELL_SECS
    ));
    let seen = watch(
        &cases,
        &mut scripts,
        options.seconds,
        &stop,
        &mut [&mut farm.program, &mut pipeline],
    )?;
    let pictures = if seen == 0 { 0 } else { pictures_on_page(page_port) };
    pipeline.stop();
    farm.program.stop();
    let (found, violations) = scripts.found();
    say::line(format_args!(
        "demo: {seen} life-cycle rows, {pictures} pictures on the page; of {violations} violations in the scripts {found} found; \
         {} of {} classes; {} wrong cases",
        cameras::CLASSES.len() - scripts.missing().len(),
        cameras::CLASSES.len(),
        scripts.wrong().len()
    ));
    verdict(seen, pictures, &scripts, &shown(&pipeline.log))
}

/// What a demo that is over has shown of what it should.
fn verdict(seen: usize, pictures: usize, scripts: &Scripts, log: &str) -> Result<(), Error> {
    let missing = scripts.missing();
    if seen == 0 {
        return Err(Error::Demo(format!("no case appeared; see {log}")));
    }
    if pictures == 0 {
        return Err(Error::Demo(
            "cases appeared, but the page shows no picture of them".to_owned(),
        ));
    }
    if !missing.is_empty() {
        return Err(Error::Demo(format!(
            "no case yet of {}; give it five minutes",
            missing.join(", ")
        )));
    }
    Ok(())
}

/// A flag that Ctrl-C, a closed terminal and `kill` raise.
fn stop_on_signals() -> Result<Arc<AtomicBool>, Error> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&flag))
            .map_err(|error| Error::Demo(format!("cannot listen for signals: {error}")))?;
    }
    Ok(flag)
}

/// A running farm.
struct Farm {
    program: Started,
    /// One for each camera.
    urls: Vec<String>,
}

fn start_farm(cameras: &Cameras, programs: &Path, folder: &Path, stop: &AtomicBool) -> Result<Farm, Error> {
    let listen = format!("127.0.0.1:{}", free_port(FARM_PORT)?);
    let count = cameras.list.len();
    let number = count.to_string();
    let mut words: Vec<&Path> = ["farm", "--listen", &listen, "--cameras", &number]
        .map(Path::new)
        .to_vec();
    words.push(Path::new("--clip"));
    words.extend(cameras.list.iter().map(|camera| camera.clip.as_path()));
    let mut program = Started::start(&programs.join("curbwatch-lab"), &words, folder)?;
    let log = program.log.clone();
    wait_until("the camera farm to be ready", stop, &mut [&mut program], || {
        let text = fs::read_to_string(&log).map_err(Error::file("read", &log))?;
        Ok(text.lines().any(|line| {
            serde_json::from_str::<serde_json::Value>(line).is_ok_and(|row| row["ready"] == true)
        }))
    })?;
    let urls = (1..=count)
        .map(|number| format!("rtsp://{listen}/camera-{number:04}"))
        .collect();
    Ok(Farm { program, urls })
}

/// The preferred port, or a free one in its place.
fn free_port(preferred: u16) -> Result<u16, Error> {
    if TcpListener::bind(("127.0.0.1", preferred)).is_ok() {
        return Ok(preferred);
    }
    let port = TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map_err(|error| Error::Demo(format!("no free port on loopback: {error}")))?
        .port();
    say::line(format_args!("demo: port {preferred} is taken, using {port}"));
    Ok(port)
}

/// Asks again and again until `done`; ends early with a clear line when a program ends or a signal comes.
fn wait_until(
    what: &str,
    stop: &AtomicBool,
    programs: &mut [&mut Started],
    mut done: impl FnMut() -> Result<bool, Error>,
) -> Result<(), Error> {
    for _ in 0..START_TICKS_MAX {
        if done()? {
            return Ok(());
        }
        if stop.load(Ordering::Relaxed) {
            return Err(Error::Demo(format!("stopped while waiting for {what}")));
        }
        for program in programs.iter_mut() {
            program.must_run()?;
        }
        sleep(TICK);
    }
    Err(Error::Demo(format!(
        "waited {} s for {what}",
        (TICK * START_TICKS_MAX).as_secs()
    )))
}

/// Prints each row of the cases file as it appears, until it is time to stop. Returns how many.
fn watch(
    cases: &Path,
    scripts: &mut Scripts,
    seconds: Option<u64>,
    stop: &AtomicBool,
    programs: &mut [&mut Started],
) -> Result<usize, Error> {
    let ticks_max = seconds.map(|seconds| u128::from(seconds) * 1000 / TICK.as_millis());
    let mut rows = 0;
    for tick in 0_u128.. {
        let text = fs::read_to_string(cases).unwrap_or_default();
        // The last line may still be on its way.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        for line in whole.lines().skip(rows) {
            say::line(format_args!("case: {line}"));
            if let Some(said) = scripts.judge(line) {
                say::line(format_args!("demo: {said}"));
            }
            rows += 1;
        }
        if stop.load(Ordering::Relaxed) || ticks_max.is_some_and(|max| tick >= max) {
            break;
        }
        for program in programs.iter_mut() {
            program.must_run()?;
        }
        sleep(TICK);
    }
    Ok(rows)
}

/// How many JPEG pictures the page shows that can be fetched.
fn pictures_on_page(port: u16) -> usize {
    let Ok(page) = http::get(port, "/") else { return 0 };
    let html = String::from_utf8_lossy(&page.body);
    picture_links(&html)
        .into_iter()
        .filter(|link| {
            http::get(port, link)
                .is_ok_and(|answer| answer.status == 200 && answer.body.starts_with(&[0xFF, 0xD8]))
        })
        .count()
}

/// What the page's `src` attributes name on this server, in order, each once.
fn picture_links(html: &str) -> Vec<String> {
    let mut links: Vec<String> = Vec::new();
    for rest in html.split("src=").skip(1) {
        let Some(quote) = rest.chars().next().filter(|quote| "'\"".contains(*quote)) else {
            continue;
        };
        let link = rest[1..]
            .split(quote)
            .next()
            .unwrap_or_default()
            .replace("&amp;", "&");
        if link.starts_with('/') && !links.contains(&link) {
            links.push(link);
        }
    }
    links
}

/// A path as seen from the workspace's root.
fn shown(path: &Path) -> String {
    path.strip_prefix(shell::root())
        .unwrap_or(path)
        .display()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picture_links_are_local_and_named_once() {
        let html = r#"<img src="/a.jpg"><img src='/c.png' alt='a'><img src=x><img alt="" src="/b?x=1&amp;y=2"><img src="/a.jpg"><img src="http://h/c">"#;
        assert_eq!(picture_links(html), ["/a.jpg", "/c.png", "/b?x=1&y=2"]);
    }

    #[test]
    fn a_taken_port_is_replaced() {
        let taken = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let port = taken.local_addr().expect("bound").port();
        assert_ne!(free_port(port).expect("a free port"), port);
    }

    #[test]
    fn a_stop_before_any_row_ends_the_watch() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cases = folder.path().join("cases.jsonl");
        let stop = AtomicBool::new(true);
        let mut scripts = Scripts::default();
        assert_eq!(
            watch(&cases, &mut scripts, None, &stop, &mut []).expect("nothing to fail"),
            0
        );
        fs::write(&cases, "{\"case_id\":1}\n{\"case_id\":2}\n{\"case_").expect("writable");
        assert_eq!(
            watch(&cases, &mut scripts, Some(0), &AtomicBool::new(false), &mut []).expect("whole rows only"),
            2
        );
    }
}
