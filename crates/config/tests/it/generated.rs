//! The files under `docs/ref/` that are written from the declarations are the ones committed.

use std::path::Path;

#[test]
fn generated_files_are_not_stale() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (path, want) in curbwatch_config::generated() {
        let found = std::fs::read_to_string(root.join(path)).unwrap_or_default();
        assert!(found == want, "{path} is stale: run `cargo xtask generate`");
    }
}
