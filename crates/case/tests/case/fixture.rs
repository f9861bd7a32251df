//! Incidents and pictures for the tests of this crate.
use std::sync::Arc;

use bytes::Bytes;
use curbwatch_case::{CaseChange, Error, EvidenceSet, Gate, ShotPicture, ShotRole, write_evidence};
use curbwatch_types::{
    AccessUnit, BBox, CameraId, CapturedAt, Codec, Epoch, FrameId, GroundPlace, Incident, IncidentChange,
    Measured, MediaTime, Monotonic, Picture, Plane, ResolvedRule, Score, Shot, Taint, ViewId, ViolationClass,
    Wall, Witness, ZoneId,
};

/// 2017-03-09T10:02:15.215Z, when the first patrol clip begins.
pub(crate) const T0: i64 = 1_489_053_735_215;

fn at(secs: i64) -> CapturedAt {
    CapturedAt {
        at: Wall(T0 + secs * 1000),
        uncertainty_ms: 250,
    }
}

/// A change of the case `key`, decided `decided_secs` after [`T0`].
pub(crate) fn incident(key: &str, change: IncidentChange, decided_secs: i64) -> Incident {
    let bbox = BBox::new(0.1, 1.0 / 3.0, 0.25, 0.2);
    let camera = CameraId::new("04254").expect("an id");
    let unit = AccessUnit {
        camera: camera.clone(),
        epoch: Epoch(1),
        codec: Codec::H264,
        keyframe: true,
        taint: Taint::Clean,
        media_time: MediaTime(0),
        received: Monotonic::default(),
        captured_at: at(decided_secs),
        bytes: Bytes::from_static(&[0, 0, 1, 0x65]),
    };
    Incident {
        key: Arc::from(key),
        change,
        class: ViolationClass::IllegalMotorParking,
        camera,
        view: ViewId::new("base").expect("an id"),
        zone: ZoneId::new("kerb-1").expect("an id"),
        bbox,
        first_seen: at(0),
        due: Wall(T0 + 300_000),
        last_seen: at(decided_secs),
        decided_at: at(decided_secs),
        present_looks: 3,
        best_score: Score::new(0.876_543),
        rule: ResolvedRule {
            stationary_secs: 20,
            dwell_secs: 300,
            min_score: 0.35,
            present_looks_min: 2,
            ..ResolvedRule::default()
        },
        model: Arc::from("nanodet-plus@1234abcd"),
        shots: vec![Shot {
            unit,
            bbox,
            score: Score::new(0.8),
        }],
        supersedes: None,
        also: Vec::new(),
        ground: None,
        witnesses: Vec::new(),
    }
}

/// A place in a frame whose origin is known.
pub(crate) fn on_the_ground() -> GroundPlace {
    GroundPlace {
        frame: FrameId::new("junction-7").expect("an id"),
        east_m: 12.5,
        north_m: -3.25,
        spread: [0.5, 0.7, 0.1],
        lon_lat: Some([116.391_3, 39.907_5]),
    }
}

/// A camera that sees the incident, too.
pub(crate) fn witness(camera: &str) -> Witness {
    Witness {
        key: format!("of-{camera}").into(),
        camera: CameraId::new(camera).expect("an id"),
        view: ViewId::new("base").expect("an id"),
        zone: ZoneId::new("kerb-1").expect("an id"),
        bbox: BBox::new(0.5, 0.5, 0.2, 0.1),
        ground: Some(on_the_ground()),
        first_seen: at(10),
        last_seen: at(390),
        joined_at: Wall(T0 + 310_000),
        gone_at: Some(Wall(T0 + 395_000)),
        inherited: false,
    }
}

/// The same as a change without evidence.
pub(crate) fn change(key: &str, change: IncidentChange, decided_secs: i64) -> CaseChange {
    let incident = incident(key, change, decided_secs);
    CaseChange {
        emitted_at: incident.decided_at.at.plus_millis(40),
        incident,
        evidence: None,
        appearance: None,
        measured: Measured::Real,
        gate: Gate::Open,
    }
}

/// A change of a case that waits for a person.
pub(crate) fn held(key: &str, kind: IncidentChange, decided_secs: i64) -> CaseChange {
    CaseChange {
        measured: Measured::Synthetic,
        gate: Gate::Held,
        ..change(key, kind, decided_secs)
    }
}

/// A picture of one colour, 4:2:0, BT.601 limited.
pub(crate) fn picture(width: usize, height: usize, yuv: [u8; 3]) -> Picture {
    let plane = |width: usize, height: usize, value| Plane {
        width,
        height,
        stride: width + 5,
        samples: vec![value; (width + 5) * height],
    };
    let (across, down) = (width.div_ceil(2), height.div_ceil(2));
    Picture {
        width,
        height,
        y: plane(width, height, yuv[0]),
        u: plane(across, down, yuv[1]),
        v: plane(across, down, yuv[2]),
        ..Picture::default()
    }
}

/// Evidence of a change: a latest and an earlier picture.
pub(crate) fn evidence(directory: &std::path::Path, incident: &Incident) -> Result<EvidenceSet, Error> {
    let (latest, earlier) = (picture(97, 65, [128, 90, 160]), picture(97, 65, [60, 128, 128]));
    let shot = |picture, captured_at, role| ShotPicture {
        picture,
        bbox: incident.bbox,
        captured_at,
        role,
    };
    let shots = [
        shot(&earlier, incident.first_seen, ShotRole::Earlier),
        shot(&latest, incident.last_seen, ShotRole::Latest),
    ];
    write_evidence(directory, incident, &shots)
}
