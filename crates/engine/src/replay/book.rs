//! How the cameras of a replay were watched: its coverage ledger, kept in memory.

use std::collections::BTreeMap;
use std::time::Duration;

use curbwatch_case::Coverage;
use curbwatch_config::Config;
use curbwatch_ingest::footage::Visit;
use curbwatch_scene::PictureState;
use curbwatch_types::{BlindCause, CameraId, Wall};

use crate::board::why;
use crate::coverage::Watched;

const UNVISITED: (BlindCause, &str) = (BlindCause::Unvisited, "no footage of it");

/// How the cameras were watched: the ledger of a replay, kept in memory.
pub(super) struct Book {
    from: Wall,
    until: Wall,
    pages: BTreeMap<usize, Page>,
}

/// One camera's.
struct Page {
    camera: CameraId,
    watched: Watched,
    /// Visit and time of the latest look.
    latest: (usize, Wall),
}

impl Book {
    /// A page for every camera that is visited, from the first visit of any on.
    pub(super) fn open(config: &Config, visits: &[(usize, Visit)]) -> Self {
        let from = visits
            .iter()
            .map(|(_, visit)| visit.start)
            .min()
            .unwrap_or_default();
        let page = |&(index, _): &(usize, Visit)| {
            let camera = &config.cameras[index];
            let every = Duration::from_secs_f64(camera.look_every_secs);
            let mut watched = Watched::unvisited(camera.id.clone(), every, from);
            watched.stands(Some(UNVISITED), from);
            let page = Page {
                camera: camera.id.clone(),
                watched,
                latest: (usize::MAX, from),
            };
            (index, page)
        };
        Self {
            from,
            until: from,
            pages: visits.iter().map(page).collect(),
        }
    }

    pub(super) fn look(&mut self, camera: usize, visit: usize, at: Wall, judged: PictureState) {
        let Some(page) = self.pages.get_mut(&camera) else {
            return;
        };
        if page.latest.0 != visit {
            page.watched.stands(Some(UNVISITED), page.latest.1);
        }
        page.latest = (visit, at);
        self.until = self.until.max(at);
        if let Some(cause) = BlindCause::of(judged.state) {
            page.watched.stands(Some((cause, judged.why.map_or("", why))), at);
        } else {
            page.watched.usable(at);
            page.watched.stands(Some(UNVISITED), at);
        }
    }

    pub(super) fn close(self) -> Vec<Coverage> {
        let (from, until) = (self.from, self.until);
        let pages = self.pages.into_values().map(|mut page| {
            page.watched.stands(Some(UNVISITED), page.latest.1);
            page.watched.close(until);
            let mut blind_millis = BTreeMap::new();
            let intervals: BTreeMap<Wall, _> = page.watched.drain().map(|row| (row.from, row)).collect();
            for row in intervals.values() {
                *blind_millis.entry(row.cause).or_default() += row.millis();
            }
            Coverage {
                camera: page.camera,
                from,
                until,
                blind_millis,
                intervals: intervals.into_values().collect(),
            }
        });
        pages.collect()
    }
}
