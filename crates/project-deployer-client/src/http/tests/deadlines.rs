//! No call without a deadline: not by method, not by request, not by what comes back (R6).

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use futures::future::{BoxFuture, join_all};
use futures::{FutureExt as _, StreamExt as _, stream};
use project_deployer_core::accounts::SourceType;
use project_deployer_core::{BundleId, Login, ProjectKey};
use tokio::sync::{mpsc, oneshot};

use super::clock::StoppedClock;
use super::dev_server::{DevServer, brisk, read};
use crate::automation_node::{
    AutomationNode as _, BundleProjectOptions, NewProject, ProjectChange, ScenarioChange,
};
use crate::error::{NodeError, NodeErrorKind};
use crate::http::{HttpNode, HttpTimeouts};
use crate::node_accounts::{NewPersonalKey, NodeAccounts as _};
use crate::request::{Method, NodeRequest, TimeoutClass};
use crate::retry::RetryPolicy;
use crate::upload::Upload;

const CALL: Duration = Duration::from_millis(100);
const TASK: Duration = Duration::from_millis(200);
/// On a paused clock, so that the time of the network does not count.
const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);

/// A server that never answers.
async fn silent() -> DevServer {
    DevServer::start(Router::new().fallback(std::future::pending::<()>)).await
}

fn impatient(server: &DevServer) -> HttpNode {
    let timeouts = HttpTimeouts { call: CALL, task: TASK, ..HttpTimeouts::default() };
    server.node_below("", &brisk().timeouts(timeouts).build().unwrap())
}

fn archive() -> Upload {
    Upload::from_bytes("v1.zip", "PK")
}

/// Every request that there can be, as far as the transport looks at it.
fn every_kind_of_request() -> impl Iterator<Item = NodeRequest> {
    let methods = [Method::Get, Method::Post, Method::Put, Method::Delete];
    let classes = [TimeoutClass::Request, TimeoutClass::LongRunning];
    methods.into_iter().flat_map(move |method| {
        classes.into_iter().flat_map(move |timeout_class| {
            [false, true].into_iter().flat_map(move |carries_archive| {
                [false, true].map(|safe_to_repeat| NodeRequest {
                    method,
                    timeout_class,
                    carries_archive,
                    safe_to_repeat,
                    ..read()
                })
            })
        })
    })
}

#[tokio::test]
async fn times_without_end_are_no_panic() {
    let server = DevServer::start(Router::new().fallback(async || "PK")).await;
    let (call, task, upload_per_mib) = (Duration::MAX, Duration::MAX, Duration::MAX);
    let timeouts = HttpTimeouts { call, task, upload_per_mib, ..HttpTimeouts::default() };
    let node = server.node_below("", &brisk().timeouts(timeouts).build().unwrap());
    node.nothing(&read()).await.unwrap();
    node.call_with(&read().with_archive().nothing(), archive()).await.unwrap();
    drop(node.download(&read(), "v1.zip").await.unwrap());
}

#[tokio::test]
async fn every_kind_of_request_ends_in_its_own_time() {
    let server = silent().await;
    let node = impatient(&server);
    let requests: Vec<_> = every_kind_of_request().collect();
    let kinds = join_all(requests.iter().map(async |request| {
        let answer = if request.carries_archive {
            node.call_with(&request.clone().nothing(), archive()).await
        } else {
            node.nothing(request).await
        };
        answer.unwrap_err().kind
    }))
    .await;
    for (request, kind) in requests.iter().zip(kinds) {
        let timeout_class =
            if request.timeout_class == TimeoutClass::Request { CALL } else { TASK };
        assert_eq!(kind, NodeErrorKind::TimedOut(timeout_class), "{request:?}");
    }
}

/// The sources of this crate below a folder, tests left out.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if name == "tests" {
            continue;
        }
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            let source = std::fs::read_to_string(&path).unwrap();
            found.push((path.display().to_string(), source));
        }
    }
    found
}

#[test]
fn every_request_constructor_begins_with_one_that_sets_a_time() {
    // The constructors of `NodeRequest` itself go through its `new`, which sets one; all that they can
    // set is what the test above tried. A new request has to begin with one of them, unless
    // it is put together by hand.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/request");
    let mut walked = 0;
    for (path, source) in sources(&folder) {
        let ends =
            |text: &str| ["impl ", "-> ", "-> &"].iter().any(|before| text.ends_with(before));
        let by_hand = source.match_indices("NodeRequest {").any(|(at, _)| !ends(&source[..at]));
        assert!(!by_hand, "{path}: a request is put together by hand");
        walked += source.matches("-> Call<").count();
    }
    assert!(walked >= 100, "only {walked} constructors were found");
}

type Ended<'a> = BoxFuture<'a, Result<(), NodeError>>;

/// A call, without its answer.
fn plain<'a, T>(call: impl Future<Output = Result<T, NodeError>> + Send + 'a) -> Ended<'a> {
    call.map(|answer| answer.map(|_| ())).boxed()
}

#[tokio::test]
async fn every_method_of_the_boundary_ends_at_its_deadline() {
    let server = silent().await;
    let node = &impatient(&server);
    let key = &ProjectKey::parse("CHURN").unwrap();
    let bundle = &BundleId::parse("v1").unwrap();
    let login = &Login::parse("mina").unwrap();
    let (name, options, none) =
        ("Churn".to_owned(), BundleProjectOptions::default(), BTreeMap::new());
    let project = NewProject { key: key.clone(), name, owner: login.clone(), folder: None };
    let source = SourceType::Ldap;
    let text = String::new;
    let personal = NewPersonalKey { user: login.clone(), label: text(), description: text() };
    let [containers, variables, permissions] = [
        ProjectChange::ContainerSettings(Default::default()),
        ProjectChange::Variables(Default::default()),
        ProjectChange::Permissions(Default::default()),
    ];
    let scenario = ScenarioChange::default();
    let calls: Vec<Ended<'_>> = vec![
        plain(node.instance_info()),
        plain(node.auth_info()),
        plain(node.resources()),
        plain(node.project_folder(None)),
        plain(node.project(key)),
        plain(node.create_project(&project)),
        plain(node.create_project_from_bundle(archive(), &options)),
        plain(node.import_bundle(key, archive())),
        plain(node.preload_bundle(key, bundle)),
        plain(node.activate_bundle(key, bundle, &none)),
        plain(node.project_configuration(key)),
        plain(node.configure_project(key, &containers)),
        plain(node.configure_project(key, &variables)),
        plain(node.configure_project(key, &permissions)),
        plain(node.scenarios(key)),
        plain(node.configure_scenario(key, "NIGHTLY", &scenario)),
        plain(node.run_scenario(key, "NIGHTLY")),
        plain(node.users()),
        plain(node.groups()),
        plain(node.ldap_settings()),
        plain(node.external_users(&source)),
        plain(node.provision_users(&source, &[])),
        plain(node.set_user_enabled(login, true)),
        plain(node.create_personal_key(&personal)),
    ];
    for (number, ended) in join_all(calls).await.into_iter().enumerate() {
        let kind = ended.unwrap_err().kind;
        assert!(matches!(kind, NodeErrorKind::TimedOut(_)), "{number}: {kind}");
    }
}

#[tokio::test]
async fn repeating_does_not_make_a_call_longer() {
    // R7: the first attempt takes most of the time, and the second one has the rest.
    let (arrive, mut arrivals) = mpsc::unbounded_channel();
    let failure = move || {
        let (answer, answered) = oneshot::channel::<()>();
        arrive.send(answer).unwrap();
        async move {
            answered.await.unwrap_or_default();
            axum::http::StatusCode::BAD_GATEWAY
        }
    };
    let server = DevServer::start(Router::new().fallback(failure)).await;
    let retries = RetryPolicy::default().pauses(Duration::ZERO, Duration::ZERO);
    let timeouts = HttpTimeouts { call: MONTH, ..HttpTimeouts::default() };
    let connector = brisk().retries(retries).timeouts(timeouts).build().unwrap();
    let (node, clock, request) = (server.node_below("", &connector), StoppedClock::new(), read());
    let in_turn = async {
        for share in [MONTH * 2 / 3, MONTH / 2] {
            clock.advance_until(|| !arrivals.is_empty()).await;
            let answer = arrivals.recv().await.unwrap();
            clock.advance(share).await;
            // A caller that has waited long enough polls no more.
            answer.send(()).unwrap_or_default();
        }
    };
    let (ended, ()) = tokio::join!(node.nothing(&request), in_turn);
    assert_eq!(ended.unwrap_err().kind, NodeErrorKind::TimedOut(MONTH));
    assert!(arrivals.is_empty(), "there was a third attempt");
}

/// Reads a download from a server that begins an archive and continues like this.
async fn download_ends(
    rest: fn() -> stream::BoxStream<'static, std::io::Result<Bytes>>,
    headers: [(&'static str, &'static str); 1],
) {
    let start = || stream::once(async { Ok(Bytes::from_static(b"PK")) });
    let answer = move || async move { (headers, Body::from_stream(start().chain(rest()))) };
    let server = DevServer::start(Router::new().fallback(answer)).await;
    let ended = match impatient(&server).download(&read(), "v1.zip").await {
        Ok(archive) => archive.collect().await.map_err(|error| error.to_string()).map(|_| ()),
        Err(error) => Err(error.to_string()),
    };
    assert!(ended.is_err(), "{ended:?}");
}

#[tokio::test]
async fn a_download_that_stops_or_trickles_ends_at_its_deadline() {
    let trickle = || {
        let tick = |()| async {
            tokio::task::yield_now().await;
            Some((Ok(Bytes::from_static(b".")), ()))
        };
        stream::unfold((), tick).boxed()
    };
    download_ends(|| stream::pending().boxed(), [("content-length", "1000000")]).await;
    download_ends(trickle, [("content-length", "1000000")]).await;
    download_ends(|| stream::pending().boxed(), [("x-length", "unknown")]).await;
    download_ends(trickle, [("x-length", "unknown")]).await;
}
