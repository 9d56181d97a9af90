//! Moves and restored states that are killed in the middle, and repeated.

use serde_json::Value;

use super::filled::Filled;
use super::{done, state};
use crate::command::run_and_kill;

/// Whether exactly one of two places has a state that a Deployer opens.
async fn usable(places: &Filled, from: &str, to: &str) -> (bool, bool) {
    let there = places.file(to, "deployer.db").exists() && places.open(to).await.is_ok();
    (places.open(from).await.is_ok(), there)
}

#[tokio::test]
async fn a_move_that_is_killed_goes_on_when_it_is_repeated() {
    // R1
    let places = Filled::new().await;
    places.multiply("one", 600).await;
    let expected = places.contents("one").await;
    let (one, two) = (places.url("one"), places.url("two"));
    let mut killed = 0;
    for lines in [1, 3, 5, 8, 12] {
        killed += usize::from(run_and_kill(&["state", "move", &one, &two], lines).await);
    }
    assert!(killed >= 3, "only {killed} were killed in time");
    // The first one that ended has moved it; otherwise this one does.
    let (code, result, errors) = state(&["move", &one, &two]).await;
    let was_moved = code == 3 && errors.contains("was moved to");
    assert!(code == 0 || was_moved, "{code} {errors}");
    if code == 0 {
        assert_eq!(result["archives"], 2);
    }
    assert_eq!(places.contents("two").await, expected);
    assert_eq!(done(&["verify", &two]).await["faults"], Value::Array(vec![]));
    assert_eq!(usable(&places, "one", "two").await, (false, true));
}

#[tokio::test]
async fn a_restored_state_is_not_used_before_it_is_whole() {
    let places = Filled::new().await;
    places.multiply("one", 600).await;
    let (one, new) = (places.url("one"), places.url("new"));
    let mut random = fastrand::Rng::with_seed(7);
    let mut killed = false;
    while !killed {
        killed = run_and_kill(&["state", "restore", &one, &new], random.usize(5..9)).await;
        if !killed {
            std::fs::remove_dir_all(places.path().join("new")).unwrap();
        }
    }
    let is_begun = places.file("new", "deployer.db").exists();
    let (code, _, errors) = state(&["restore", &one, &new]).await;
    assert_eq!(code, 0, "{is_begun} {errors}");
    assert_eq!(places.contents("new").await, places.contents("one").await);
    assert_eq!(usable(&places, "one", "new").await, (true, true));
}
