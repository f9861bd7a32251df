#![no_main]

curbwatch_fuzz::target!("interleaved_framing");
