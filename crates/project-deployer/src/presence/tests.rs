use project_deployer_store::MemoryStore;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn holder_of(refused: StoreError) -> String {
    match refused {
        StoreError::Held { holder, .. } => holder,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn many_may_be_present_and_one_may_be_alone() {
    let store = MemoryStore::new();
    let mut present = Vec::new();
    for number in 0..SLOTS {
        present.push(enter(&store, &format!("d{number}"), MINUTE).await.unwrap());
    }
    assert!(enter(&store, "one too many", MINUTE).await.is_err());
    let (last, others) = present.split_last().unwrap();
    release_all(&store, others).await;
    let refused = take_all(&store, "move", MINUTE).await.unwrap_err();
    assert_eq!(holder_of(refused), last.holder);
    // It took nothing.
    let again = enter(&store, "again", MINUTE).await.unwrap();
    release_all(&store, &[again, last.clone()]).await;
    let alone = take_all(&store, "move", MINUTE).await.unwrap();
    for what in ["move", "restore"] {
        let refused = take_all(&store, what, MINUTE).await.unwrap_err();
        assert_eq!(holder_of(refused), "deployer state move");
    }
    assert_eq!(holder_of(enter(&store, "d", MINUTE).await.unwrap_err()), "deployer state move");
    release_all(&store, &alone).await;
    enter(&store, "d", MINUTE).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_slot_is_kept_while_it_is_renewed() {
    let store = MemoryStore::new();
    let mut lease = enter(&store, "d", MINUTE).await.unwrap();
    let staying = stay(&store, "d", &mut lease, MINUTE);
    let refused = async {
        for _ in 0..10 {
            sleep(MINUTE / 2).await;
            assert!(take_all(&store, "move", MINUTE).await.is_err());
        }
    };
    tokio::select! {
        () = staying => panic!("it was lost"),
        () = refused => {}
    }
}

#[tokio::test(start_paused = true)]
async fn a_deployer_that_was_suspended_takes_another_slot() {
    let store = MemoryStore::new();
    let mut lease = enter(&store, "d", MINUTE).await.unwrap();
    let lost = lease.clone();
    sleep(MINUTE * 2).await;
    let alone = take_all(&store, "move", MINUTE).await.unwrap();
    release_all(&store, &alone).await;
    let found = async {
        sleep(MINUTE).await;
        assert_eq!(holder_of(take_all(&store, "move", MINUTE).await.unwrap_err()), "d");
    };
    tokio::select! {
        () = stay(&store, "d", &mut lease, MINUTE) => {}
        () = found => {}
    }
    assert_ne!(lease.token(), lost.token());
}
