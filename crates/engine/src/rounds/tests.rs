use std::collections::{BTreeSet, HashMap};

use super::*;

fn at(secs: f64) -> Monotonic {
    Monotonic(Duration::from_secs_f64(secs))
}

fn secs(secs: f64) -> Duration {
    Duration::from_secs_f64(secs)
}

fn patrolled(every: f64, priority: u32, pools: &[usize]) -> Patrolled {
    Patrolled {
        every: secs(every),
        priority,
        pools: pools.to_vec(),
    }
}

fn rounds(cameras: &[Patrolled], seats: &[usize]) -> Rounds {
    let mut rounds = Rounds::default();
    for (pool, &seats) in seats.iter().enumerate() {
        rounds.seats(pool, seats);
    }
    for (index, camera) in cameras.iter().enumerate() {
        let phase = index as f64 / cameras.len() as f64;
        rounds.enter(
            index,
            camera.clone(),
            Monotonic(planned(camera.every).mul_f64(phase)),
        );
    }
    rounds
}

/// Small numbers out of a seed (xorshift, Marsaglia 2003): the engine has no source of chance.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// How a camera behaves when it is visited: how long it takes, and how it ends.
type Behaviour<'b> = &'b mut dyn FnMut(CameraIndex, &mut Dice) -> (f64, Ended);

/// What a simulation saw: the beginnings of each camera's visits, in seconds.
struct Played {
    begun: HashMap<CameraIndex, Vec<f64>>,
    most: Vec<usize>,
    most_failing: Vec<usize>,
}

/// Plays `until` seconds in steps of a quarter, with every bound looked at in every step.
fn play(rounds: &mut Rounds, cameras: &[Patrolled], until: f64, seed: u64, behave: Behaviour<'_>) -> Played {
    let mut dice = Dice(seed | 1);
    let mut under_way: Vec<(f64, CameraIndex, Ended)> = Vec::new();
    let mut played = Played {
        begun: HashMap::new(),
        most: vec![0; rounds.pools.len()],
        most_failing: vec![0; rounds.pools.len()],
    };
    for step in 0..(until * 4.0) as u32 {
        let now = f64::from(step) / 4.0;
        let (over, still): (Vec<_>, Vec<_>) = under_way.into_iter().partition(|(end, ..)| *end <= now);
        under_way = still;
        for (_, camera, ended) in over {
            rounds.over(camera, ended, at(now));
        }
        while let Some(visit) = rounds.next(at(now)) {
            let (takes, ended) = behave(visit.camera, &mut dice);
            under_way.push((now + takes, visit.camera, ended));
            played.begun.entry(visit.camera).or_default().push(now);
        }
        let visiting: BTreeSet<CameraIndex> = under_way.iter().map(|(_, camera, _)| *camera).collect();
        assert_eq!(visiting.len(), under_way.len(), "nobody is visited twice at once");
        for (index, pool) in rounds.pools.iter().enumerate() {
            let taken = under_way
                .iter()
                .filter(|(_, camera, _)| cameras[*camera].pools.contains(&index));
            assert_eq!(taken.count(), pool.taken, "seats are given back");
            played.most[index] = played.most[index].max(pool.taken);
            played.most_failing[index] = played.most_failing[index].max(pool.failing);
        }
    }
    played
}

/// The longest time between two visits, the beginning and the end counted in.
fn longest(begun: Option<&Vec<f64>>, until: f64) -> f64 {
    let moments = begun.into_iter().flatten().copied();
    let moments: Vec<f64> = std::iter::once(0.0).chain(moments).chain([until]).collect();
    moments
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .fold(0.0, f64::max)
}

fn looked(_: CameraIndex, dice: &mut Dice) -> (f64, Ended) {
    (2.0 + dice.below(24) as f64 / 4.0, Ended::Looked)
}

#[test]
fn with_seats_enough_everybody_is_visited_within_the_wish() {
    let cameras = vec![patrolled(60.0, 1, &[0]); 20];
    let played = play(&mut rounds(&cameras, &[4]), &cameras, 1200.0, 7, &mut looked);
    for camera in 0..cameras.len() {
        let begun = &played.begun[&camera];
        let worst = begun.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
        assert!(worst <= 60.0, "camera {camera}: {worst} s");
    }
    let first: Vec<f64> = (0..20).map(|camera| played.begun[&camera][0]).collect();
    assert!(
        first.windows(2).all(|pair| pair[0] < pair[1]),
        "first visits are spread: {first:?}"
    );
}

#[test]
fn no_pool_ever_gives_more_seats_than_it_has_and_nobody_starves() {
    for seed in 1..16 {
        let mut dice = Dice(seed * 7919);
        let seats = [1 + dice.below(3) as usize, 1 + dice.below(5) as usize, 3];
        let pools: [&[usize]; 4] = [&[0], &[1], &[0, 1], &[1, 2]];
        let camera = |dice: &mut Dice| {
            let every = [10.0, 30.0, 120.0][dice.below(3) as usize];
            patrolled(every, 1 + dice.below(3) as u32, pools[dice.below(4) as usize])
        };
        let cameras: Vec<Patrolled> = (0..24).map(|_| camera(&mut dice)).collect();
        let until = 6000.0;
        // Every fourth fails now and then, or sees nothing for half a minute.
        let mut behave = |camera: CameraIndex, dice: &mut Dice| match (camera % 4, dice.below(4)) {
            (0, 0) => (15.0, Ended::Failed(secs(dice.below(60) as f64))),
            (0, 1) => (30.0, Ended::Empty),
            _ => looked(camera, dice),
        };
        let played = play(&mut rounds(&cameras, &seats), &cameras, until, seed, &mut behave);
        for (most, seats) in played.most.iter().zip(seats) {
            assert!(*most <= seats, "seed {seed}: {most} of {seats}");
        }
        // How often its seats would have to be there: by so much every wait is stretched.
        let load = |pool: usize| {
            let users = cameras.iter().filter(|camera| camera.pools.contains(&pool));
            let wanted = users.map(|camera| 8.0 * f64::from(camera.priority) / camera.every.as_secs_f64());
            wanted.sum::<f64>() / seats[pool] as f64
        };
        for (index, camera) in cameras.iter().enumerate() {
            let worst = longest(played.begun.get(&index), until);
            let stretch = 1.0 + camera.pools.iter().map(|&pool| load(pool)).sum::<f64>();
            let fair = camera.every.as_secs_f64() / f64::from(camera.priority) * stretch;
            let most = if index.is_multiple_of(4) { 8.0 } else { 3.0 } * fair + 120.0;
            assert!(
                worst < most,
                "seed {seed}: camera {index} waits {worst} s, its share is {fair} s"
            );
        }
    }
}

#[test]
fn too_many_cameras_stretch_every_wish_by_the_same_factor() {
    // Wants 40 / 10 + 40 / 40 = 5 visits a second of 5 s each: 25 seats; there are 5.
    let wish = |camera: usize| if camera.is_multiple_of(2) { 10.0 } else { 40.0 };
    let cameras: Vec<Patrolled> = (0..80).map(|camera| patrolled(wish(camera), 1, &[0])).collect();
    let until = 4000.0;
    let mut behave = |_: CameraIndex, _: &mut Dice| (5.0, Ended::Looked);
    let played = play(&mut rounds(&cameras, &[5]), &cameras, until, 3, &mut behave);
    let stretch: Vec<f64> = (0..80)
        .map(|camera| until / played.begun[&camera].len() as f64 / wish(camera))
        .collect();
    let (sum, squares) = (
        stretch.iter().sum::<f64>(),
        stretch.iter().map(|s| s * s).sum::<f64>(),
    );
    let jain = sum * sum / (80.0 * squares);
    assert!(jain > 0.98, "Jain's index is {jain:.3}: {stretch:?}");
    let visits: usize = played.begun.values().map(Vec::len).sum();
    assert!(visits as f64 > 0.98 * until, "no seat is idle: {visits} visits");
}

#[test]
fn priority_counts_where_seats_are_short_and_only_there() {
    let priority = |camera: usize| if camera < 5 { 3 } else { 1 };
    let cameras: Vec<Patrolled> = (0..40)
        .map(|camera| patrolled(20.0, priority(camera), &[0]))
        .collect();
    let mut behave = |_: CameraIndex, _: &mut Dice| (4.0, Ended::Looked);
    let mean = |seats: usize, behave: Behaviour<'_>, range: std::ops::Range<usize>| {
        let played = play(&mut rounds(&cameras, &[seats]), &cameras, 4000.0, 1, behave);
        let visits: usize = range.clone().map(|camera| played.begun[&camera].len()).sum();
        4000.0 * range.len() as f64 / visits as f64
    };
    let (first, others) = (mean(2, &mut behave, 0..5), mean(2, &mut behave, 5..40));
    assert!((2.4..3.3).contains(&(others / first)), "{first} s and {others} s");
    let (first, others) = (mean(20, &mut behave, 0..5), mean(20, &mut behave, 5..40));
    assert!(first <= 20.0 && others <= 20.0, "{first} s and {others} s");
}

#[test]
fn a_visit_is_pulled_forward_and_no_more_than_its_share() {
    let place = BBox::new(0.1, 0.2, 0.3, 0.4);
    let mut rounds = rounds(&[patrolled(100.0, 1, &[0])], &[1]);
    assert_eq!(
        rounds.next(at(0.0)).map(|visit| visit.why),
        Some(LookWhy::Routine)
    );
    rounds.over(0, Ended::Looked, at(5.0));
    assert_eq!(rounds.due(0), Some(at(90.0)));
    // A dwell falls due at 40 s; a later one changes nothing.
    rounds.pull_forward(0, at(40.0), LookWhy::Due, Some(place));
    rounds.pull_forward(0, at(60.0), LookWhy::Due, None);
    assert_eq!(rounds.next_event(at(5.0)), Some(at(40.0)));
    assert!(rounds.next(at(39.9)).is_none());
    let visit = rounds.next(at(40.0)).expect("due");
    assert_eq!((visit.why, visit.place), (LookWhy::Due, Some(place)));
    // Asked for again while it is under way: not before a quarter of the wish after its beginning.
    rounds.pull_forward(0, at(41.0), LookWhy::Recheck, None);
    assert_eq!(rounds.due(0), None);
    rounds.over(0, Ended::Looked, at(45.0));
    assert_eq!(rounds.due(0), Some(at(65.0)));
    let mut visits = 0;
    for step in 0..4000 {
        let now = at(100.0 + f64::from(step) / 10.0);
        rounds.pull_forward(0, now, LookWhy::Recheck, None);
        if rounds.next(now).is_some() {
            rounds.over(0, Ended::Looked, now);
            visits += 1;
        }
    }
    assert!(
        (15..=17).contains(&visits),
        "400 s, asked for all the time: {visits} visits"
    );
}

#[test]
fn what_was_pulled_forward_does_not_wait_behind_a_crowd() {
    let cameras = vec![patrolled(100.0, 1, &[0]); 200];
    let mut rounds = rounds(&cameras, &[2]);
    let mut behave = |_: CameraIndex, _: &mut Dice| (5.0, Ended::Looked);
    // 200 visits of 5 s over 2 seats: a round takes 500 s instead of 90.
    play(&mut rounds, &cameras, 2000.0, 1, &mut behave);
    let (camera, _) = (0..200)
        .filter_map(|camera| Some((camera, rounds.due(camera)?)))
        .max_by_key(|(_, due)| *due)
        .expect("somebody rests");
    rounds.pull_forward(camera, at(2000.0), LookWhy::Recheck, None);
    let mut waited = 2000.0;
    let mut under_way: Vec<(f64, CameraIndex)> = rounds
        .entries
        .iter()
        .filter(|(_, entry)| matches!(entry.phase, Phase::Visiting { .. }))
        .map(|(&camera, _)| (2000.0, camera))
        .collect();
    'waiting: while waited < 2600.0 {
        waited += 0.25;
        for (_, over) in under_way.extract_if(.., |(end, _)| *end <= waited) {
            rounds.over(over, Ended::Looked, at(waited));
        }
        while let Some(visit) = rounds.next(at(waited)) {
            if visit.camera == camera {
                break 'waiting;
            }
            under_way.push((waited + 5.0, visit.camera));
        }
    }
    assert!(
        waited < 2200.0,
        "a round takes 500 s, it waited {} s",
        waited - 2000.0
    );
}

#[test]
fn what_fails_costs_a_visit_a_round_and_a_quarter_of_the_seats() {
    let cameras = vec![patrolled(60.0, 1, &[0]); 40];
    let mut rounds = rounds(&cameras, &[8]);
    // Thirty are dead and cost fifteen seconds each time.
    let mut behave = |camera: CameraIndex, dice: &mut Dice| match camera {
        0..30 => (15.0, Ended::Failed(secs(1.0))),
        _ => looked(camera, dice),
    };
    let played = play(&mut rounds, &cameras, 3000.0, 5, &mut behave);
    assert_eq!(played.most_failing[0], 2, "a quarter of eight");
    for camera in 0..30 {
        let visits = played.begun[&camera].len();
        assert!((8..=3000 / 54 + 2).contains(&visits), "camera {camera}: {visits}");
    }
    for camera in 30..40 {
        // In the first minutes nobody knows yet who is dead.
        let later: Vec<f64> = played.begun[&camera]
            .iter()
            .copied()
            .filter(|begun| *begun > 300.0)
            .collect();
        let worst = later.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
        assert!(worst <= 60.0, "camera {camera} waits {worst} s for the dead");
    }
}

#[test]
fn the_first_failure_is_tried_again_soon_and_the_second_waits_for_its_round() {
    let mut rounds = rounds(&[patrolled(100.0, 1, &[0])], &[1]);
    let fail = |rounds: &mut Rounds, now: f64, wait: f64| {
        assert!(rounds.next(at(now)).is_some(), "due at {now}");
        rounds.over(0, Ended::Failed(secs(wait)), at(now + 1.0));
        rounds.due(0)
    };
    assert_eq!(fail(&mut rounds, 0.0, 2.0), Some(at(3.0)));
    // Nobody pulls a camera that fails.
    rounds.pull_forward(0, at(1.0), LookWhy::Recheck, None);
    assert_eq!(rounds.due(0), Some(at(3.0)));
    assert_eq!(fail(&mut rounds, 3.0, 2.0), Some(at(93.0)));
    assert_eq!(
        fail(&mut rounds, 93.0, 300.0),
        Some(at(394.0)),
        "a refusal asks for more"
    );
    assert!(rounds.next(at(394.0)).is_some());
    rounds.over(0, Ended::Looked, at(395.0));
    assert_eq!(
        fail(&mut rounds, 484.0, 2.0),
        Some(at(487.0)),
        "a visit that comes off forgives"
    );
}

#[test]
fn who_goes_gives_its_seat_back_and_is_not_visited_any_more() {
    let mut rounds = rounds(&[patrolled(10.0, 1, &[0]), patrolled(10.0, 1, &[0])], &[1]);
    assert_eq!(rounds.next(at(9.0)).map(|visit| visit.camera), Some(0));
    assert!(rounds.next(at(9.0)).is_none(), "one seat");
    assert!(rounds.leave(1) && !rounds.leave(0), "the first is being visited");
    rounds.over(0, Ended::Looked, at(12.0));
    assert!(rounds.leave(0) && rounds.leave(7), "nobody of that number");
    rounds.enter(1, patrolled(10.0, 1, &[0]), at(13.0));
    assert_eq!(
        (rounds.next_event(at(12.0)), rounds.due(0)),
        (Some(at(13.0)), None)
    );
    assert_eq!(
        rounds.next(at(13.0)).map(|visit| visit.camera),
        Some(1),
        "the seat is free"
    );
}

#[test]
fn who_needs_two_seats_gets_them_where_both_are_never_free_at_once() {
    // Each pool has one seat and always somebody who is due; visits of four seconds, and in the second pool two seconds later.
    let mut cameras = vec![patrolled(10.0, 1, &[0]); 8];
    cameras.extend(vec![patrolled(10.0, 1, &[1]); 8]);
    cameras.push(patrolled(10.0, 1, &[0, 1]));
    let mut rounds = Rounds::default();
    rounds.seats(0, 1);
    rounds.seats(1, 1);
    for (index, camera) in cameras.iter().enumerate() {
        let first = if index < 16 { 0.0 } else { 1.0 };
        rounds.enter(index, camera.clone(), at(first));
    }
    let mut first_of_the_second = true;
    let mut behave = |camera: CameraIndex, _: &mut Dice| {
        let short = (8..16).contains(&camera) && std::mem::take(&mut first_of_the_second);
        (if short { 2.0 } else { 4.0 }, Ended::Looked)
    };
    let played = play(&mut rounds, &cameras, 600.0, 1, &mut behave);
    let worst = longest(played.begun.get(&16), 600.0);
    assert!(
        worst <= 90.0,
        "it waits {worst} s; the others are visited every 36 s"
    );
}
