#![no_main]

curbwatch_fuzz::target!("supplemental");
