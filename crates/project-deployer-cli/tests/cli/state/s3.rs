//! States whose archives are in a bucket of an S3 server, in SQLite and in PostgreSQL.

use project_deployer::prelude::*;
use project_deployer::store::{ArchiveLocation, S3Keys, S3Settings};
use project_deployer_testkit::servers::S3Server;
use serde_json::Value;

use super::filled::{CANARY, Filled, admin, parsed};
#[cfg(feature = "postgres")]
use super::postgres::Database;
use super::servers::started;
use crate::command::run_with;

const KEY_ID: &str = "AKIDEXAMPLE";

/// The secret of the bucket. It may be in no output.
const SECRET: &str = "canary-d07a";

/// A server, and how the command finds it.
struct Bucket(S3Server);

impl Bucket {
    fn start() -> Option<Self> {
        started(S3Server::start()).map(Self)
    }

    fn environment(&self) -> [(&str, &str); 4] {
        [
            ("AWS_ENDPOINT_URL", self.0.address()),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", KEY_ID),
            ("AWS_SECRET_ACCESS_KEY", SECRET),
        ]
    }

    async fn state(&self, arguments: &[&str]) -> (i32, Value, String) {
        let all = [&["state"], arguments, &["--output", "json"]].concat();
        let (code, output, errors) = run_with(&all, &self.environment(), "").await;
        for secret in [CANARY, SECRET] {
            assert!(!output.contains(secret) && !errors.contains(secret), "{output} {errors}");
        }
        let result =
            if output.is_empty() { Value::Null } else { serde_json::from_str(&output).unwrap() };
        (code, result, errors)
    }

    async fn done(&self, arguments: &[&str]) -> Value {
        let (code, result, errors) = self.state(arguments).await;
        assert_eq!(code, 0, "{arguments:?}: {errors}");
        result
    }

    /// A state is whole, with both of its archives.
    async fn is_whole(&self, arguments: &[&str]) {
        let found = self.done(&[&["verify"], arguments].concat()).await;
        assert_eq!((&found["faults"], &found["archives"]), (&Value::Array(vec![]), &2.into()));
        assert_eq!(found["unusedArchives"], 0);
    }

    fn archives(&self, prefix: &str) -> ArchiveLocation {
        let keys = S3Keys::new(KEY_ID, SECRET.into());
        let bucket = S3Settings::new(S3Server::BUCKET).prefix(prefix).endpoint(self.0.address());
        ArchiveLocation::S3(bucket.region("us-east-1").keys(keys))
    }
}

fn key_of(places: &Filled, name: &str) -> String {
    format!("file:{}", places.file(name, "deployer.db.key").display())
}

#[tokio::test]
async fn a_state_in_sqlite_goes_through_every_action() {
    // R1
    let Some(bucket) = Bucket::start() else { return };
    let places = Filled::new().await;
    let expected = places.contents("one").await;
    let [one, two, saved, names, three, four] =
        ["one", "two", "saved", "names", "three", "four"].map(|name| places.url(name));

    let moved = bucket.done(&["move", &one, &two, "--to-archives", "s3://bundles/two"]).await;
    assert_eq!(moved["archives"], 2);
    let key = key_of(&places, "two");
    assert_eq!(places.names("two"), ["deployer.db", "deployer.db.key"]);
    bucket.is_whole(&[&two, "--archives-at", "s3://bundles/two"]).await;
    let status = bucket.done(&["status", &two, "--archives-at", "s3://bundles/two"]).await;
    assert_eq!(
        (&status["archives"]["place"], &status["archives"]["count"]),
        (&"s3://bundles/two".into(), &2.into())
    );

    // With its archives beside it, and with their place.
    let from = [&*two, "--archives-at", "s3://bundles/two", "--key", &key];
    bucket.done(&[&["backup", from[0], &saved], &from[1..]].concat()).await;
    bucket.is_whole(&[&saved, "--key", &key]).await;
    let by_reference = ["--archives", "by-reference"];
    let named =
        bucket.done(&[&["backup", from[0], &names], &from[1..], &by_reference].concat()).await;
    assert_eq!(named["archivesAt"], "s3://bundles/two");
    bucket.is_whole(&[&names, "--key", &key]).await;

    let three_at = ["--to-archives", "s3://bundles/three"];
    bucket.done(&[&["restore", &saved, &three, "--from-key", &key], &three_at[..]].concat()).await;
    bucket.is_whole(&[&three, "--archives-at", "s3://bundles/three"]).await;
    let away =
        ["--from-archives", "s3://bundles/three", "--to-archives", "s3://bundles/three/four"];
    bucket.done(&[&["move", &three, &four], &away[..]].concat()).await;
    assert_eq!(places.contents("four").await, expected);

    // A Deployer reads what was copied from bucket to bucket.
    let archives = bucket.archives("three/four");
    let deployer = places.open_with("four", |builder| builder.archives(archives)).await.unwrap();
    let bundle = admin(&deployer).download_bundle(&parsed("CHURN"), &parsed("v1")).await.unwrap();
    assert!(bundle.collect().await.unwrap().starts_with(b"PK"));
}

#[tokio::test]
async fn what_is_missing_in_a_bucket_is_a_fault_and_stops_a_copy() {
    let Some(bucket) = Bucket::start() else { return };
    let places = Filled::new().await;
    let [one, two, saved] = ["one", "two", "saved"].map(|name| places.url(name));
    bucket.done(&["move", &one, &two, "--to-archives", "s3://bundles/two"]).await;
    let archive = bucket.archives("two").open().await.unwrap();
    let gone = archive.list(None, 1).await.unwrap().remove(0);
    archive.delete(&gone.digest).await.unwrap();

    let at = ["--archives-at", "s3://bundles/two"];
    let (code, found, _) = bucket.state(&[&["verify", &two], &at[..]].concat()).await;
    assert_eq!((code, found["faults"].as_array().unwrap().len()), (1, 1), "{found}");
    let (code, _, errors) = bucket.state(&[&["backup", &two, &saved], &at[..]].concat()).await;
    let digest = gone.digest.to_string();
    assert!(code == 3 && errors.contains(digest.trim_start_matches("sha256:")), "{code} {errors}");
    let (code, _, errors) =
        bucket.state(&["verify", &two, "--archives-at", "s3://no-such-bucket/two"]).await;
    assert!(code == 3 && errors.contains("there is no bucket `no-such-bucket`"), "{code} {errors}");
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_state_in_postgresql_goes_through_every_action() {
    // R1
    let Some(bucket) = Bucket::start() else { return };
    let places = Filled::new().await;
    let (Some(one), Some(two)) = (Database::new(&places), Database::new(&places)) else { return };
    let (first, names, back) = (places.url("one"), places.url("names"), places.url("back"));
    let expected = places.contents("one").await;

    let to_one = ["--to-key", &one.key, "--to-archives", "s3://bundles/one"];
    bucket.done(&[&["move", &first, &one.url], &to_one[..]].concat()).await;
    assert_eq!(one.contents().await, expected);
    let at_one = ["--key", &one.key, "--archives-at", "s3://bundles/one"];
    bucket.is_whole(&[&[&*one.url], &at_one[..]].concat()).await;

    let by_reference = ["--archives", "by-reference"];
    bucket.done(&[&["backup", &one.url, &names], &at_one[..], &by_reference].concat()).await;
    let to_two = ["--to-key", &two.key, "--to-archives", "s3://bundles/two"];
    let from_names = ["--from-key", &one.key];
    bucket.done(&[&["restore", &names, &two.url], &to_two[..], &from_names].concat()).await;
    let at_two = ["--key", &two.key, "--archives-at", "s3://bundles/two"];
    bucket.is_whole(&[&[&*two.url], &at_two[..]].concat()).await;

    let out = ["--from-key", &two.key, "--from-archives", "s3://bundles/two"];
    bucket.done(&[&["move", &two.url, &back], &out[..]].concat()).await;
    bucket.is_whole(&[&back]).await;
    assert_eq!(places.contents("back").await, expected);
}
