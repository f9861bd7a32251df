//! The settings of the program itself: one table each. What stands here is all that reading, schema,
//! reference page and example know about a key.
//!
//! Not for: lists that grow with the district (`lists`).

use std::net::SocketAddr;
use std::path::PathBuf;

use curbwatch_types::ViolationClass;

use crate::form::{Choice, FilePath, List, Must, Text, number, whole};
use crate::refusal::refuse;
use crate::section::{Optional, Or, Required, section};

section! {
    /// The HTTP server: health, metrics, the operator's page and the API.
    #[derive(PartialEq)]
    pub struct Server {
        /// Address and port to listen on. The page has no login of its own: leave it on loopback, or put a
        /// proxy that authenticates in front of it.
        listen: SocketAddr = Or(ADDRESS, "\"127.0.0.1:8088\"");
    }
}

const ADDRESS: Text<SocketAddr> = Text {
    what: "an IP address and port",
    parse: |text| match text.parse() {
        Ok(address) => Ok(address),
        Err(_) => refuse(
            "is no address to listen on",
            "write an IP address and a port: \"127.0.0.1:8088\" for this machine alone, \"0.0.0.0:8088\" for all",
        ),
    },
};

section! {
    /// Where cases and their evidence are kept.
    #[derive(PartialEq)]
    pub struct Store {
        /// Folder of the case database and the evidence; made when it does not exist.
        directory: PathBuf = Or(FilePath(Must::Nothing), "\"curbwatch-data\"");
        /// How often what a camera's scene remembers is laid by while a dwell runs there, in seconds, and ten times
        /// as seldom else: after a crash as much of a dwell may be lost. 0 is at an orderly end alone.
        memory_every_secs: u32 = Or(whole(0, 3600), "60");
        /// Days for which it is kept why places were no case (`curbwatch why`).
        decision_days_max: u32 = Or(whole(1, 365), "7");
        /// Findings about places kept for one camera, the newest; about 200 bytes each.
        decisions_per_camera_max: u32 = Or(whole(100, 1_000_000), "5000");
    }
}

section! {
    /// The detector.
    #[derive(PartialEq)]
    pub struct Inference {
        /// The model's manifest.
        model: PathBuf = Required(FilePath(Must::BeFile), "\"../../models/nanodet-plus.toml\"");
        /// Folders in which the weights that a manifest names are looked for, after the manifest's own folder.
        model_dirs: Vec<PathBuf> = Or(List(FilePath(Must::BeFolder), 16), "[]");
        /// The ONNX Runtime library. Absent: the path in the environment variable `ORT_DYLIB_PATH`, else the
        /// system's library.
        onnxruntime: Option<PathBuf> =
            Optional(FilePath(Must::BeFile), "\"/usr/local/lib/libonnxruntime.so\"");
        /// Vision workers, each with its own decoder and its own model session; 0 is one per core.
        workers: usize = Or(whole(0, 256), "0");
        /// Where vision workers decode and detect: each in a thread of the program, or each in a process of its own, so that
        /// a picture that crashes a decoder costs that look and nothing else. Such a process is started again at once.
        isolation: Isolation = Or(Choice(&Isolation::NAMES), "\"thread\"");
        /// Seconds that one look may take in a process of its own; one that takes longer is taken to hang, and is ended.
        look_secs_max: f64 = Or(number(1.0, 600.0), "10.0");
        /// Tiles of a look: parts of the picture around zones that are looked at with more pixels, for small
        /// things, by turns; each costs about as much as the look itself without decoding. 0 is none. Absent:
        /// as many as the model's manifest says. Only for a model with `[tiles]`.
        tiles_per_look_max: Option<usize> = Optional(whole(0, 16), "1");
        /// What runs the model. When the library cannot, the program says so and does not start.
        provider: Provider = Or(Choice(&Provider::NAMES), "\"cpu\"");
    }
}

/// What runs the model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Provider {
    /// The CPU.
    #[default]
    Cpu,
    /// An NVIDIA GPU by CUDA.
    Cuda,
}

impl Provider {
    /// Every provider with its name in the configuration.
    pub const NAMES: [(Self, &'static str); 2] = [(Self::Cpu, "cpu"), (Self::Cuda, "cuda")];
}

/// Where vision workers decode and detect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Isolation {
    /// In threads of the program.
    #[default]
    Thread,
    /// Each in a process of its own.
    Process,
}

impl Isolation {
    /// Every place with its name in the configuration.
    pub const NAMES: [(Self, &'static str); 2] = [(Self::Thread, "thread"), (Self::Process, "process")];
}

section! {
    /// How often cameras are looked at.
    #[derive(PartialEq)]
    pub struct Looks {
        /// Seconds between two looks at one camera, where neither camera nor group says otherwise.
        look_every_secs: f64 = Or(number(0.2, 86_400.0), "10.0");
        /// Cameras at a time of which every picture is decoded, because they send no keyframes or hardly any; each costs a
        /// decoder (up to 240 MB for 4K) and its part of `flow_cpu_max`. 0 is none: such cameras stay `no_picture`.
        flow_cameras_max: usize = Or(whole(0, 64), "4");
        /// What they may cost together, as a share of one core. Beyond it the dearest loses its place for ten minutes.
        flow_cpu_max: f64 = Or(number(0.05, 1.0), "1.0");
    }
}

section! {
    /// Receiving from cameras: patience, and bounds on what a peer may send.
    #[derive(PartialEq)]
    pub struct Ingest {
        /// Seconds from dialling to the answer to PLAY, redirects included.
        handshake_timeout_secs: f64 = Or(number(1.0, 120.0), "15.0");
        /// Seconds without a byte after which a session is dead.
        dead_after_secs: f64 = Or(number(2.0, 300.0), "10.0");
        /// Shortest wait before dialling again, in seconds; waits are drawn at random up to a doubling bound.
        backoff_min_secs: f64 = Or(number(0.1, 600.0), "1.0");
        /// Longest wait before dialling again, in seconds.
        backoff_max_secs: f64 = Or(number(1.0, 3600.0), "60.0");
        /// Cameras dialled at the same time. Those that have failed eight times in a row share a quarter of it.
        dial_concurrency_max: usize = Or(whole(1, 4096), "64");
        /// Cameras of one host dialled at the same time: a platform's gateway, a recorder.
        dials_per_host_max: usize = Or(whole(1, 4096), "16");
        /// Sessions of one host at the same time, for recorders that allow no more; cameras beyond wait for one.
        /// Absent: as many as there are cameras.
        sessions_per_host_max: Option<usize> = Optional(whole(1, 20_000), "32");
        /// Kinds of addresses that cameras may have beside public ones, judged after name resolution and after each
        /// redirect. `private`: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, `fc00::/7`. `loopback`: this machine, where a
        /// name, a redirect or a provider leads to it; a camera written with `127.0.0.1`, `[::1]` or `localhost` is allowed in any case.
        /// `link_local`: 169.254.0.0/16, `fe80::/10`. `metadata`: 100.100.100.200 and `fd00:ec2::254`, where clouds keep secrets.
        addresses_allowed: Vec<AddressKind> = Or(List(Choice(&AddressKind::NAMES), 4), "[\"private\"]");
        /// Largest coded picture, in bytes.
        access_unit_bytes_max: usize = Or(whole(65_536, 268_435_456), "16_777_216");
    }
}

/// A kind of addresses that is not dialled unless it is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressKind {
    /// This machine.
    Loopback,
    /// RFC 1918, RFC 6598, RFC 4193.
    Private,
    /// RFC 3927, RFC 4291 2.5.6.
    LinkLocal,
    /// Where clouds answer with a machine's credentials.
    Metadata,
}

impl AddressKind {
    /// Every kind with its name in the configuration.
    pub const NAMES: [(Self, &'static str); 4] = [
        (Self::Loopback, "loopback"),
        (Self::Private, "private"),
        (Self::LinkLocal, "link_local"),
        (Self::Metadata, "metadata"),
    ];
}

section! {
    /// Re-checks: looking again at a case, before it is filed or after it was handled (`curbwatch recheck`).
    #[derive(PartialEq)]
    pub struct Recheck {
        /// Seconds after which an order is answered at the latest, `inconclusive` if need be, where the order names
        /// no deadline: four intervals of a five-minute patrol, so that three visits fall in whatever the phase.
        deadline_secs: u32 = Or(whole(10, 86_400), "1200");
        /// Orders that may wait at a time; one more is refused.
        orders_max: usize = Or(whole(1, 10_000), "256");
    }
}

section! {
    /// Who sends a case: the program by itself, or a person who has looked at it (`curbwatch cases release`).
    /// One key for each class. Where a key is absent the model's manifest decides: a class that was measured on
    /// real footage is sent (`"auto"`), every other one is held (`"review"`).
    #[derive(PartialEq)]
    pub struct Review {
        /// 店外经营: trade beyond the shop line.
        street_front_trading: Option<Sending> = SENDING;
        /// 机动车乱停放: motor vehicles parked where they may not.
        illegal_motor_parking: Option<Sending> = SENDING;
        /// 无照经营游商: itinerant vendors.
        itinerant_vendor: Option<Sending> = SENDING;
        /// 非机动车乱停放: bicycles and e-bikes parked in disorder.
        disorderly_nonmotor_parking: Option<Sending> = SENDING;
        /// 暴露垃圾: garbage on the ground.
        exposed_garbage: Option<Sending> = SENDING;
        /// 乱堆物堆料: piled materials.
        piled_materials: Option<Sending> = SENDING;
    }
}

const SENDING: Optional<Choice<Sending>> = Optional(Choice(&Sending::NAMES), "\"review\"");

impl Review {
    /// What the configuration says of a class; nothing where the manifest decides.
    pub fn of(&self, class: ViolationClass) -> Option<Sending> {
        match class {
            ViolationClass::StreetFrontTrading => self.street_front_trading,
            ViolationClass::IllegalMotorParking => self.illegal_motor_parking,
            ViolationClass::ItinerantVendor => self.itinerant_vendor,
            ViolationClass::DisorderlyNonmotorParking => self.disorderly_nonmotor_parking,
            ViolationClass::ExposedGarbage => self.exposed_garbage,
            ViolationClass::PiledMaterials => self.piled_materials,
        }
    }
}

/// Who sends a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// The program, by itself.
    Auto,
    /// A person releases it first.
    Review,
}

impl Sending {
    /// Both with their name in the configuration.
    pub const NAMES: [(Self, &'static str); 2] = [(Self::Auto, "auto"), (Self::Review, "review")];
}
