#![no_main]

curbwatch_fuzz::target!("rtp_h265");
