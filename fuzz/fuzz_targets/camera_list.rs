#![no_main]

curbwatch_fuzz::target!("camera_list");
