#![no_main]

curbwatch_fuzz::target!("session_description");
