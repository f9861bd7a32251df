//! What reception tells its owner. Not for control: nothing here is answered.

use curbwatch_types::{AccessUnit, CameraState, Codec, DropReason};

use crate::{Error, Transport};

/// Something that happened on one camera. Events of one camera arrive in order, from one task; the
/// receiver must not block.
#[derive(Debug)]
pub enum Event {
    /// A picture, still coded.
    Unit(AccessUnit),
    /// The camera is now in this state; sent when it changes, or what it waits for does. `why` holds no
    /// secret.
    State {
        /// The state.
        state: CameraState,
        /// Since what, in a sentence for an operator.
        why: String,
    },
    /// PLAY was answered: a session stands.
    Connected {
        /// What carries the pictures: `Tcp` or `Udp`, never `Auto`.
        transport: Transport,
        /// What was negotiated.
        codec: Codec,
    },
    /// The peer sent us elsewhere, and we followed.
    Redirected {
        /// Where to, without secrets.
        to: String,
    },
    /// Packets, NAL units or pictures were left out; batched, at most about once a second per reason.
    Dropped {
        /// Why.
        reason: DropReason,
        /// How many since the last event of this reason.
        count: u64,
    },
    /// Bytes and RTP packets since the last such event; batched, at most about once a second.
    Received {
        /// Payload and framing, from the socket.
        bytes: u64,
        /// RTP packets, foreign ones included.
        packets: u64,
    },
    /// A connection ended or could not be made; another attempt follows unless reception was stopped.
    Failed(Error),
}
