//! What the scene says beside incidents: where it wants a look.

use curbwatch_scene::Options;

use crate::crowds::played;

#[test]
fn a_wanted_look_is_about_the_place_that_waits() {
    let rows = [
        (
            "a vehicle, not the one in its bay",
            "every 5s until 0:10: car at kerb, car at bay",
            (0.14, 0.45),
        ),
        (
            "the elder of two",
            "every 5s until 0:10: car at kerb2\nat 0:15: car at kerb2, car at kerb",
            (0.27, 0.45),
        ),
        (
            "where the latest picture shows it",
            "every 10s until 2:30: car at kerb\nevery 10s until 3:20: car at kerb | shift 0.07 0.05",
            (0.21, 0.50),
        ),
    ];
    for (scene, story, want) in rows {
        let (_, street) = played("kerb", &Options::default(), story);
        let middle = street.next_due().expect(scene).place.center();
        let near = (middle.x - want.0).abs() < 0.02 && (middle.y - want.1).abs() < 0.02;
        assert!(near, "{scene}: {middle:?}");
    }
}
