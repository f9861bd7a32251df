//! The page: plain HTML made of facts, every text escaped.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use curbwatch_case::{CaseDetail, CaseSummary, Coverage, Outbox, Review, rfc3339};
use curbwatch_engine::{Budget, CameraStatus, View};
use curbwatch_types::{CameraState, IncidentChange, Measured, Wall};

use super::patrol::in_words;

/// Hosts and groups on the page.
const PLATFORMS_SHOWN: usize = 100;

const STYLE: &str = "
body{font:15px/1.45 system-ui,'Noto Sans CJK SC','WenQuanYi Micro Hei',sans-serif;margin:1.5rem auto;max-width:72rem;padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.4rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}p{margin:.3rem 0}
.quiet{color:#5b6570}.number{text-align:right;font-variant-numeric:tabular-nums}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #e3e7eb;vertical-align:top}
th{font-weight:600;color:#5b6570;font-size:.85rem}td img{display:block;width:120px;background:#eee}
.state{display:inline-block;padding:0 .5rem;border-radius:.6rem;font-size:.85rem;background:#fde7c8}
.label{display:inline-block;padding:0 .4rem;border:1px solid #9aa4ae;border-radius:.3rem;font-size:.8rem}
.label.real{border-color:#2e7d4f}.label.weak{border-style:dashed}code{background:#eef1f4;padding:0 .3rem;border-radius:.2rem}
.good{background:#d6f0dc}.bad{background:#f9d4d2}
.cases{display:grid;grid-template-columns:repeat(auto-fill,minmax(20rem,1fr));gap:1rem}
.case{border:1px solid #e3e7eb;border-radius:.5rem;overflow:hidden}.case img{width:100%;display:block;background:#eee}
.case div{padding:.5rem .8rem}.row{display:flex;gap:1rem;flex-wrap:wrap}.row figure{margin:0;flex:1 1 20rem}.row img{width:100%}
a{color:#0b57d0;text-decoration:none}a:hover{text-decoration:underline}
@media(prefers-color-scheme:dark){body{background:#14171a;color:#e6e8ea}.quiet,th{color:#9aa4ae}th,td,.case{border-color:#2c3238}.state{background:#5a4320}code{background:#2c3238}.good{background:#1e4a2b}.bad{background:#5b2422}a{color:#8ab4f8}}
";

/// Cameras and newest cases.
pub(super) fn overview(
    view: &View,
    cases: &[CaseSummary],
    outbox: &Outbox,
    coverage: &[Coverage],
    now: Wall,
) -> String {
    let cameras = view.board.cameras();
    let live = cameras
        .iter()
        .filter(|camera| camera.state == CameraState::Live)
        .count();
    let mut html = head("Curbwatch", true);
    let _ = write!(
        html,
        "<h1>Curbwatch</h1><p class=quiet>{live} of {} cameras live · {} looks · model {} on {} · \
         outbox: {} delivered, {} waiting{}</p>{}",
        cameras.len(),
        view.metrics.looks_observed.get(),
        escape(&view.model),
        escape(&view.provider),
        outbox.delivered,
        outbox.pending,
        if outbox.parked > 0 {
            format!(", <b>{} refused by a consumer</b>", outbox.parked)
        } else {
            String::new()
        },
        waiting(outbox),
    );
    for sink in &outbox.sinks {
        if let Some(problem) = &sink.problem {
            let _ = write!(
                html,
                "<p><span class='state bad'>{}</span> {}</p>",
                escape(&sink.sink),
                escape(problem)
            );
        }
    }
    let _ = write!(html, "<h2>Cases</h2>");
    if cases.is_empty() {
        html.push_str(
            "<p class=quiet>No case yet. A violation becomes one when it has stood for its legal dwell.</p>",
        );
    }
    html.push_str("<div class=cases>");
    for case in cases {
        card(&mut html, case);
    }
    html.push_str("</div><h2>Cameras</h2><table><tr><th>Last look<th>Camera<th>State<th class=number>Watched, 24 h<th class=number>Looks<th class=number>Open</tr>");
    let of: HashMap<&str, &Coverage> = coverage.iter().map(|c| (c.camera.as_str(), c)).collect();
    for camera in &cameras {
        row(&mut html, camera, of.get(camera.camera.as_str()).copied(), now);
    }
    html.push_str("</table>");
    platforms(&mut html, view);
    html.push_str("</html>\n");
    html
}

/// How far the budgets of dials and sessions are used, where they are bounded.
fn platforms(html: &mut String, view: &View) {
    let budgets = &view.budgets;
    let _ = write!(
        html,
        "<h2>Dials and sessions</h2><p class=quiet>{} of {} dials under way, at most {} at a time so far; {} of {} by cameras that do \
         not answer</p><table><tr><th>Host or group<th class=number>Cameras<th class=number>Dials<th class=number>Sessions<th class=number>Waiting</tr>",
        budgets.dials.in_use(),
        budgets.dials.max(),
        budgets.dials.most(),
        budgets.dead_dials.in_use(),
        budgets.dead_dials.max(),
    );
    let used = |budget: &Option<Arc<Budget>>| {
        budget
            .as_ref()
            .map(|budget| format!("{} of {}", budget.in_use(), budget.max()))
            .unwrap_or_default()
    };
    // One camera with a host of its own has nobody to share with.
    let shared = budgets.shared();
    let crowds = shared.iter().filter(|(_, shared)| shared.cameras > 1);
    for (name, shared) in crowds.take(PLATFORMS_SHOWN) {
        let waiting = shared.sessions.as_ref().map_or(0, |budget| budget.waiting());
        let _ = write!(
            html,
            "<tr><td>{}<td class=number>{}<td class=number>{}<td class=number>{}<td class=number>{waiting}</tr>",
            escape(name),
            shared.cameras,
            used(&shared.dials),
            used(&shared.sessions),
        );
    }
    html.push_str("</table>");
}

/// How many cases wait for a person, and what to do about it.
fn waiting(outbox: &Outbox) -> String {
    match outbox.held_cases {
        0 => String::new(),
        held => format!(
            "<p><span class='state bad'>待审核 {held} held for review</span> not sent until a person lets them go: \
             <code>curbwatch cases list --held</code></p>"
        ),
    }
}

/// How the model was measured for the case's class, beside its title.
fn label(case: &CaseSummary) -> String {
    let Some(measured) = case.measured else {
        return "<span class='label weak'>未记录 not recorded</span>".to_owned();
    };
    let class = match measured {
        Measured::Real => "real",
        Measured::Synthetic | Measured::RuleOnly => "weak",
    };
    format!(
        "<span class='label {class}'>{} {}</span>",
        measured.title(),
        measured.label()
    )
}

/// Where the case stands with the reviewers; nothing when nobody is asked.
fn review(case: &CaseSummary) -> String {
    let (class, title) = match case.review {
        Review::Open => return String::new(),
        Review::Held => (" bad", "待审核"),
        Review::Released => (" good", "已放行"),
        Review::Dismissed => ("", "已驳回"),
    };
    format!(
        " <span class='state{class}'>{title} {}</span>",
        case.review.label()
    )
}

/// What a person said, or can say: the page itself only reads.
fn ruling(case: &CaseSummary) -> String {
    let id = case.id.as_str();
    match (&case.ruling, case.review) {
        (Some(ruling), _) => format!(
            "<p>{} {} {}{}</p>",
            case.review.label(),
            moment(ruling.at),
            escape(
                &ruling
                    .by
                    .as_ref()
                    .map(|by| format!("by {by}"))
                    .unwrap_or_default()
            ),
            escape(
                &ruling
                    .reason
                    .as_ref()
                    .map(|why| format!(": {why}"))
                    .unwrap_or_default()
            ),
        ),
        (None, Review::Held) => format!(
            "<p>Nothing of this case is sent until a person lets it go: \
             <code>curbwatch cases release {id}</code> or \
             <code>curbwatch cases dismiss {id} --reason &quot;…&quot;</code></p>"
        ),
        (None, _) => String::new(),
    }
}

fn card(html: &mut String, case: &CaseSummary) {
    let id = case.id.as_str();
    let _ = write!(html, "<div class=case><a href='/cases/{id}'>");
    if let Some(evidence) = &case.evidence {
        let _ = write!(
            html,
            "<img src='/{}/marked.jpg' alt='marked picture' loading=lazy>",
            escape(evidence)
        );
    }
    let _ = write!(
        html,
        "<div><b>{}</b> {} {}<br><span class='state{}'>{}</span>{}<br>{} / {}<br><span class=quiet>seen {} – {}</span></div></a></div>",
        case.class.title(),
        case.class.name(),
        label(case),
        if case.state.name() == "closed" {
            " good"
        } else {
            ""
        },
        case.state.name(),
        review(case),
        escape(case.camera.as_str()),
        escape(case.zone.as_str()),
        moment(case.first_seen),
        moment(case.last_seen),
    );
}

/// The share of the last day in which the camera was watched, and what took most of the rest.
fn watched(id: &str, coverage: Option<&Coverage>) -> String {
    let Some((coverage, share)) = coverage.and_then(|c| Some((c, c.watched_share()?))) else {
        return String::new();
    };
    let worst = coverage.worst().map(|(cause, millis)| {
        let minutes = millis as f64 / 60_000.0;
        format!("<br><span class=quiet>{} {minutes:.1} min</span>", cause.name())
    });
    format!(
        "<a href='/cameras/{id}/coverage.json'>{:.1} %</a>{}",
        (share * 1000.0).floor() / 10.0,
        worst.unwrap_or_default()
    )
}

fn row(html: &mut String, camera: &CameraStatus, coverage: Option<&Coverage>, now: Wall) {
    let id = escape(camera.camera.as_str());
    html.push_str("<tr><td>");
    if let Some(look) = &camera.last_look {
        let _ = write!(
            html,
            "<img src='/cameras/{id}/thumbnail.png' alt='last look' loading=lazy><span class=quiet>{}<br>{}x{}, {} things{}</span>",
            moment(look.captured_at.at),
            look.size.0,
            look.size.1,
            look.detections,
            look.view
                .as_ref()
                .map_or(String::new(), |view| format!(", view {}", escape(view.as_str()))),
        );
    }
    let class = match camera.state {
        CameraState::Live => " good",
        CameraState::Connecting => "",
        _ => " bad",
    };
    let dropped: Vec<String> = camera
        .dropped
        .iter()
        .map(|(r, n)| format!("{} {n}", r.name()))
        .collect();
    let patrol = camera.patrol.as_ref().map(|patrol| in_words(patrol, now));
    let _ = write!(
        html,
        "<td><b>{id}</b> {}<br><span class=quiet>{}</span><td><span class='state{class}'>{}</span><br>\
         <span class=quiet>since {}<br>{}{}</span><td class=number>{}<td class=number>{}<br><span class=quiet>{}</span><td class=number>{}</tr>",
        escape(camera.name.as_deref().unwrap_or("")),
        escape(&camera.url),
        camera.state.name(),
        moment(camera.since),
        escape(&camera.why),
        patrol.map(|patrol| format!("<br>{patrol}")).unwrap_or_default(),
        watched(&id, coverage),
        camera.looks,
        dropped.join("<br>"),
        camera.open,
    );
}

/// One case with all its changes and pictures.
pub(super) fn case(detail: &CaseDetail, directory: &Path) -> String {
    let summary = &detail.summary;
    let mut html = head(summary.id.as_str(), false);
    let _ = write!(
        html,
        "<p><a href='/'>Curbwatch</a></p><h1>{} {} {} <span class=state>{}</span>{}</h1>{}\
         <p>{} / {} / {}<br><span class=quiet>case {} · due {} · {} looks · best score {:.2}</span></p>",
        summary.class.title(),
        summary.class.name(),
        label(summary),
        summary.state.name(),
        review(summary),
        ruling(summary),
        escape(summary.camera.as_str()),
        escape(summary.view.as_str()),
        escape(summary.zone.as_str()),
        summary.id.as_str(),
        moment(summary.due),
        summary.present_looks,
        summary.best_score.get(),
    );
    for change in detail.changes.iter().rev() {
        let _ = write!(
            html,
            "<h2>{} {}</h2>",
            change.change.map_or("recheck", IncidentChange::name),
            moment(change.decided_at)
        );
        for (sink, state, problem) in &change.deliveries {
            let problem = problem
                .as_deref()
                .map(|p| format!(": {}", escape(p)))
                .unwrap_or_default();
            let _ = write!(
                html,
                "<p class=quiet>{}: {}{problem}</p>",
                escape(sink),
                escape(state)
            );
        }
        let Some(evidence) = &change.evidence else {
            continue;
        };
        html.push_str("<div class=row>");
        for file in pictures(&directory.join(evidence)) {
            let source = format!("/{}/{}", escape(evidence), escape(&file));
            let _ = write!(
                html,
                "<figure><a href='{source}'><img src='{source}' alt='{0}'></a><figcaption class=quiet>{0}</figcaption></figure>",
                escape(&file)
            );
        }
        html.push_str("</div>");
    }
    html.push_str("</html>\n");
    html
}

/// The pictures of one evidence folder, by name.
fn pictures(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| super::pictures::content_type(name) == Some("image/jpeg"))
        .collect();
    names.sort();
    names
}

fn head(title: &str, refreshing: bool) -> String {
    let refresh = if refreshing {
        "<meta http-equiv=refresh content=5>"
    } else {
        ""
    };
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>{refresh}\
         <title>{}</title><style>{STYLE}</style>",
        escape(title)
    )
}

/// `2017-03-09 07:28:55` UTC.
fn moment(at: Wall) -> String {
    rfc3339(at).replace('T', " ").chars().take(19).collect()
}

/// Text as HTML, also within quotes.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use curbwatch_case::{CaseId, Ruling};
    use curbwatch_types::{BBox, CameraId, IncidentChange, Score, ViewId, ViolationClass, ZoneId};

    use super::*;

    #[test]
    fn nothing_escapes_the_escaping() {
        assert_eq!(
            escape("<img src='x' onerror=\"y\">&"),
            "&lt;img src=&#39;x&#39; onerror=&quot;y&quot;&gt;&amp;"
        );
    }

    fn summary(measured: Option<Measured>, review: Review, ruling: Option<Ruling>) -> CaseSummary {
        CaseSummary {
            id: CaseId::new("a1").expect("an id"),
            state: IncidentChange::Opened,
            class: ViolationClass::ExposedGarbage,
            camera: CameraId::new("c0").expect("an id"),
            view: ViewId::new("main").expect("an id"),
            zone: ZoneId::new("kerb").expect("an id"),
            bbox: BBox::new(0.0, 0.0, 1.0, 1.0),
            first_seen: Wall(0),
            due: Wall(0),
            last_seen: Wall(0),
            decided_at: Wall(0),
            present_looks: 2,
            best_score: Score::new(0.5),
            evidence: None,
            measured,
            review,
            ruling,
        }
    }

    #[test]
    fn the_label_stands_beside_the_class_and_what_is_held_says_so() {
        let ruling = |reason: &str| {
            Some(Ruling {
                at: Wall(1_489_053_735_215),
                by: Some("<Li>".into()),
                reason: Some(reason.into()),
            })
        };
        // (label, review, ruling, words of card and page, words of the page alone, words of neither)
        let rows: [(_, _, _, &[&str], &[&str], &[&str]); 4] = [
            (
                Some(Measured::Real),
                Review::Open,
                None,
                &["<span class='label real'>实景验证 measured (real)</span>"],
                &[],
                &["待审核", "cases release"],
            ),
            (
                Some(Measured::Synthetic),
                Review::Held,
                None,
                &["仅合成验证 measured (synthetic)", "待审核 held for review"],
                &[
                    "<code>curbwatch cases release a1</code>",
                    "curbwatch cases dismiss a1",
                ],
                &["class='label real'"],
            ),
            (
                Some(Measured::RuleOnly),
                Review::Dismissed,
                ruling("a <cart>"),
                &["未经验证 rule only", "已驳回 dismissed"],
                &["2017-03-09 10:02:15 by &lt;Li&gt;: a &lt;cart&gt;"],
                &["cases release", "<Li>"],
            ),
            (
                None,
                Review::Released,
                ruling("seen"),
                &["未记录 not recorded", "已放行 released"],
                &[": seen"],
                &["cases release"],
            ),
        ];
        for (measured, review, ruling, both, page, neither) in rows {
            let summary = summary(measured, review, ruling);
            let mut small = String::new();
            card(&mut small, &summary);
            let detail = CaseDetail {
                summary,
                changes: Vec::new(),
            };
            let large = case(&detail, Path::new("nowhere"));
            for words in both {
                assert!(
                    small.contains(words) && large.contains(words),
                    "{words}: {small} {large}"
                );
            }
            for words in page {
                assert!(large.contains(words), "{words}: {large}");
            }
            for words in neither {
                assert!(
                    !small.contains(words) && !large.contains(words),
                    "{words}: {small} {large}"
                );
            }
        }
    }

    #[test]
    fn the_overview_counts_what_waits_for_a_person() {
        let mut outbox = Outbox::default();
        assert_eq!(waiting(&outbox), "");
        outbox.held_cases = 3;
        let said = waiting(&outbox);
        assert!(
            said.contains("待审核 3 held for review") && said.contains("cases list --held"),
            "{said}"
        );
    }

    #[test]
    fn moments_are_short_and_utc() {
        assert_eq!(moment(Wall(1_489_053_735_215)), "2017-03-09 10:02:15");
    }
}
