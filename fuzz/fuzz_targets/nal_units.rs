#![no_main]

curbwatch_fuzz::target!("nal_units");
