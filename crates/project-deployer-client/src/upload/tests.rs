use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::held::Held;
use super::*;

fn digest(bytes: &[u8]) -> BundleDigest {
    BundleDigest::from_bytes(Sha256::digest(bytes).into())
}

/// An archive in pieces, of which it says that they are so many bytes.
fn in_pieces(pieces: &[Vec<u8>], length: u64) -> Upload {
    let pieces: Vec<_> = pieces.iter().cloned().map(|piece| Ok(Bytes::from(piece))).collect();
    Upload::new("v1.zip", length, stream::iter(pieces).boxed())
}

fn whole(pieces: &[Vec<u8>]) -> Upload {
    in_pieces(pieces, pieces.iter().map(Vec::len).sum::<usize>() as u64)
}

fn breaking_off() -> Upload {
    let pieces = [Ok(Bytes::from("PK")), Err(io::Error::other("bad block"))];
    Upload::new("v1.zip", 4, stream::iter(pieces).boxed())
}

fn problem(error: &io::Error) -> &NotTheArchive {
    error.get_ref().unwrap().downcast_ref().unwrap()
}

async fn collected(archive: Upload) -> Result<Bytes, String> {
    archive.collect().await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn who_watches_is_told_after_every_piece() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let archive = whole(&[b"PK".to_vec(), b"and".to_vec()])
        .watched(move |so_far| noted.lock().unwrap().push((so_far.bytes, so_far.of)));
    archive.collect().await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [(2, Some(5)), (5, Some(5))]);
}

#[tokio::test]
async fn the_digest_is_told_when_the_bytes_ended_and_not_when_they_broke_off() {
    let reported = Arc::new(Mutex::new(Vec::new()));
    for archive in [whole(&[b"PK".to_vec(), b"and".to_vec()]), breaking_off()] {
        let reported = Arc::clone(&reported);
        let _ =
            archive.digested(move |digest| reported.lock().unwrap().push(digest)).collect().await;
    }
    assert_eq!(*reported.lock().unwrap(), [digest(b"PKand")]);
}

#[tokio::test]
async fn another_archive_is_found_out_before_its_last_bytes_are_out() {
    // R16: a receiver that counts the announced bytes and stops has not got them all.
    let mut archive = whole(&[b"PK".to_vec(), b"and".to_vec()]).checked(Some(digest(b"other")));
    assert_eq!(archive.bytes.next().await.unwrap().unwrap(), "PK");
    let error = archive.bytes.next().await.unwrap().unwrap_err();
    let (promised, found) = (digest(b"other"), digest(b"PKand"));
    assert_eq!(problem(&error), &NotTheArchive::Digest { promised, found });
    assert!(archive.bytes.next().await.is_none(), "nothing comes after an error");
}

#[tokio::test]
async fn an_archive_of_another_length_is_found_out() {
    let pieces = [b"PK".to_vec(), b"and".to_vec()];
    for (promised, found) in [(7, 5), (4, 5), (0, 2)] {
        let error = in_pieces(&pieces, promised).checked(None).collect().await.unwrap_err();
        assert_eq!(problem(&error), &NotTheArchive::Length { promised, found });
    }
}

#[tokio::test]
async fn bytes_that_have_ended_can_be_asked_for_more() {
    for archive in [whole(&[b"PK".to_vec()]), breaking_off()] {
        let mut archive = archive.watched(|_| ()).checked(None).digested(|_| ());
        while archive.bytes.next().await.is_some() {}
        for _ in 0..3 {
            assert!(archive.bytes.next().await.is_none());
        }
    }
}

#[tokio::test]
async fn a_source_opens_a_file_as_often_as_it_is_asked_to() {
    let file = tempfile::NamedTempFile::with_suffix(".zip").unwrap();
    std::fs::write(file.path(), "PK and more").unwrap();
    let source = UploadSource::from_file(file.path()).await.unwrap();
    for _ in 0..2 {
        assert_eq!(source.open().await.unwrap().collect().await.unwrap(), "PK and more");
    }
    std::fs::write(file.path(), "PK and").unwrap();
    assert!(source.open().await.unwrap().collect().await.is_err(), "it is another archive now");
}

#[tokio::test]
async fn an_upload_can_be_opened_until_somebody_reads_it() {
    let source = UploadSource::from(Upload::from_bytes("v1.zip", "PK"));
    drop(source.open().await.unwrap());
    let mut opened = source.open().await.unwrap();
    assert!(source.can_be_opened());
    assert_eq!(opened.bytes.next().await.unwrap().unwrap(), "PK");
    assert!(!source.can_be_opened());
    assert!(source.open().await.is_err());
}

/// A call that takes nothing and never ends.
async fn stuck(archive: Upload) -> Result<Bytes, String> {
    let _held = archive;
    std::future::pending().await
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_takes_nothing_is_dropped_and_the_others_go_on() {
    let pieces = vec![vec![7; 100]; 50];
    let limit = Duration::from_secs(30);
    let ended = FanOut::default()
        .stall_limit(limit)
        .send(whole(&pieces), [false, true, false], |is_stuck, archive| async move {
            if is_stuck { stuck(archive).await } else { collected(archive).await }
        })
        .await;
    let all = Bytes::from(pieces.concat());
    assert_eq!(ended, [Ok(Ok(all.clone())), Err(TooSlow(limit)), Ok(Ok(all))]);
}

#[tokio::test]
async fn an_archive_that_breaks_off_fails_for_every_receiver() {
    let ended =
        FanOut::default().send(breaking_off(), [1, 2, 3], |_, archive| collected(archive)).await;
    assert_eq!(ended, vec![Ok(Err("bad block".to_owned())); 3]);
}

#[tokio::test]
async fn when_every_receiver_has_failed_nothing_more_is_read() {
    let read = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&read);
    let endless = stream::repeat_with(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(Bytes::from_static(b"PK"))
    });
    let archive = Upload::new("", 0, endless.boxed());
    let ended = FanOut::default().ahead(2).send(archive, ["a", "b"], async |name, _| name).await;
    assert_eq!(ended, [Ok("a"), Ok("b")]);
    assert!(read.load(Ordering::Relaxed) <= 3, "{read:?}");
}

#[tokio::test]
async fn a_source_that_hangs_holds_nobody_whose_call_has_ended() {
    let bytes = stream::pending().boxed();
    let archive = Upload::new("", 1, bytes);
    let sending = FanOut::default().send(archive, ["a"], async |name, _| name);
    assert_eq!(sending.await, [Ok("a")]);
}

#[tokio::test]
async fn a_fan_out_can_run_in_a_task() {
    let archive = Upload::from_bytes("v1.zip", "PK");
    let names = vec!["a".to_owned(), "b".to_owned()];
    let sending = async move {
        FanOut::default().send(archive, names, |_, archive| collected(archive)).await.len()
    };
    assert_eq!(tokio::spawn(sending).await.unwrap(), 2);
}

/// Waits for a few turns of the scheduler between the pieces.
async fn collected_slowly(mut archive: Upload, turns: u8) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(piece) = archive.bytes.next().await {
        all.extend_from_slice(&piece.unwrap());
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// However fast each one is: the same bytes for all, and no more in memory than was allowed.
    #[test]
    fn every_receiver_gets_all_bytes_in_order_from_a_bounded_memory(
        pieces in prop::collection::vec(any::<[u8; 8]>().prop_map(Vec::from), 0..40),
        turns in prop::collection::vec(0..20_u8, 1..9),
        ahead in 1..6_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let held = Held::default();
        let archive = held.count(whole(&pieces));
        let sending = FanOut::default().ahead(ahead).send(archive, turns.clone(), |turns, archive| {
            collected_slowly(archive, turns)
        });
        let ended = runtime.block_on(sending);
        prop_assert_eq!(ended, vec![Ok(pieces.concat()); turns.len()]);
        // What is queued, what is handed out, and what a receiver has in hand.
        prop_assert!(held.most() <= (ahead + 2) * 8, "{:?}", held);
        prop_assert_eq!(held.read(), pieces.len() * 8);
    }

    /// What goes by unharmed is what was promised, however it is cut into pieces.
    #[test]
    fn a_check_passes_what_was_promised_and_nothing_else(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..9),
        promised in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3), 0..2),
        same: bool,
    ) {
        let (sent, promised) = (pieces.concat(), promised.concat());
        let promised = if same { sent.clone() } else { promised };
        let archive = in_pieces(&pieces, promised.len() as u64);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let passed = runtime.block_on(archive.checked(Some(digest(&promised))).collect());
        prop_assert_eq!(passed.is_ok(), sent == promised);
    }
}
