//! `cargo xtask test`, `cargo xtask slow` and `cargo xtask ci`.

use crate::error::Error;
use crate::setup::Purpose;
use crate::{say, setup, shell};

/// Set-up, then every test. `CURBWATCH_ASSETS` is passed through as the caller set it, or not at all.
pub(crate) fn test(install: bool, cargo_args: &[String]) -> Result<(), Error> {
    setup::run(Purpose::Test, install)?;
    shell::run(shell::cargo().args(["test", "--workspace"]).args(cargo_args))
}

/// Tests too slow for every run: package, test program, test. Each is `#[ignore]`d with a reason that
/// names this command.
const SLOW: [(&str, &str, &str); 11] = [
    ("curbwatch-lab", "kill", "twenty_kills_lose_and_double_nothing"),
    ("curbwatch-lab", "taint", "taint_over_many_seeds"),
    (
        "curbwatch-scene",
        "street",
        "torture::what_else_stands_for_eight_hours_is_one_case_under_each_hardship",
    ),
    (
        "curbwatch-scene",
        "street",
        "torture::what_stands_for_eight_hours_is_one_case_under_all_hardships_together",
    ),
    (
        "curbwatch-lab",
        "fleet",
        "a_district_of_1160_is_back_within_90_seconds",
    ),
    ("curbwatch-lab", "fleet", "two_hundred_dead_cameras_cost_little"),
    (
        "curbwatch-lab",
        "rounds",
        "a_city_of_1160_cameras_under_64_sessions",
    ),
    (
        "curbwatch-lab",
        "reload",
        "what_a_reload_of_a_thousand_cameras_costs",
    ),
    (
        "curbwatch-lab",
        "rig",
        "thirty_one_neighbours_of_each_fault_lose_nothing",
    ),
    ("curbwatch-lab", "peers_run", "five_minutes_of_real_peers"),
    ("curbwatch-lab", "oracle", "vendors_are_found_over_many_seeds"),
];

/// Set-up, then every slow test, with what it measured.
pub(crate) fn slow(install: bool) -> Result<(), Error> {
    setup::run(Purpose::Test, install)?;
    for (package, program, name) in SLOW {
        say::line(format_args!("slow: {name}"));
        shell::run(
            shell::cargo()
                .args(["test", "--package", package, "--test", program, name])
                .args(["--", "--ignored", "--exact", "--nocapture"]),
        )?;
    }
    Ok(())
}

/// Format, lint and layer checks, then [`test`].
pub(crate) fn ci(install: bool, checks_only: bool) -> Result<(), Error> {
    // Cheapest first; set-up before clippy, which compiles against the system's libraries.
    step("format", &["fmt", "--all", "--check"])?;
    setup::run(Purpose::Test, install)?;
    step(
        "layers",
        &["test", "--quiet", "--package", "xtask", "--test", "layers"],
    )?;
    step(
        "lint",
        &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
    )?;
    if shell::on_path("cargo-deny") {
        step("licences and sources", &["deny", "check"])?;
    } else {
        say::line("ci: skipped: licences and sources (cargo-deny is not installed)");
    }
    if checks_only { Ok(()) } else { test(install, &[]) }
}

fn step(what: &str, args: &[&str]) -> Result<(), Error> {
    say::line(format_args!("ci: {what}"));
    shell::run(shell::cargo().args(args))
}
