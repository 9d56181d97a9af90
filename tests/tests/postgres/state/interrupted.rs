//! Moves that are interrupted in the middle, and repeated.

use project_deployer::state_admin::{StateError, StatePlace, move_state, verify};

use super::SILENT;
use super::filled::Filled;
use crate::servers::database;

/// Begins a move and drops it after so many steps, as a process that is killed does. Whether it ended before.
async fn interrupted(from: &StatePlace, to: &StatePlace, steps: usize) -> bool {
    let state = from.open().await.unwrap();
    let mut moving = Box::pin(move_state(&state, to, SILENT()));
    let mut polled = 0;
    let limited = std::future::poll_fn(|context| {
        polled += 1;
        match Future::poll(moving.as_mut(), context) {
            std::task::Poll::Pending if polled < steps => std::task::Poll::Pending,
            std::task::Poll::Pending => std::task::Poll::Ready(false),
            std::task::Poll::Ready(moved) => std::task::Poll::Ready(moved.is_ok()),
        }
    });
    limited.await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_that_is_interrupted_goes_on_when_it_is_repeated_in_both_directions() {
    // R1
    let Some(url) = database().await else { return };
    let filled = Filled::new().await;
    filled.multiply("one", 600).await;
    let expected = filled.contents("one").await;
    let (one, there, back) = (filled.sqlite("one"), filled.postgres(&url), filled.sqlite("back"));
    for (from, to) in [(&one, &there), (&there, &back)] {
        let mut ended = false;
        for steps in [150, 500] {
            ended = ended || interrupted(from, to, steps).await;
        }
        let repeated = move_state(&from.open().await.unwrap(), to, SILENT()).await;
        match repeated {
            Ok(_) => {}
            Err(StateError::Moved { .. }) if ended => {}
            Err(error) => panic!("{error:?}"),
        }
        let state = to.open().await.unwrap();
        assert_eq!(verify(&state, SILENT()).await.unwrap().faults, []);
    }
    assert_eq!(filled.contents("back").await, expected);
    assert_eq!(filled.contents_in(&url).await, expected);
}
