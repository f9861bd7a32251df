use super::*;

fn at(secs: f64) -> Monotonic {
    Monotonic(Duration::from_secs_f64(secs))
}

fn schedule(n: usize) -> Schedule {
    Schedule::new(&vec![Duration::from_secs(10); n], at(0.0))
}

#[test]
fn first_looks_are_spread_over_the_period() {
    let mut schedule = schedule(4);
    let mut dues = Vec::new();
    for second in 0..10 {
        dues.extend(
            schedule
                .fall_due(at(f64::from(second)))
                .iter()
                .map(|l| l.due.0.as_secs_f64()),
        );
    }
    assert_eq!(dues, [0.0, 2.5, 5.0, 7.5]);
}

#[test]
fn who_waits_longest_goes_first_once_it_has_a_picture() {
    let mut schedule = schedule(2);
    schedule.fall_due(at(5.0));
    assert!(schedule.next_ready().is_none());
    schedule.picture_ready(1, at(5.0));
    assert_eq!(schedule.next_ready().map(|look| look.camera), Some(1));
    schedule.picture_ready(0, at(5.0));
    assert_eq!(schedule.next_ready().map(|look| look.camera), Some(0));
}

#[test]
fn a_look_keeps_its_phase_however_late_it_starts() {
    let mut schedule = schedule(1);
    schedule.fall_due(at(0.0));
    schedule.picture_ready(0, at(5.0));
    schedule.start(0, at(7.0));
    assert_eq!(schedule.next_event(), Some(at(10.0)));
}

#[test]
fn a_look_without_a_picture_is_over_at_its_deadline_and_the_next_one_falls_due() {
    let mut schedule = schedule(1);
    schedule.fall_due(at(0.0));
    assert!(schedule.expire(at(9.9)).is_empty());
    let over = schedule.expire(at(10.0));
    assert_eq!(over.len(), 1);
    assert!(!over[0].1, "no picture was there");
    assert_eq!(schedule.fall_due(at(10.0)).len(), 1);
}

#[test]
fn who_comes_and_goes_leaves_the_others_phase_alone() {
    let mut schedule = schedule(3);
    let dues = |schedule: &mut Schedule, secs| -> Vec<usize> {
        schedule
            .fall_due(at(secs))
            .iter()
            .map(|look| look.camera)
            .collect()
    };
    assert_eq!(dues(&mut schedule, 4.0), [0, 1]);
    assert_eq!(
        schedule.leave(1).map(|look| look.camera),
        Some(1),
        "its look is over"
    );
    assert_eq!(schedule.leave(2), None, "nothing was due");
    schedule.picture_ready(1, at(4.0));
    schedule.pull_forward(1, at(4.0), LookWhy::Due, None);
    assert!(schedule.next_ready().is_none(), "nobody looks at who is away");
    schedule.enter(3, Duration::from_secs(10), at(6.0), at(5.0));
    assert_eq!(dues(&mut schedule, 9.0), [3]);
    assert_eq!(schedule.expire(at(16.0)).len(), 2, "of the first and the new one");
    assert_eq!(dues(&mut schedule, 16.0), [0, 3]);

    // It comes again, to its old place.
    schedule.enter(1, Duration::from_secs(10), at(17.0), at(16.0));
    assert_eq!(dues(&mut schedule, 17.0), [1]);
    assert_eq!((schedule.outstanding(), schedule.drain().len()), (3, 3));
}

#[test]
fn a_shorter_period_holds_at_once_and_a_longer_one_from_the_next_look_on() {
    let every = |secs| Duration::from_secs(secs);
    let mut schedule = schedule(1);
    let look = |schedule: &mut Schedule, secs| {
        schedule.fall_due(at(secs));
        schedule.picture_ready(0, at(secs));
        schedule.start(0, at(secs));
        schedule.next_event()
    };
    assert_eq!(look(&mut schedule, 0.0), Some(at(10.0)));
    schedule.look_every(0, every(2), at(1.0));
    assert_eq!(schedule.next_event(), Some(at(3.0)));
    assert_eq!(look(&mut schedule, 3.0), Some(at(5.0)));
    schedule.look_every(0, every(60), at(4.0));
    assert_eq!(schedule.next_event(), Some(at(5.0)));
    assert_eq!(look(&mut schedule, 5.0), Some(at(65.0)));
    // What was pulled forward stays so.
    schedule.pull_forward(0, at(30.0), LookWhy::Due, None);
    schedule.look_every(0, every(90), at(20.0));
    assert_eq!(schedule.next_event(), Some(at(30.0)));
}

#[test]
fn overload_never_piles_looks_up() {
    let mut schedule = schedule(3);
    for second in 0..100 {
        schedule.fall_due(at(f64::from(second)));
        for camera in 0..3 {
            schedule.picture_ready(camera, at(f64::from(second)));
        }
        schedule.expire(at(f64::from(second)));
        assert!(schedule.outstanding() <= 3);
    }
}

#[test]
fn a_pulled_forward_look_does_not_shift_the_phase() {
    let mut schedule = schedule(1);
    schedule.fall_due(at(0.0));
    schedule.picture_ready(0, at(5.0));
    schedule.start(0, at(0.0));
    schedule.pull_forward(0, at(4.0), LookWhy::Due, None);
    let fallen = schedule.fall_due(at(4.0));
    assert_eq!((fallen[0].why, fallen[0].deadline), (LookWhy::Due, at(14.0)));
    schedule.picture_ready(0, at(5.0));
    schedule.start(0, at(4.0));
    assert_eq!(schedule.next_event(), Some(at(10.0)));

    // Asked for at once again and again: at most four times as often as the routine.
    schedule.pull_forward(0, at(4.1), LookWhy::Due, None);
    assert_eq!(schedule.next_event(), Some(at(6.5)));
}

#[test]
fn a_camera_on_patrol_is_looked_at_when_a_visit_brings_a_picture_and_only_then() {
    let mut schedule = schedule(2);
    schedule.only_visited(0);
    assert_eq!(schedule.next_event(), Some(at(5.0)), "the other one's first look");
    schedule.pull_forward(0, at(1.0), LookWhy::Due, None);
    schedule.picture_ready(0, at(1.0));
    assert!(schedule.fall_due(at(4.0)).is_empty() && schedule.expire(at(4.0)).is_empty());
    let place = Some(BBox::new(0.1, 0.2, 0.3, 0.4));
    let look = schedule
        .visited(0, at(4.0), LookWhy::Recheck, place)
        .expect("due");
    assert_eq!(
        (look.deadline, look.why, look.place),
        (at(14.0), LookWhy::Recheck, place)
    );
    assert!(
        schedule.visited(0, at(4.5), LookWhy::Routine, None).is_none(),
        "it takes this picture"
    );
    assert_eq!(schedule.next_ready(), Some(look));
    schedule.start(0, at(5.0));
    assert!(schedule.next_ready().is_none());
    // A look of a visit can be too late for a worker, too.
    schedule
        .visited(0, at(6.0), LookWhy::Routine, None)
        .expect("due again");
    let over = schedule.expire(at(16.0));
    assert_eq!(over.len(), 1);
    assert!(over[0].1, "a picture was there");
    assert_eq!(schedule.outstanding(), 0);
    // It stays from now on, and is on patrol again while a look waits for a picture: a visit brings it.
    schedule.stays(0, at(20.0));
    assert!(schedule.fall_due(at(20.0)).iter().any(|look| look.camera == 0));
    schedule.only_visited(0);
    assert!(
        schedule.visited(0, at(21.0), LookWhy::Routine, None).is_none() && schedule.next_ready().is_some()
    );
    schedule.start(0, at(21.0));
    assert!(schedule.leave(0).is_none());
    assert!(
        schedule.visited(0, at(22.0), LookWhy::Routine, None).is_none(),
        "it has gone"
    );
}

#[test]
fn a_look_that_waits_for_a_worker_is_hurried_and_one_that_waits_for_a_picture_is_not() {
    let mut schedule = schedule(1);
    schedule.fall_due(at(0.0));
    schedule.picture_ready(0, at(6.0));
    schedule.picture_ready(0, at(9.0)); // a newer picture; the look was ready before
    let look = schedule.next_ready().expect("ready");
    assert!(!look.hurried(at(6.1)), "a keyframe came late, a worker was free");
    assert!(!look.hurried(at(7.25)));
    assert!(look.hurried(at(7.3)), "more than an eighth of ten seconds");
}

#[test]
fn only_routine_looks_take_a_turn() {
    let mut schedule = schedule(1);
    let mut look = |secs: f64, pulled: bool| {
        let place = BBox::new(0.1, 0.2, 0.3, 0.4);
        if pulled {
            schedule.pull_forward(0, at(secs), LookWhy::Due, Some(place));
        }
        schedule.fall_due(at(secs));
        schedule.picture_ready(0, at(secs));
        let look = schedule.next_ready().expect("ready");
        schedule.start(0, at(secs));
        (look.turn, look.place.is_some())
    };
    assert_eq!(look(0.0, false), (0, false));
    assert_eq!(look(4.0, true), (1, true));
    assert_eq!(look(7.0, true), (1, true));
    assert_eq!(look(10.0, false), (1, false));
    assert_eq!(look(20.0, false), (2, false));
}

#[test]
fn overload_is_shared_evenly() {
    // 20 cameras every 10 s want 2 looks/s; one look every second is given: a quarter of the
    // wishes of nobody is starved (Jain's fairness index).
    let n = 20;
    let mut schedule = schedule(n);
    let mut looks = vec![0_f64; n];
    for second in 0..1000 {
        let now = at(f64::from(second));
        schedule.expire(now);
        schedule.fall_due(now);
        for camera in 0..n {
            schedule.picture_ready(camera, now);
        }
        if let Some(look) = schedule.next_ready() {
            schedule.start(look.camera, now);
            looks[look.camera] += 1.0;
        }
    }
    let sum: f64 = looks.iter().sum();
    let squares: f64 = looks.iter().map(|l| l * l).sum();
    let jain = sum * sum / (n as f64 * squares);
    assert!(jain >= 0.98, "Jain's index is {jain:.3}, looks {looks:?}");
}
