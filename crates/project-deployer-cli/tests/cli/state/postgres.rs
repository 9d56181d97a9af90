//! States in PostgreSQL, as an administrator works on them.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use project_deployer::store::{Keyring, PostgresOptions, PostgresStore, SecretsAtRest};
use project_deployer_testkit::servers::PostgresServer;
use serde_json::Value;

use super::filled::{Contents, Filled, contents_of};
use super::servers::started;
use super::{done, state};
use crate::command::{run_and_kill, run_with};

/// How often a change of the key is killed.
const KILLS: usize = 20;

/// The server of this process, unless it is not installed and is to be left out.
fn server() -> Option<&'static PostgresServer> {
    static SERVER: LazyLock<Option<PostgresServer>> =
        LazyLock::new(|| started(PostgresServer::start()));
    SERVER.as_ref()
}

fn sql(server: &PostgresServer, database: &str, statements: &str) -> String {
    let mut psql = server.tool("psql");
    let ended = psql.args(["-X", "-A", "-t", "-d", database, "-c", statements]).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).unwrap()
}

/// A database of its own, and the key and the archives of a state in it.
pub(super) struct Database {
    server: &'static PostgresServer,
    name: String,
    pub(super) url: String,
    pub(super) key: String,
    archives: String,
}

impl Database {
    pub(super) fn new(places: &Filled) -> Option<Self> {
        static LAST: AtomicUsize = AtomicUsize::new(0);
        let server = server()?;
        let name = format!("d{}", LAST.fetch_add(1, Ordering::SeqCst));
        sql(server, "postgres", &format!("CREATE DATABASE {name}"));
        let file = places.path().join(format!("{name}.key"));
        Keyring::from_file_or_new(&file).unwrap();
        let key = format!("file:{}", file.display());
        let archives = format!("file:{}", places.path().join(format!("{name}.bundles")).display());
        Some(Self { server, url: server.url(&name), name, key, archives })
    }

    /// The URL with the options that it needs.
    fn at<'a>(&'a self, action: &'a str, url: &'a str) -> Vec<&'a str> {
        vec![action, url, "--key", &self.key, "--archives-at", &self.archives]
    }

    fn filling<'a>(&'a self, action: &'a str, from: &'a str) -> Vec<&'a str> {
        let keys = ["--to-key", &self.key, "--to-archives", &self.archives];
        [&[action, from, &self.url], &keys[..]].concat()
    }

    fn out_of<'a>(&'a self, action: &'a str, to: &'a str) -> Vec<&'a str> {
        let keys = ["--from-key", &self.key, "--from-archives", &self.archives];
        [&[action, &self.url, to], &keys[..]].concat()
    }

    pub(super) async fn contents(&self) -> Contents {
        let ring = Keyring::from_file(self.key.trim_start_matches("file:").as_ref()).unwrap();
        let options = PostgresOptions::parse(&self.url).unwrap();
        let store = PostgresStore::open_existing(&options, SecretsAtRest::Sealed(ring));
        contents_of(&store.await.unwrap()).await
    }
}

#[tokio::test]
async fn a_state_goes_through_every_action() {
    let places = Filled::new().await;
    let Some(database) = Database::new(&places) else { return };
    let (one, saved, back) = (places.url("one"), places.url("saved"), places.url("back"));
    let expected = places.contents("one").await;
    let moved = done(&database.filling("move", &one)).await;
    assert_eq!(moved["archives"], 2);
    assert_eq!(database.contents().await, expected);
    assert_eq!(done(&["status", &one]).await["movedTo"], moved["to"]);

    let status = done(&database.at("status", &database.url)).await;
    assert_eq!((&status["documents"]["infrastructure"], &status["schema"]), (&2.into(), &5.into()));
    let checked = done(&database.at("verify", &database.url)).await;
    assert_eq!((&checked["faults"], &checked["secrets"]), (&Value::Array(vec![]), &2.into()));
    let changed = done(&database.at("rotate-key", &database.url)).await;
    let old = changed["unusedKeys"][0].as_str().unwrap();
    assert_eq!(changed["sealed"], 2);
    done(&[database.at("rotate-key", &database.url), vec!["--forget", old]].concat()).await;
    done(&[database.at("compact", &database.url), vec!["--keep", "1"]].concat()).await;

    let (url, key) = (&database.url, ["--key", &database.key]);
    let from = ["backup", url, &saved, "--archives-at", &database.archives];
    done(&[&from[..], &key].concat()).await;
    done(&[&["verify", &saved][..], &key].concat()).await;
    done(&database.out_of("move", &back)).await;
    assert_eq!(places.contents("back").await, expected);
    let (code, _, errors) = state(&database.out_of("move", &places.url("again"))).await;
    assert!(code == 3 && errors.contains("was moved to"), "{errors}");

    let new = Database::new(&places).unwrap();
    done(&[new.filling("restore", &saved), vec!["--from-key", &database.key]].concat()).await;
    let (code, _, errors) = state(&new.at("init", &new.url)).await;
    assert!(code == 3 && errors.contains("has a state already"), "{errors}");
}

#[tokio::test]
async fn what_is_missing_or_away_has_its_own_exit_code() {
    let places = Filled::nowhere();
    let Some(database) = Database::new(&places) else { return };
    let away = "postgres://test@%2Fabsent/d";
    let absent = database.server.url("absent");
    for (arguments, expected, hint) in [
        (vec!["status", &database.url], 2, "--key file:PATH"),
        (vec!["status", &database.url, "--key", &database.key], 2, "deployer state init"),
        (vec!["init", &database.url, "--key", &database.key], 2, "--archives-at file:PATH"),
        (database.at("status", &database.url), 2, "deployer state init"),
        (database.at("status", "postgres://"), 2, "malformed"),
        (database.at("status", away), 4, "cannot be reached"),
        (database.at("status", &absent), 3, "does not exist"),
    ] {
        let (code, output, errors) = state(&arguments).await;
        assert_eq!((code, output), (expected, Value::Null), "{arguments:?}: {errors}");
        assert!(errors.contains(hint), "{arguments:?}: {errors}");
    }
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'project_deployer'";
    assert_eq!(sql(database.server, &database.name, schemas).trim(), "0");
}

#[tokio::test]
async fn a_password_is_in_no_output_and_comes_from_the_environment() {
    // R13
    const PASSWORD: &str = "canary-5f2e";
    let places = Filled::nowhere();
    let Some(database) = Database::new(&places) else { return };
    let create = format!(
        "CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'; \
         CREATE SCHEMA project_deployer AUTHORIZATION guarded"
    );
    sql(database.server, &database.name, &create);
    let bare = database.url.replace("test@", "guarded@");
    let with = bare.replace("guarded@", &format!("guarded:{PASSWORD}@"));
    let wrong = bare.replace("guarded@", "guarded:canary-wrong@");
    let (none, password): (&[_], &[_]) = (&[], &[("PGPASSWORD", PASSWORD)]);
    for (arguments, environment, expected) in [
        (database.at("init", &bare), none, 3),
        (database.at("init", &bare), password, 0),
        (database.at("status", &with), none, 0),
        (database.at("status", &wrong), password, 3),
        (database.at("verify", &with), none, 0),
        (vec!["backup", &with], none, 2),
        (vec!["status", "sqlite:x", &with], none, 2),
        (vec!["status", &with, "--key", &with], none, 2),
        (vec!["status", "mysql://guarded:canary-5f2e@host/d"], none, 2),
    ] {
        let all = [&["state"], &arguments[..], &["--output", "json"]].concat();
        let (code, output, errors) = run_with(&all, environment, "").await;
        assert_eq!(code, expected, "{arguments:?}: {errors}");
        assert!(!output.contains("canary") && !errors.contains("canary"), "{output} {errors}");
        if code == 0 {
            assert!(output.contains("postgres://guarded@"), "{output}");
        }
    }
}

#[tokio::test]
async fn a_change_of_the_key_that_is_killed_again_and_again_ends_well() {
    // R1, R13
    let places = Filled::new().await;
    let Some(database) = Database::new(&places) else { return };
    places.multiply("one", 450).await;
    done(&database.filling("move", &places.url("one"))).await;
    let expected = database.contents().await;
    let mut random = fastrand::Rng::with_seed(13);
    let arguments = [vec!["state"], database.at("rotate-key", &database.url)].concat();
    let mut killed = 0;
    for _ in 0..KILLS {
        killed += usize::from(run_and_kill(&arguments, random.usize(0..7)).await);
        assert_eq!(database.contents().await, expected);
    }
    assert!(killed > KILLS / 4, "only {killed} were killed in time");
    let ended = done(&database.at("rotate-key", &database.url)).await;
    let current = ended["after"]["currentKey"].as_str().unwrap();
    assert_eq!(ended["after"]["byKey"][current], 452);
    assert_eq!(ended["after"]["byKey"].as_object().unwrap().len(), 1, "{ended}");
    assert_eq!(done(&database.at("verify", &database.url)).await["secrets"], 452);
}

#[tokio::test]
async fn a_move_that_is_killed_goes_on_when_it_is_repeated() {
    // R1
    let places = Filled::new().await;
    let Some(database) = Database::new(&places) else { return };
    places.multiply("one", 600).await;
    let expected = places.contents("one").await;
    let one = places.url("one");
    let arguments = [vec!["state"], database.filling("move", &one)].concat();
    let mut killed = 0;
    for lines in [2, 4, 8] {
        killed += usize::from(run_and_kill(&arguments, lines).await);
    }
    assert!(killed > 0);
    let (code, _, errors) = state(&database.filling("move", &one)).await;
    let was_moved = code == 3 && errors.contains("was moved to");
    assert!(code == 0 || was_moved, "{code} {errors}");
    assert_eq!(database.contents().await, expected);
    let refused = places.open("one").await.unwrap_err();
    assert!(refused.to_string().contains("was moved to"), "{refused}");
}
