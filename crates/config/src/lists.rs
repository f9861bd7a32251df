//! The lists that grow with the district, as they stand in the files: groups, cameras, zones, sinks.
//!
//! Not for: what they mean together. `resolve` makes the public [`crate::Camera`] and sinks of them.

use std::path::PathBuf;

use curbwatch_types::{CameraId, Polygon, ViewId, ZoneId, ZoneKind};

use crate::form::{Choice, Corners, FilePath, List, Must, Number, Placed, Text, Where, Whole, number, whole};
use crate::frames::{FRAMES_MAX, FrameEntry};
use crate::homographies::{HOMOGRAPHIES_MAX, HomographyEntry};
use crate::names::{CAMERA_ID, NAME, VIEW_ID, ZONE_ID, name};
use crate::overrides::{OVERRIDES_MAX, OverrideEntry};
use crate::permits::{PERMITS_MAX, PermitEntry};
use crate::receiving::{Mode, Pictures, Transport};
use crate::refusal::{Refusal, refuse};
use crate::rules::Rules;
use crate::schedules::{DistrictEntry, SCHEDULE, SCHEDULES_MAX, ScheduleEntry};
use crate::section::{Any, Nested, Optional, Or, Required, Shown, nested, section};
use crate::settings::{Inference, Ingest, Looks, Recheck, Review, Server, Store};
use crate::tables::{Named, Tables, named, tables};
use crate::views::ViewEntry;
use crate::{url, views};

/// Cameras at most.
pub(crate) const CAMERAS_MAX: usize = 20_000;
/// Zones at most.
pub(crate) const ZONES_MAX: usize = 100_000;
/// Groups at most.
pub(crate) const GROUPS_MAX: usize = 1_000;
/// Sinks of one kind at most.
const SINKS_MAX: usize = 16;
/// Entries of one `include` at most.
const INCLUDES_MAX: usize = 256;

section! {
    /// The whole file.
    pub(crate) struct MainFile {
        /// Lists of cameras and zones in other files: `.csv` (cameras, with a header line that names the columns)
        /// or `.toml` (`[[cameras]]`, `[[zones]]`, `[groups.NAME]`, `[[overrides]]`, `[[permits]]`, `[[frames]]`, `[[homographies]]`,
        /// `[[views]]` and further `include`). `*` stands for any
        /// part of a file name: `["cameras.csv", "zones.toml", "sites/*.toml"]`.
        include: Vec<Placed<String>> = Or(INCLUDE, "[]");
        server: Server = SERVER;
        store: Store = STORE;
        inference: Inference = INFERENCE;
        looks: Looks = LOOKS;
        ingest: Ingest = INGEST;
        rules: Rules = RULES;
        recheck: Recheck = RECHECK;
        review: Review = REVIEW;
        sinks: SinkLists = SINKS;
        district: DistrictEntry = DISTRICT;
        schedules: Vec<(String, Placed<ScheduleEntry>)> = SCHEDULES;
        groups: Vec<(String, Placed<GroupEntry>)> = GROUPS;
        cameras: Vec<Placed<CameraEntry>> = CAMERAS;
        zones: Vec<Placed<ZoneEntry>> = ZONES;
        overrides: Vec<Placed<OverrideEntry>> = OVERRIDES;
        permits: Vec<Placed<PermitEntry>> = PERMITS;
        frames: Vec<Placed<FrameEntry>> = FRAMES;
        homographies: Vec<Placed<HomographyEntry>> = HOMOGRAPHIES;
        views: Vec<Placed<ViewEntry>> = VIEWS;
    }
}

section! {
    /// An included list.
    pub(crate) struct ListFile {
        /// Further lists.
        include: Vec<Placed<String>> = Or(INCLUDE, "[]");
        groups: Vec<(String, Placed<GroupEntry>)> = GROUPS;
        cameras: Vec<Placed<CameraEntry>> = CAMERAS;
        zones: Vec<Placed<ZoneEntry>> = ZONES;
        overrides: Vec<Placed<OverrideEntry>> = OVERRIDES;
        permits: Vec<Placed<PermitEntry>> = PERMITS;
        frames: Vec<Placed<FrameEntry>> = FRAMES;
        homographies: Vec<Placed<HomographyEntry>> = HOMOGRAPHIES;
        views: Vec<Placed<ViewEntry>> = VIEWS;
    }
}

/// Everything in the lists of all files.
#[derive(Default)]
pub(crate) struct Lists {
    pub(crate) groups: Vec<(String, Placed<GroupEntry>)>,
    pub(crate) cameras: Vec<Placed<CameraEntry>>,
    pub(crate) zones: Vec<Placed<ZoneEntry>>,
    pub(crate) overrides: Vec<Placed<OverrideEntry>>,
    pub(crate) permits: Vec<Placed<PermitEntry>>,
    pub(crate) frames: Vec<Placed<FrameEntry>>,
    pub(crate) homographies: Vec<Placed<HomographyEntry>>,
    pub(crate) views: Vec<Placed<ViewEntry>>,
}

const INCLUDE: List<Where<Text<String>>> = List(
    Where(Text {
        what: "the path of a list, `*` allowed in the file name",
        parse: |text| Ok(text.to_owned()),
    }),
    INCLUDES_MAX,
);
const SERVER: Nested<Server> = nested();
const STORE: Nested<Store> = nested();
const INFERENCE: Nested<Inference> = nested();
const LOOKS: Nested<Looks> = nested();
const INGEST: Nested<Ingest> = nested();
const RULES: Nested<Rules> = nested();
const RECHECK: Nested<Recheck> = nested();
const REVIEW: Nested<Review> = nested();
const SINKS: Nested<SinkLists> = nested();
const DISTRICT: Nested<DistrictEntry> = nested();
const SCHEDULES: Any<Named<ScheduleEntry>> = Any(named("market", SCHEDULES_MAX));
const GROUPS: Any<Named<GroupEntry>> = Any(named("north", GROUPS_MAX));
const CAMERAS: Any<Tables<CameraEntry>> = Any(tables(CAMERAS_MAX));
const ZONES: Any<Tables<ZoneEntry>> = Any(tables(ZONES_MAX));
const OVERRIDES: Any<Tables<OverrideEntry>> = Any(tables(OVERRIDES_MAX));
const PERMITS: Any<Tables<PermitEntry>> = Any(tables(PERMITS_MAX));
const FRAMES: Any<Tables<FrameEntry>> = Any(tables(FRAMES_MAX));
const HOMOGRAPHIES: Any<Tables<HomographyEntry>> = Any(tables(HOMOGRAPHIES_MAX));
const VIEWS: Any<Tables<ViewEntry>> = Any(tables(views::LIST_MAX));

section! {
    /// Defaults for the cameras of a group. A key that a camera sets itself wins.
    pub(crate) struct GroupEntry {
        /// URL of the group's cameras that have none of their own; `{id}` stands for the camera's id.
        url_template: Option<Placed<String>> =
            Optional(Where(CAMERA_URL), "\"rtsp://gateway.example:554/live/{id}\"");
        /// Instead of a template: an HTTP endpoint that answers a GET with the URL of the camera `{id}`, for platforms whose
        /// URLs expire. It is asked before each session, within the group's `dials_max`.
        url_provider: Option<Placed<String>> =
            Optional(Where(PROVIDER_URL), "\"https://platform.example/api/play?device={id}\"");
        /// Where in the provider's JSON answer the URL is (RFC 6901). Default: the answer is the URL and nothing else.
        url_pointer: Option<Placed<String>> = Optional(Where(POINTER), "\"/data/rtsp\"");
        /// Environment variable that holds the provider's token; sent as `Authorization: Bearer`.
        url_token_env: Option<Placed<String>> = Optional(Where(ENV_NAME), "\"CURBWATCH_PLATFORM_TOKEN\"");
        /// File that holds the provider's token and nothing else.
        url_token_file: Option<Placed<PathBuf>> =
            Optional(Where(SECRET_FILE), "\"/run/secrets/curbwatch-platform-token\"");
        /// User name at the cameras.
        user: Option<String> = Optional(USER, "\"viewer\"");
        /// Environment variable that holds the password.
        password_env: Option<Placed<String>> = Optional(Where(ENV_NAME), "\"CURBWATCH_NORTH_PASSWORD\"");
        /// File that holds the password and nothing else; a newline at its end is ignored.
        password_file: Option<Placed<PathBuf>> =
            Optional(Where(SECRET_FILE), "\"/run/secrets/curbwatch-north\"");
        /// How packets travel. Default: `auto`, TCP first and UDP when the camera refuses it.
        transport: Option<Transport> = Shown(Choice(&Transport::NAMES), "\"tcp\"");
        /// Which pictures are decoded, where sessions stay. Default: `auto`, keyframes, and every picture of a camera that
        /// sends no keyframe for 30 s (or three looks) though packets come, within `looks.flow_cameras_max`.
        pictures: Option<Pictures> = Optional(Choice(&Pictures::NAMES), "\"keyframes\"");
        /// Seconds between two looks at one camera, where sessions stay. Default: `looks.look_every_secs`.
        look_every_secs: Option<Placed<f64>> = Optional(Where(LOOK_EVERY), "30.0");
        /// `stay`: sessions stay up. `patrol`: connect, look, leave, for platforms with fewer sessions than cameras.
        mode: Option<Mode> = Shown(Choice(&Mode::NAMES), "\"stay\"");
        /// Patrol: seconds from one visit of a camera to the next, as wished (default: 300). `curbwatch check` says
        /// whether the sessions suffice for it.
        revisit_secs: Option<f64> = Optional(REVISIT, "300.0");
        /// Patrol: looks of a visit (default: 1). Two tell standing from passing at the first visit already.
        visit_looks: Option<u32> = Optional(VISIT_LOOKS, "2");
        /// Patrol: seconds between two looks of a visit, at least (default: 3).
        visit_spacing_secs: Option<f64> = Optional(VISIT_SPACING, "3.0");
        /// Patrol: seconds from the answer to PLAY after which a visit is over, whatever came (default: 30).
        visit_secs_max: Option<f64> = Optional(VISIT_MAX, "30.0");
        /// Patrol: where not everybody can be visited as often as wished, a camera of 2 waits half as long as one of 1
        /// (default: 1).
        priority: Option<u32> = Optional(PRIORITY, "2");
        /// Cameras of the group dialled at the same time. Default: as many as one host allows.
        dials_max: Option<usize> = Optional(whole(1, 4096), "8");
        /// Sessions of the group at the same time, for platforms that allow no more; cameras beyond wait for one.
        sessions_max: Option<usize> = Optional(whole(1, 20_000), "64");
    }
}

section! {
    /// A camera. In a CSV list the same keys are the columns.
    pub(crate) struct CameraEntry {
        /// The operator's own name for it or its 20-digit GB/T 28181 id: letters, digits, `-`, `_`, `.`, `:`.
        id: Placed<CameraId> = Required(Where(CAMERA_ID), "\"04254\"");
        /// What people call it.
        name: Option<String> = Shown(NAME, "\"Albert Embankment\"");
        /// RTSP address, without user and password. Absent (and neither `url_template` nor `url_provider` in its
        /// group): the camera is only replayed from footage.
        url: Option<Placed<String>> = Shown(Where(CAMERA_URL), "\"rtsp://192.0.2.17:554/stream2\"");
        /// User name at the camera. With this or a password of its own, nothing of the group's login is used.
        user: Option<String> = Optional(USER, "\"viewer\"");
        /// Environment variable that holds the password.
        password_env: Option<Placed<String>> = Optional(Where(ENV_NAME), "\"CURBWATCH_04254_PASSWORD\"");
        /// File that holds the password and nothing else; a newline at its end is ignored.
        password_file: Option<Placed<PathBuf>> =
            Optional(Where(SECRET_FILE), "\"/run/secrets/curbwatch-04254\"");
        /// How packets travel. Default: the group's, else `auto`.
        transport: Option<Transport> = Optional(Choice(&Transport::NAMES), "\"udp\"");
        /// Which pictures are decoded, where the session stays; `all` saves a camera that never sends keyframes the 30 s in
        /// which they are waited for. Default: the group's, else `auto`.
        pictures: Option<Pictures> = Optional(Choice(&Pictures::NAMES), "\"all\"");
        /// Seconds between two looks, where the session stays. Default: the group's, else `looks.look_every_secs`.
        look_every_secs: Option<Placed<f64>> = Optional(Where(LOOK_EVERY), "5.0");
        /// Whether the session stays up or the camera is visited. Default: the group's, else `stay`.
        mode: Option<Mode> = Shown(Choice(&Mode::NAMES), "\"stay\"");
        /// Patrol: seconds from one visit to the next, as wished. Default: the group's, else 300.
        revisit_secs: Option<f64> = Optional(REVISIT, "60.0");
        /// Patrol: looks of a visit. Default: the group's, else 1.
        visit_looks: Option<u32> = Optional(VISIT_LOOKS, "2");
        /// Patrol: seconds between two looks of a visit, at least. Default: the group's, else 3.
        visit_spacing_secs: Option<f64> = Optional(VISIT_SPACING, "5.0");
        /// Patrol: seconds from the answer to PLAY after which a visit is over. Default: the group's, else 30.
        visit_secs_max: Option<f64> = Optional(VISIT_MAX, "60.0");
        /// Patrol: its weight where not everybody can be visited as often as wished. Default: the group's, else 1.
        priority: Option<u32> = Optional(PRIORITY, "3");
        /// The base view: the one the camera shows unless it was turned.
        view: ViewId = Or(VIEW_ID, "\"main\"");
        /// The group whose defaults apply.
        group: Option<Placed<String>> = Shown(Where(NAME), "\"north\"");
    }
}

section! {
    /// A zone: a polygon with a meaning, in one view of one camera.
    pub(crate) struct ZoneEntry {
        /// The camera.
        camera: Placed<CameraId> = Required(Where(CAMERA_ID), "\"04254\"");
        /// The view it is drawn in. Default: the camera's base view; any other one has a picture in `[[views]]`.
        view: Option<Placed<ViewId>> = Optional(Where(VIEW_ID), "\"main\"");
        /// Its name within the camera; the same zone may be drawn in several views.
        id: Placed<ZoneId> = Required(Where(ZONE_ID), "\"kerb_lane\"");
        /// What it means. `no_parking`: motor vehicles must not stand here. `legal_bay`: cut out of `no_parking`.
        /// `carriageway`: moving or queueing traffic. `ignore`: nothing here is judged. `frontage`: before a shop, from
        /// the shop line outwards, one zone a shop. `road_public`: nobody may peddle here; `permitted_market` is cut out of
        /// it. `no_parking_bikes`: bicycles must not be left about here; `tactile_path`, `fire_lane`: not even one;
        /// `bike_rack` is cut out of all three. `public_ground`: has to be clean and clear; `bin_apron` is cut out of it
        /// for garbage, `construction_site` and `loading_bay` for materials.
        kind: ZoneKind = Required(Choice(&ZoneKind::NAMES), "\"no_parking\"");
        /// Corners `[x, y]` in order, each 0 to 1 of the picture's width and height, y down.
        polygon: Polygon = Required(Corners, "[[0.0, 0.55], [0.7, 0.1], [0.75, 0.13], [0.0, 0.86]]");
        /// Legal dwell here, in seconds. Default: the class's rule. Legal dwells are 1 to 60 minutes; below a
        /// minute is for demonstrations.
        dwell_secs: Option<u32> = Optional(whole(10, 3600), "600");
        /// When it is in force: a `[schedules.NAME]`. Absent: always. Outside its hours a zone that forbids forbids
        /// nothing and one that is cut out is not cut out; a dwell counts from their beginning.
        schedule: Option<Placed<String>> = Optional(SCHEDULE, "\"market\"");
    }
}

section! {
    /// Where case candidates go.
    pub(crate) struct SinkLists {
        jsonl: Vec<Placed<JsonlEntry>> = JSONL;
        webhook: Vec<Placed<WebhookEntry>> = WEBHOOK;
    }
}

const JSONL: Any<Tables<JsonlEntry>> = Any(tables(SINKS_MAX));
const WEBHOOK: Any<Tables<WebhookEntry>> = Any(tables(SINKS_MAX));

section! {
    /// A file that gets one JSON object a line.
    pub(crate) struct JsonlEntry {
        /// Name of the sink, one among all sinks.
        name: Placed<String> = Required(Where(NAME), "\"archive\"");
        /// The file; made when it does not exist, appended to when it does.
        path: Placed<PathBuf> = Required(Where(FilePath(Must::Nothing)), "\"cases.jsonl\"");
    }
}

section! {
    /// A case system that takes CloudEvents by HTTP POST.
    pub(crate) struct WebhookEntry {
        /// Name of the sink, one among all sinks.
        name: Placed<String> = Required(Where(NAME), "\"case-system\"");
        /// Address, without user, password or token.
        url: String = Required(WEBHOOK_URL, "\"https://cases.example/api/candidates\"");
        /// Environment variable that holds the token; sent as `Authorization: Bearer`.
        token_env: Option<Placed<String>> = Optional(Where(ENV_NAME), "\"CURBWATCH_CASE_TOKEN\"");
        /// File that holds the token and nothing else.
        token_file: Option<Placed<PathBuf>> =
            Optional(Where(SECRET_FILE), "\"/run/secrets/curbwatch-case-token\"");
        /// Seconds until a delivery without an answer is tried again.
        timeout_secs: f64 = Or(number(0.1, 300.0), "10.0");
    }
}

const LOOK_EVERY: Number<f64> = number(0.2, 86_400.0);
const REVISIT: Number<f64> = number(1.0, 86_400.0);
const VISIT_LOOKS: Whole<u32> = whole(1, 20);
const VISIT_SPACING: Number<f64> = number(0.0, 600.0);
const VISIT_MAX: Number<f64> = number(1.0, 3600.0);
const PRIORITY: Whole<u32> = whole(1, 100);
const CAMERA_URL: Text<String> = Text {
    what: "an rtsp:// URL",
    parse: url::camera,
};
const PROVIDER_URL: Text<String> = Text {
    what: "an http:// or https:// URL",
    parse: url::provider,
};
const POINTER: Text<String> = Text {
    what: "a JSON pointer",
    parse: pointer,
};
const WEBHOOK_URL: Text<String> = Text {
    what: "an http:// or https:// URL",
    parse: url::webhook,
};
const USER: Text<String> = Text {
    what: "a user name",
    parse: name,
};
const ENV_NAME: Text<String> = Text {
    what: "the name of an environment variable",
    parse: env_name,
};
/// Read, and checked, where the secret is resolved: its path is in no message.
const SECRET_FILE: FilePath = FilePath(Must::Nothing);

/// RFC 6901 3: what a program can tell without the document.
fn pointer(text: &str) -> Result<String, Refusal> {
    if !text.starts_with('/') || text.len() > 256 || text.chars().any(char::is_control) {
        return refuse(
            "is no JSON pointer",
            "begin each step with /, like \"/data/rtsp\"",
        );
    }
    Ok(text.to_owned())
}

/// POSIX asks for capitals, digits and underscore (IEEE 1003.1 8.1). Holding on to it keeps a password
/// that was written here by mistake out of the messages.
fn env_name(text: &str) -> Result<String, Refusal> {
    let good = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if text.is_empty()
        || text.len() > 128
        || !text.chars().all(good)
        || text.starts_with(|c: char| c.is_ascii_digit())
    {
        return refuse(
            "is no name of an environment variable",
            "write the variable's name (A-Z, 0-9, _), never the secret itself",
        );
    }
    Ok(text.to_owned())
}
