//! For engineers: camera farm, evaluation, throughput benchmark; never shipped.
fn main() {}
