#![no_main]

curbwatch_fuzz::target!("config_toml");
