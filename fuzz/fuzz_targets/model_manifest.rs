#![no_main]

curbwatch_fuzz::target!("model_manifest");
