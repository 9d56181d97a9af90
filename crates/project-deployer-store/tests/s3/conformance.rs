use project_deployer_store::conformance::archive;
use project_deployer_store::{BundleArchive as _, ObjectArchive};

use crate::moto::Moto;
use crate::{digest_of, large, put, read, server, settings};

async fn in_process() -> ObjectArchive {
    ObjectArchive::in_bucket(&settings(&server::start().await)).unwrap()
}

mod s3s {
    project_deployer_store::archive_conformance!(super::in_process().await);
}

/// One server for all cases, which have a prefix each.
#[tokio::test]
async fn moto_passes_the_suite() {
    let Some(moto) = Moto::start() else { return };
    let archive_in =
        |prefix: &str| ObjectArchive::in_bucket(&settings(&moto.address).prefix(prefix)).unwrap();
    archive::bytes_come_back_under_their_digest(&archive_in("1")).await;
    archive::bytes_are_read_from_an_offset(&archive_in("2")).await;
    archive::the_same_bytes_are_kept_once(&archive_in("3")).await;
    archive::absent_bytes_are_none(&archive_in("4")).await;
    archive::deleted_bytes_are_gone(&archive_in("5")).await;
    archive::a_list_is_read_in_pages(&archive_in("6")).await;
    archive::a_stream_that_fails_leaves_nothing(&archive_in("7")).await;
    archive::other_bytes_than_announced_are_refused(&archive_in("8")).await;
    archive::of_many_who_put_the_same_bytes_all_succeed(&archive_in("9")).await;
    archive::an_archive_of_several_parts_comes_back(&archive_in("10")).await;
    archive::of_two_who_put_a_large_archive_both_succeed(&archive_in("11")).await;
    archive::archives_have_one_owner(&archive_in("12")).await;
    archive::a_file_comes_back_under_its_digest(&archive_in("13")).await;
    archive::a_file_from_elsewhere_comes_back(&archive_in("14")).await;
    archive::a_large_file_comes_back(&archive_in("15")).await;
    archive::the_same_file_is_kept_once(&archive_in("16")).await;
    archive::a_deleted_file_can_be_put_again(&archive_in("17")).await;
    archive::a_file_is_stored_when_it_is_put(&archive_in("18")).await;
    archive::of_many_who_put_the_same_file_all_succeed(&archive_in("19")).await;
}

#[tokio::test]
async fn archives_of_another_prefix_are_not_listed() {
    let address = server::start().await;
    let one = ObjectArchive::in_bucket(&settings(&address).prefix("one")).unwrap();
    let other = ObjectArchive::in_bucket(&settings(&address).prefix("one/sha256")).unwrap();
    let whole = ObjectArchive::in_bucket(&settings(&address).prefix("")).unwrap();
    put(&one, b"one").await;
    put(&other, b"other").await;
    put(&whole, b"whole").await;
    for (archive, bytes) in [(&one, &b"one"[..]), (&other, b"other"), (&whole, b"whole")] {
        let listed = archive.list(None, 10).await.unwrap();
        let digests: Vec<_> = listed.into_iter().map(|listed| listed.digest).collect();
        assert_eq!(digests, [digest_of(bytes)]);
    }
}

#[tokio::test]
async fn a_list_of_more_archives_than_a_server_returns_at_once_is_whole() {
    let archive = in_process().await;
    let mut all = Vec::new();
    for number in 0..1_100_u32 {
        all.push(put(&archive, &number.to_be_bytes()).await);
    }
    all.sort();
    let digests = |listed: Vec<project_deployer_store::ListedArchive>| -> Vec<_> {
        listed.into_iter().map(|listed| listed.digest).collect()
    };
    assert_eq!(digests(archive.list(None, usize::MAX).await.unwrap()), all);
    let page = archive.list(Some(&all[49]), 1_020).await.unwrap();
    assert_eq!(digests(page), all[50..1_070]);
}

#[tokio::test]
async fn bytes_that_were_put_twice_at_the_same_time_are_whole() {
    let archive = in_process().await;
    let bytes = large();
    let digest = digest_of(&bytes);
    let both = futures::join!(put(&archive, &bytes), put(&archive, &bytes));
    assert_eq!(both, (digest.clone(), digest.clone()));
    assert!(read(&archive, &digest).await == bytes);
}

#[tokio::test]
async fn an_archive_without_bytes_comes_back() {
    let archive = in_process().await;
    let digest = put(&archive, b"").await;
    assert_eq!(archive.open(&digest, 0).await.unwrap().unwrap().length, 0);
    assert!(read(&archive, &digest).await.is_empty());
}
