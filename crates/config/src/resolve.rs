//! What the entries of all files mean together: groups, logins, zones, names that must be one.
//!
//! Not for: single values (`form`) or files (`load`).

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::path::PathBuf;

use curbwatch_types::{CameraId, Origin, Secret, ViewId, ViolationClass, Zone, ZoneId};

use crate::clocks::Clocks;
use crate::config::{
    Camera, Config, Group as Shared, JsonlSink, Sinks, Tuning, UrlProvider, WebhookSink, ZoneHours,
};
use crate::form::Placed;
use crate::known::{HINT_NAMES_MAX, known_camera};
use crate::lists::{CameraEntry, GroupEntry, Lists, MainFile, SinkLists, WebhookEntry, ZoneEntry};
use crate::nearest::nearest;
use crate::node::Table;
use crate::places::Places;
use crate::problem::{Context, Place};
use crate::rules::{PARAMETERS, Rules};
use crate::schedules::Schedules;
use crate::secrets::secret;
use crate::section::{At, Section};
use crate::settings::Ingest;
use crate::views::{self, known_view};
use crate::{frames, homographies, overrides, patrol, permits, providers, url};

/// Resolves everything; `None` when the settings could not be read.
pub(crate) fn config(
    main: Option<MainFile>,
    lists: Lists,
    places: &Places<'_>,
    cx: &mut Context<'_>,
) -> Option<Config> {
    let look_every_secs = main.as_ref().map_or(1.0, |m| m.looks.look_every_secs);
    let rules = match &main {
        Some(main) => main.rules.clone(),
        None => built_in_rules(places, cx)?,
    };
    let mut cameras = cameras(&lists, look_every_secs, &rules, cx);
    // Without the main file's settings nobody knows its schedules and rules: what refers to them is not checked.
    let schedules = main
        .as_ref()
        .map(|m| Schedules::resolve(&m.district, &m.schedules, cx));
    let by_id = by_id(&cameras);
    views::resolve(lists.views, &mut cameras, &by_id, cx);
    zones(lists.zones, &mut cameras, &by_id, schedules.as_ref(), cx);
    let (main, schedules) = (main?, schedules?);
    let mut groups: Vec<&str> = lists.groups.iter().map(|(name, _)| name.as_str()).collect();
    groups.sort_unstable();
    let said = said(places);
    overrides::resolve(
        &lists.overrides,
        &groups,
        (&main.rules, &said),
        &mut cameras,
        &by_id,
        cx,
    );
    permits::resolve(lists.permits, &mut cameras, &by_id, &schedules, cx);
    let frames = frames::resolve(lists.frames, cx);
    homographies::resolve(&lists.homographies, &frames, &mut cameras, &by_id, cx);
    check_ingest(&main.ingest, &places.of(&["ingest", "backoff_min_secs"]), cx);
    check_rules(&main.rules, places, cx);
    Some(Config {
        sinks: sinks(main.sinks, cx),
        server: main.server,
        store: main.store,
        inference: main.inference,
        looks: main.looks,
        ingest: main.ingest,
        rules: main.rules,
        recheck: main.recheck,
        review: main.review,
        clocks: schedules.clocks.unwrap_or_else(Clocks::utc),
        groups: shared(&lists.groups),
        frames,
        cameras,
    })
}

fn built_in_rules(places: &Places<'_>, cx: &mut Context<'_>) -> Option<Rules> {
    let at = At {
        path: "rules",
        place: places.start,
    };
    Rules::read(&at, &Table::default(), cx)
}

/// What the cameras of each group share; a group that stands twice was reported.
fn shared(groups: &[(String, Placed<GroupEntry>)]) -> BTreeMap<String, Shared> {
    let shared = |group: &GroupEntry| Shared {
        dials_max: group.dials_max,
        sessions_max: group.sessions_max,
    };
    let named = groups.iter().rev();
    named
        .map(|(name, group)| (name.clone(), shared(&group.value)))
        .collect()
}

fn check_ingest(ingest: &Ingest, place: &Place, cx: &mut Context<'_>) {
    if ingest.backoff_min_secs > ingest.backoff_max_secs {
        cx.report(
            place,
            "`ingest.backoff_min_secs` is above `ingest.backoff_max_secs`",
            "make the shortest wait the smaller one",
        );
    }
}

fn check_rules(rules: &Rules, places: &Places<'_>, cx: &mut Context<'_>) {
    let (front, parking, vendor) = (
        &rules.street_front_trading,
        &rules.illegal_motor_parking,
        &rules.itinerant_vendor,
    );
    let (bikes, garbage, piles) = (
        &rules.disorderly_nonmotor_parking,
        &rules.exposed_garbage,
        &rules.piled_materials,
    );
    let stages = [
        ("street_front_trading", front.stationary_secs, front.dwell_secs),
        (
            "illegal_motor_parking",
            parking.stationary_secs,
            parking.dwell_secs,
        ),
        ("itinerant_vendor", vendor.stationary_secs, vendor.dwell_secs),
        (
            "disorderly_nonmotor_parking",
            bikes.stationary_secs,
            bikes.dwell_secs,
        ),
        ("exposed_garbage", garbage.stationary_secs, garbage.dwell_secs),
        ("piled_materials", piles.stationary_secs, piles.dwell_secs),
    ];
    for (class, stationary_secs, dwell_secs) in stages {
        if stationary_secs > dwell_secs {
            cx.report(
                &places.of(&["rules", class, "stationary_secs"]),
                format!("`rules.{class}.stationary_secs` is above its `dwell_secs`"),
                "the dwell holds the stationary time: make it the larger one",
            );
        }
    }
}

/// Things that must be one of a kind, with the place of the first.
struct Once<K> {
    first: HashMap<K, Place>,
}

impl<K: Hash + Eq> Once<K> {
    fn new() -> Self {
        Self {
            first: HashMap::new(),
        }
    }

    /// Whether `key` is new; reports it when it is not.
    fn admit(&mut self, key: K, what: &str, place: &Place, hint: &str, cx: &mut Context<'_>) -> bool {
        if let Some(first) = self.first.get(&key) {
            let message = format!(
                "{what} is defined twice, first at {}:{}",
                first.file.display(),
                first.line
            );
            cx.report(place, message, hint);
            return false;
        }
        self.first.insert(key, place.clone());
        true
    }
}

/// A group, its login and its provider, read once for all its cameras.
struct Group<'l> {
    entry: &'l Placed<GroupEntry>,
    password: Option<Secret>,
    provider: Option<UrlProvider>,
}

fn cameras(lists: &Lists, look_every_secs: f64, rules: &Rules, cx: &mut Context<'_>) -> Vec<Camera> {
    let mut once = Once::new();
    let mut groups: HashMap<&str, Group<'_>> = HashMap::new();
    for (name, group) in &lists.groups {
        let what = format!("the group `{name}`");
        if !once.admit(name.as_str(), &what, &group.place, "join the two tables", cx) {
            continue;
        }
        let entry = &group.value;
        let (env, file) = (entry.password_env.as_ref(), entry.password_file.as_ref());
        let password = password(entry.user.as_deref(), env, file, cx);
        patrol::check_group(name, group, cx);
        let provider = providers::provider(entry, cx);
        let group = Group {
            entry: group,
            password,
            provider,
        };
        groups.insert(name, group);
    }
    let mut once = Once::new();
    let mut cameras = Vec::with_capacity(lists.cameras.len());
    for Placed { value: entry, .. } in &lists.cameras {
        let what = format!("the camera `{}`", entry.id.value);
        if once.admit(
            entry.id.value.clone(),
            &what,
            &entry.id.place,
            "give each camera an `id` of its own",
            cx,
        ) {
            let group = entry.group.as_ref().and_then(|name| group_of(name, &groups, cx));
            cameras.push(camera(entry, group, look_every_secs, rules, cx));
        }
    }
    cameras
}

fn group_of<'g, 'l>(
    name: &Placed<String>,
    groups: &'g HashMap<&str, Group<'l>>,
    cx: &mut Context<'_>,
) -> Option<&'g Group<'l>> {
    let group = groups.get(name.value.as_str());
    if group.is_none() && !cx.incomplete.iter().any(|list| list == "groups") {
        let mut names: Vec<&str> = groups
            .keys()
            .copied()
            .take(if cx.is_full() { 0 } else { HINT_NAMES_MAX })
            .collect();
        names.sort_unstable();
        let hint = match nearest(&name.value, names.into_iter()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("add a table [groups.{}], or leave `group` out", name.value),
        };
        cx.report_missing(&name.place, format!("there is no group `{}`", name.value), hint);
    }
    group
}

fn camera(
    entry: &CameraEntry,
    group: Option<&Group<'_>>,
    look_every_secs: f64,
    rules: &Rules,
    cx: &mut Context<'_>,
) -> Camera {
    let defaults = group.map(|g| &g.entry.value);
    let own_login = entry.user.is_some() || entry.password_env.is_some() || entry.password_file.is_some();
    let (user, password) = if own_login {
        let (env, file) = (entry.password_env.as_ref(), entry.password_file.as_ref());
        let password = password(entry.user.as_deref(), env, file, cx);
        (entry.user.clone(), password)
    } else {
        (
            defaults.and_then(|d| d.user.clone()),
            group.and_then(|g| g.password.clone()),
        )
    };
    let placed = group.map(|g| g.entry);
    let (look_every_secs, patrol) = patrol::resolve(entry, placed, look_every_secs, cx);
    let template = defaults.and_then(|d| d.url_template.as_ref());
    let own_url = entry.url.as_ref();
    Camera {
        id: entry.id.value.clone(),
        name: entry.name.clone(),
        url: own_url
            .or(template)
            .and_then(|url| expand(url, &entry.id.value, cx)),
        provider: own_url
            .is_none()
            .then(|| group.and_then(|g| g.provider.clone()))
            .flatten(),
        user,
        password,
        transport: entry
            .transport
            .or(defaults.and_then(|d| d.transport))
            .unwrap_or_default(),
        pictures: entry
            .pictures
            .or(defaults.and_then(|d| d.pictures))
            .unwrap_or_default(),
        look_every_secs,
        patrol,
        view: entry.view.clone(),
        views: Vec::new(),
        group: entry.group.as_ref().map(|g| g.value.clone()),
        zones: Vec::new(),
        hours: Vec::new(),
        permits: Vec::new(),
        rules: rules.clone(),
        tunings: Vec::new(),
        zone_rules: Vec::new(),
        grounds: Vec::new(),
    }
}

/// The URL with the camera's id for `{id}`. An id may hold `:` and letters of any script, so what
/// comes out is checked like a URL that was written.
fn expand(url: &Placed<String>, id: &CameraId, cx: &mut Context<'_>) -> Option<String> {
    let expanded = url.value.replace("{id}", id.as_str());
    match url::expanded(&expanded) {
        Ok(url) => Some(url),
        Err(refusal) => {
            cx.report(
                &url.place,
                format!("the URL of the camera `{id}` {}", refusal.message),
                refusal.hint,
            );
            None
        }
    }
}

/// The password of a login; one without a user is reported.
fn password(
    user: Option<&str>,
    env: Option<&Placed<String>>,
    file: Option<&Placed<PathBuf>>,
    cx: &mut Context<'_>,
) -> Option<Secret> {
    if let (None, Some(place)) = (user, env.map(|e| &e.place).or(file.map(|f| &f.place))) {
        cx.report(
            place,
            "there is a password but no `user`",
            "add `user = \"...\"` beside it",
        );
    }
    secret("password", env, file, cx)
}

/// The parameters that the classes' own tables name.
fn said(places: &Places<'_>) -> Vec<Tuning> {
    let of_class = |(class, table): (ViolationClass, &'static str)| {
        let given = move |name: &&'static str| places.says(&["rules", table, name]);
        PARAMETERS.into_iter().filter(given).map(move |name| Tuning {
            class,
            name,
            origin: Origin::Class,
        })
    };
    ViolationClass::NAMES.into_iter().flat_map(of_class).collect()
}

fn by_id(cameras: &[Camera]) -> HashMap<CameraId, usize> {
    let ids = cameras.iter().map(|camera| camera.id.clone());
    ids.zip(0..).collect()
}

fn zones(
    entries: Vec<Placed<ZoneEntry>>,
    cameras: &mut [Camera],
    by_id: &HashMap<CameraId, usize>,
    schedules: Option<&Schedules>,
    cx: &mut Context<'_>,
) {
    let mut once: Once<(CameraId, ViewId, ZoneId)> = Once::new();
    for Placed { value: entry, .. } in entries {
        let what = format!("the zone `{}`", entry.id.value);
        let schedule = schedules.and_then(|s| s.named(entry.schedule.as_ref(), cx));
        let Some(index) = known_camera(&entry.camera, &what, cameras, by_id, cx) else {
            continue;
        };
        let camera = &mut cameras[index];
        let view = match entry.view {
            // It is drawn all the same: what else is of it is not blamed.
            Some(view) => {
                let _reported = known_view(camera, (&view.value, &view.place), &what, cx);
                view.value
            }
            None => camera.view.clone(),
        };
        let key = (camera.id.clone(), view.clone(), entry.id.value.clone());
        let what = format!(
            "the zone `{}` of camera `{}` in view `{view}`",
            entry.id.value, camera.id
        );
        if once.admit(
            key,
            &what,
            &entry.id.place,
            "give each zone of a view an `id` of its own",
            cx,
        ) {
            camera.hours.extend(schedule.map(|schedule| ZoneHours {
                zone: entry.id.value.clone(),
                view: view.clone(),
                schedule,
            }));
            camera.zones.push(Zone {
                id: entry.id.value,
                view,
                kind: entry.kind,
                polygon: entry.polygon,
                dwell_secs: entry.dwell_secs,
            });
        }
    }
}

fn sinks(lists: SinkLists, cx: &mut Context<'_>) -> Sinks {
    let mut names = Once::new();
    let mut paths = Once::new();
    let mut sinks = Sinks::default();
    for Placed { value: entry, .. } in lists.jsonl {
        admit_name(&mut names, &entry.name, cx);
        let what = format!("a sink to {}", entry.path.value.display());
        paths.admit(
            entry.path.value.clone(),
            &what,
            &entry.path.place,
            "write each sink to a file of its own",
            cx,
        );
        sinks.jsonl.push(JsonlSink {
            name: entry.name.value,
            path: entry.path.value,
        });
    }
    for Placed { value: entry, .. } in lists.webhook {
        admit_name(&mut names, &entry.name, cx);
        sinks.webhook.push(webhook(entry, cx));
    }
    sinks
}

fn admit_name(names: &mut Once<String>, name: &Placed<String>, cx: &mut Context<'_>) {
    let what = format!("the sink `{}`", name.value);
    names.admit(
        name.value.clone(),
        &what,
        &name.place,
        "give each sink a `name` of its own",
        cx,
    );
}

fn webhook(entry: WebhookEntry, cx: &mut Context<'_>) -> WebhookSink {
    WebhookSink {
        token: secret("token", entry.token_env.as_ref(), entry.token_file.as_ref(), cx),
        name: entry.name.value,
        url: entry.url,
        timeout_secs: entry.timeout_secs,
    }
}
