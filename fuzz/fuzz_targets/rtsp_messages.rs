#![no_main]

curbwatch_fuzz::target!("rtsp_messages");
