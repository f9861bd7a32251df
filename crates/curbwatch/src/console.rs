//! The console: health, metrics, and one plain page with cameras and cases.
//!
//! It only reads: the board and the metrics are the engine's read models, cases come from a read-only
//! connection, pictures from the evidence folder. There is no login; it listens on loopback unless the
//! operator says otherwise.

mod page;
mod patrol;
mod pictures;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use curbwatch_case::{CaseFilter, CaseId, CaseReader, Coverage, CoverageFilter, LedgerReader};
use curbwatch_engine::View;
use curbwatch_types::Clock;

/// Cases on the page.
const CASES_SHOWN: usize = 50;
/// How far back coverage is told on the page.
const COVERAGE_SHOWN_MILLIS: i64 = 24 * 3_600_000;

/// What the handlers read.
#[derive(Clone)]
struct Console {
    view: View,
    clock: Arc<dyn Clock>,
    directory: Arc<PathBuf>,
}

/// Serves the console until the process ends.
pub(crate) async fn serve(
    listener: std::net::TcpListener,
    view: View,
    clock: Arc<dyn Clock>,
    directory: PathBuf,
) {
    let console = Console {
        view,
        clock,
        directory: Arc::new(directory),
    };
    let routes = Router::new()
        .route("/", get(page))
        .route("/cases/{case}", get(case_page))
        .route("/cameras/{camera}/thumbnail.png", get(thumbnail))
        .route("/cameras/{camera}/coverage.json", get(camera_coverage))
        .route("/patrol.json", get(patrol))
        .route("/evidence/{case}/{change}/{file}", get(evidence))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .layer(axum::middleware::map_response(guard))
        .with_state(console);
    let served = async {
        listener.set_nonblocking(true)?;
        axum::serve(tokio::net::TcpListener::from_std(listener)?, routes).await
    };
    if let Err(cause) = served.await {
        tracing::error!("the console ended: {cause}");
    }
}

/// Nothing but our own styles and pictures, in nobody's frame.
async fn guard(mut response: Response) -> Response {
    const POLICY: &str =
        "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        HeaderName::from_static("referrer-policy"),
        HeaderValue::from_static("no-referrer"),
    );
    response
}

/// Why a page cannot be shown.
enum Refusal {
    NotFound,
    Failed(String),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not found\n").into_response(),
            Self::Failed(line) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{line}\n")).into_response(),
        }
    }
}

/// Runs `read` where it may wait for the disk.
async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let joined = tokio::task::spawn_blocking(read).await;
    joined.unwrap_or_else(|cause| Err(Refusal::Failed(cause.to_string())))
}

fn failed(cause: impl std::fmt::Display) -> Refusal {
    Refusal::Failed(cause.to_string())
}

async fn page(State(console): State<Console>) -> Result<Html<String>, Refusal> {
    let directory = Arc::clone(&console.directory);
    let (cases, outbox, coverage) = blocking(move || {
        let reader = CaseReader::open(&directory).map_err(failed)?;
        let cases = reader
            .list(&CaseFilter {
                limit: CASES_SHOWN,
                ..CaseFilter::default()
            })
            .map_err(failed)?;
        Ok((cases, reader.outbox().map_err(failed)?, coverage(&directory)?))
    })
    .await?;
    Ok(Html(page::overview(
        &console.view,
        &cases,
        &outbox,
        &coverage,
        console.clock.wall(),
    )))
}

/// The last day of every camera, as the ledger has it.
fn coverage(directory: &std::path::Path) -> Result<Vec<Coverage>, Refusal> {
    let reader = LedgerReader::open(directory).map_err(failed)?;
    let known = reader.known_until().map_err(failed)?;
    let filter = CoverageFilter {
        from: known.map(|known| known.plus_millis(-COVERAGE_SHOWN_MILLIS)),
        ..CoverageFilter::default()
    };
    reader.coverage(&filter).map_err(failed)
}

/// One camera's last day as JSON, with its intervals.
async fn camera_coverage(
    State(console): State<Console>,
    Path(camera): Path<String>,
) -> Result<axum::Json<serde_json::Value>, Refusal> {
    let directory = Arc::clone(&console.directory);
    let all = blocking(move || coverage(&directory)).await?;
    let one = all.iter().find(|coverage| coverage.camera.as_str() == camera);
    one.map(|coverage| axum::Json(crate::commands::coverage::row(coverage)))
        .ok_or(Refusal::NotFound)
}

/// How often groups and cameras on patrol are really visited.
async fn patrol(State(console): State<Console>) -> axum::Json<serde_json::Value> {
    axum::Json(patrol::told(&console.view.board.cameras(), console.clock.wall()))
}

async fn case_page(State(console): State<Console>, Path(id): Path<String>) -> Result<Html<String>, Refusal> {
    let id = CaseId::new(&id).map_err(|_| Refusal::NotFound)?;
    let html = blocking(move || {
        let reader = CaseReader::open(&console.directory).map_err(failed)?;
        let detail = reader.show(&id).map_err(failed)?.ok_or(Refusal::NotFound)?;
        Ok(page::case(&detail, &console.directory))
    });
    Ok(Html(html.await?))
}

async fn thumbnail(State(console): State<Console>, Path(camera): Path<String>) -> Result<Response, Refusal> {
    let status = console.view.board.camera(&camera).ok_or(Refusal::NotFound)?;
    let look = status.last_look.ok_or(Refusal::NotFound)?;
    let png = pictures::png(&look.thumbnail).map_err(failed)?;
    Ok((
        [
            (header::CONTENT_TYPE, "image/png"),
            (header::CACHE_CONTROL, "no-store"),
        ],
        png,
    )
        .into_response())
}

async fn evidence(
    State(console): State<Console>,
    Path((case, change, file)): Path<(String, String, String)>,
) -> Result<Response, Refusal> {
    let kind = pictures::content_type(&file).ok_or(Refusal::NotFound)?;
    let path = pictures::evidence_path(&console.directory, &case, &change, &file).ok_or(Refusal::NotFound)?;
    let bytes = blocking(move || std::fs::read(path).map_err(|_| Refusal::NotFound)).await?;
    Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response())
}

/// Ready when cases can be stored and at least one camera delivers.
async fn ready(State(console): State<Console>) -> Response {
    let (live, all) = (console.view.board.live(), console.view.board.cameras().len());
    let storing = console.view.metrics.store_writable.get() == 1;
    let ready = live > 0 && storing;
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let store = if storing { "ok" } else { "cannot be written" };
    (status, format!("cameras live: {live} of {all}\nstore: {store}\n")).into_response()
}

async fn metrics(State(console): State<Console>) -> Result<Response, Refusal> {
    let text = console.view.metrics.text().map_err(failed)?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
