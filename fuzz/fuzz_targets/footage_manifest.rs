#![no_main]

curbwatch_fuzz::target!("footage_manifest");
