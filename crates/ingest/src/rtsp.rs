//! The RTSP conversation (RFC 2326, and RFC 7826 where cameras use its words): messages, who we are,
//! the connection, and one session from DESCRIBE to TEARDOWN.

mod auth;
mod connection;
mod datagrams;
mod dial;
mod dialogue;
mod handshake;
mod message;
mod session;
mod stream;

#[cfg(feature = "fuzzing")]
pub(crate) use auth::Auth;
#[cfg(feature = "fuzzing")]
pub(crate) use connection::{Inbound, Wire};
#[cfg(feature = "fuzzing")]
pub(crate) use message::{HeadScan, Message, parse};

pub(crate) use dial::{allowed, authority, leads_here, literal};
pub(crate) use dialogue::{Context, Memory};
pub(crate) use session::hold;
