//! `probe`: one camera, some seconds, what came.

use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use curbwatch_engine::{Error, Probe, ProbeOptions};
use curbwatch_types::{Secret, SystemClock};
use serde_json::json;

use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Where the camera is: `rtsp://[user:password@]host[:port]/path`. Credentials are never printed.
    url: String,
    /// How long to stay.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// One JSON object on standard output, nothing else.
    #[arg(long)]
    json: bool,
    /// How packets travel.
    #[arg(long, value_enum, default_value_t = Transport::Auto)]
    transport: Transport,
    /// User name, instead of the one in the URL.
    #[arg(long)]
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
        url: Secret::new(&arguments.url),
        credentials: credentials(arguments)?,
        transport: match arguments.transport {
            Transport::Auto => curbwatch_config::Transport::Auto,
            Transport::Tcp => curbwatch_config::Transport::Tcp,
            Transport::Udp => curbwatch_config::Transport::Udp,
        },
        duration: seconds(arguments.seconds)?,
    };
    let probe = curbwatch_engine::probe_until_ctrl_c(&options, Arc::new(SystemClock::new()));
    let probe = probe.map_err(|error| match error {
        // The address comes from the command line, so it is the command line that is wrong.
        Error::Ingest(cause) if cause.kind() == "url" => Failure::Usage(cause.to_string()),
        error => error.into(),
    })?;
    if arguments.json {
        println!("{}", as_json(&probe));
    } else {
        print_plainly(&probe);
    }
    if probe.decoded > 0 {
        return Ok(());
    }
    let cause = probe
        .last_error
        .unwrap_or_else(|| format!("no picture ({}: {})", probe.state.name(), probe.why));
    Err(Failure::Wrong(cause))
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
