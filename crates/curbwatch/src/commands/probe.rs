//! `probe`: one camera, some seconds, what came; and a picture of the view that it shows, to know it by.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use curbwatch_engine::{Error, Probe, ProbeOptions, Probed};
use curbwatch_types::{CameraId, Secret, SystemClock};
use serde_json::json;

use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Where the camera is: `rtsp://[user:password@]host[:port]/path`. Credentials are never printed.
    #[arg(required_unless_present = "camera", conflicts_with = "camera")]
    url: Option<String>,
    /// A camera of the configuration, with the address and the login that it has there.
    #[arg(long)]
    camera: Option<CameraId>,
    /// The configuration, for `--camera`.
    #[arg(long, default_value = "curbwatch.toml", requires = "camera")]
    config: PathBuf,
    /// Store the latest whole picture there (a JPEG), as `reference` of the view that the camera shows: see `[[views]]`.
    #[arg(long, value_name = "FILE")]
    save_reference: Option<PathBuf>,
    /// Replace the file of `--save-reference` where there is one.
    #[arg(long, requires = "save_reference")]
    replace: bool,
    /// How long to stay.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// One JSON object on standard output, nothing else.
    #[arg(long)]
    json: bool,
    /// How packets travel.
    #[arg(long, value_enum, default_value_t = Transport::Auto, conflicts_with = "camera")]
    transport: Transport,
    /// User name, instead of the one in the URL.
    #[arg(long, conflicts_with = "camera")]
    user: Option<String>,
    /// The environment variable that holds the password.
    #[arg(long, requires = "user")]
    password_env: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Transport {
    Auto,
    Tcp,
    Udp,
}

pub(crate) fn probe(arguments: &Arguments) -> Result<(), Failure> {
    let options = ProbeOptions {
        of: probed(arguments)?,
        duration: seconds(arguments.seconds)?,
        reference: arguments.save_reference.is_some(),
    };
    if let Some(file) = arguments.save_reference.as_ref().filter(|_| !arguments.replace) {
        refuse_to_replace(file)?;
    }
    let probe = curbwatch_engine::probe_until_ctrl_c(&options, Arc::new(SystemClock::new()));
    let probe = probe.map_err(|error| match error {
        // The address comes from the command line, so it is the command line that is wrong.
        Error::Ingest(cause) if cause.kind() == "url" => Failure::Usage(cause.to_string()),
        error => error.into(),
    })?;
    let stored = match (&arguments.save_reference, &probe.reference) {
        (Some(file), Some(jpeg)) => Some(store(file, jpeg, arguments.replace)),
        _ => None,
    };
    if arguments.json {
        println!("{}", as_json(&probe));
    } else {
        print_plainly(&probe);
    }
    match (stored, &arguments.save_reference) {
        (Some(stored), Some(file)) => {
            stored?;
            if !arguments.json {
                println!(
                    "  reference     {} ({}x{})",
                    file.display(),
                    probe.width,
                    probe.height
                );
            }
            return Ok(());
        }
        (None, None) if probe.decoded > 0 => return Ok(()),
        _ => {}
    }
    let cause = probe
        .last_error
        .unwrap_or_else(|| format!("no picture ({}: {})", probe.state.name(), probe.why));
    Err(Failure::Wrong(cause))
}

fn probed(arguments: &Arguments) -> Result<Probed, Failure> {
    let Some(camera) = &arguments.camera else {
        return Ok(Probed::Address {
            url: Secret::new(arguments.url.as_deref().unwrap_or_default()),
            credentials: credentials(arguments)?,
            transport: match arguments.transport {
                Transport::Auto => curbwatch_config::Transport::Auto,
                Transport::Tcp => curbwatch_config::Transport::Tcp,
                Transport::Udp => curbwatch_config::Transport::Udp,
            },
        });
    };
    let (config, problems) =
        curbwatch_config::load_leniently(&arguments.config, &|name| std::env::var(name).ok());
    match (config, problems) {
        (Some(config), problems) => {
            // A view without a picture is one, and is why somebody is here.
            if let Some(problems) = problems {
                eprintln!("warning: the configuration is not in order yet:\n{problems}");
            }
            Ok(Probed::Camera(Box::new(config), camera.clone()))
        }
        (None, problems) => Err(Failure::Wrong(
            problems.map_or_else(String::new, |problems| problems.to_string()),
        )),
    }
}

fn refuse_to_replace(file: &Path) -> Result<(), Failure> {
    if file.exists() {
        let message = format!(
            "{} is there already; add --replace, or name another file",
            file.display()
        );
        return Err(Failure::Usage(message));
    }
    Ok(())
}

/// Writes the picture, whole or not at all.
fn store(file: &Path, jpeg: &[u8], replace: bool) -> Result<(), Failure> {
    if !replace {
        refuse_to_replace(file)?;
    }
    let wrong = |cause: std::io::Error| Failure::Environment(format!("{}: {cause}", file.display()));
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder).map_err(wrong)?;
    }
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    std::fs::write(&partial, jpeg).map_err(wrong)?;
    std::fs::rename(&partial, file).map_err(wrong)
}

fn seconds(seconds: f64) -> Result<Duration, Failure> {
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if (0.1..=86_400.0).contains(&seconds) => Ok(duration),
        _ => Err(Failure::Usage(format!(
            "--seconds {seconds}: give 0.1 to 86400 seconds"
        ))),
    }
}

fn credentials(arguments: &Arguments) -> Result<Option<(String, Secret)>, Failure> {
    let Some(user) = &arguments.user else {
        return Ok(None);
    };
    let password = match &arguments.password_env {
        None => String::new(),
        Some(name) => std::env::var(name).map_err(|_| {
            Failure::Usage(format!(
                "--password-env {name}: this variable is not set; export it first"
            ))
        })?,
    };
    Ok(Some((user.clone(), Secret::new(password))))
}

fn as_json(probe: &Probe) -> serde_json::Value {
    json!({
        "url": probe.url,
        "state": probe.state.name(),
        "why": probe.why,
        "transport": probe.transport,
        "codec": probe.codec,
        "width": probe.width,
        "height": probe.height,
        "access_units": probe.access_units,
        "keyframes": probe.keyframes,
        "decoded": probe.decoded,
        "tainted": probe.tainted,
        "reconnects": probe.reconnects,
        "redirects": probe.redirects,
        "first_picture_ms": probe.first_picture_ms,
        "packets": probe.packets,
        "bytes": probe.bytes,
        "errors": probe.errors,
        "last_error": probe.last_error,
        "reference_bytes": probe.reference.as_ref().map(Vec::len),
        "rss_peak_bytes": probe.rss_peak_bytes,
    })
}

fn print_plainly(probe: &Probe) {
    println!("{}", probe.url);
    println!("  state         {} ({})", probe.state.name(), probe.why);
    let known = |word: Option<&'static str>| word.unwrap_or("-");
    println!(
        "  stream        {} over {}, {}x{}",
        known(probe.codec),
        known(probe.transport),
        probe.width,
        probe.height
    );
    match probe.first_picture_ms {
        Some(ms) => println!("  first picture after {ms} ms"),
        None => println!("  first picture none"),
    }
    println!(
        "  keyframes     {} received, {} decoded, {} tainted",
        probe.keyframes, probe.decoded, probe.tainted
    );
    println!("  packets       {} ({} bytes)", probe.packets, probe.bytes);
    println!(
        "  reconnects    {}, redirects {}",
        probe.reconnects, probe.redirects
    );
    for (kind, count) in &probe.errors {
        println!("  {kind:<13} {count}");
    }
}
