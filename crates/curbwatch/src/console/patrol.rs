//! What is told of cameras on patrol: how often they are wished to be visited, and how often they are.

use curbwatch_engine::{CameraStatus, Revisits, by_group};
use curbwatch_types::Wall;
use serde_json::{Value, json};

/// Groups and cameras as JSON. Times in milliseconds since 1970 UTC, intervals in seconds.
pub(super) fn told(cameras: &[CameraStatus], now: Wall) -> Value {
    let patrolled = || {
        cameras
            .iter()
            .filter_map(|camera| Some((camera, camera.patrol.as_ref()?)))
    };
    let groups = by_group(patrolled().map(|(_, patrol)| patrol), now);
    let groups: Vec<Value> = groups
        .iter()
        .map(|(name, group)| {
            json!({
                "group": (!name.is_empty()).then_some(&**name),
                "cameras": group.cameras,
                "unseen": group.unseen,
                "rounds_per_hour": group.rounds_per_hour,
                "revisits": group.intervals,
                "revisits_kept_share": group.share_within(),
                "worst_secs": group.worst.as_secs_f64(),
            })
        })
        .collect();
    let cameras: Vec<Value> = patrolled()
        .map(|(camera, patrol)| {
            let achieved = patrol.achieved(now);
            json!({
                "camera": camera.camera.as_str(),
                "group": patrol.group.as_deref(),
                "wish_secs": patrol.wish.as_secs_f64(),
                "guaranteed_secs": patrol.guaranteed().as_secs_f64(),
                "visits": patrol.visits,
                "in_vain": patrol.in_vain,
                "last_visit_ms": patrol.last_visit.map(|at| at.0),
                "next_due_ms": patrol.next_due.map(|at| at.0),
                "revisits": achieved.map(|achieved| achieved.intervals),
                "revisits_kept": achieved.map(|achieved| achieved.within),
                "median_secs": achieved.map(|achieved| achieved.median.as_secs_f64()),
                "worst_secs": achieved.map(|achieved| achieved.worst.as_secs_f64()),
            })
        })
        .collect();
    json!({ "now_ms": now.0, "groups": groups, "cameras": cameras })
}

/// One camera's patrol in words.
pub(super) fn in_words(patrol: &Revisits, now: Wall) -> String {
    let wish = patrol.wish.as_secs();
    let ago = |at: Wall| now.millis_since(at).max(0) / 1000;
    let last = match patrol.last_visit {
        Some(at) => format!("last {} s ago", ago(at)),
        None => "not seen yet".to_owned(),
    };
    let next = match patrol.next_due {
        Some(at) if at > now => format!("next in {} s", at.millis_since(now) / 1000),
        Some(at) => format!("due for {} s", ago(at)),
        None => "being visited".to_owned(),
    };
    let achieved = patrol.achieved(now).map(|achieved| {
        format!(
            "; every {} s, at worst {} s",
            achieved.median.as_secs(),
            achieved.worst.as_secs()
        )
    });
    format!(
        "patrol every {wish} s: {last}, {next}{}",
        achieved.unwrap_or_default()
    )
}
