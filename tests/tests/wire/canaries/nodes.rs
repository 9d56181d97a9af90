use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use project_deployer_client::request::administration;
use project_deployer_client::request::keys::{self, GlobalKeyRights, NewGlobalKey};
use project_deployer_client::request::users::{self, NewUser};
use project_deployer_client::{
    AutomationNode as _, HttpNode, Identity, NewPersonalKey, NodeAccounts as _,
};
use project_deployer_core::Login;
use project_deployer_core::accounts::SourceType;
use project_deployer_testkit::{ClosedPort, Fault, FaultSeed, MockNode, Quirk, TestTls};
use project_deployer_tests::{
    RawServer, Reply, http_answer, json_answer, quick, settings, settings_at, single_attempts,
};
use serde_json::json;

use super::Heard;
use crate::asking::{activate, bundle, create_from, create_project};

/// Everything that the seeded faults know.
pub(super) fn faults() -> Vec<Fault> {
    vec![
        Fault::status(400),
        Fault::status(401),
        Fault::status(403),
        Fault::status(404),
        Fault::status(409),
        Fault::status(500),
        Fault::status(503),
        Fault::status(503).after_effect(),
        Fault::busy(7),
        Fault::connection_reset(),
        Fault::reply_lost(),
        Fault::truncated(),
        Fault::half_json(),
        Fault::empty_body(),
        Fault::error_inside("no space left"),
        Fault::html_page(200),
        Fault::html_page(502),
        Fault::garbage(),
        Fault::redirect("https://elsewhere.example.test/"),
        Fault::delay(Duration::from_millis(300)),
        Fault::pretended(),
    ]
}

fn user(login: String, password: String) -> NewUser {
    let login = Login::parse(login).unwrap();
    NewUser::new(login, SourceType::Local).with_password(Some(password.into()))
}

/// Makes every call that sends or returns secrets; returns how many succeeded.
async fn ask_all(node: &HttpNode, heard: &mut Heard) -> usize {
    let new_user = user(format!("user{}", heard.secrets), heard.secret());
    let global =
        NewGlobalKey::new("deployer", GlobalKeyRights::Admin).with_description("for updates");
    let personal =
        NewPersonalKey::new(new_user.login.clone(), "deployer").with_description("for updates");
    heard.show(&new_user);
    let ended = [
        heard.show_outcome(&node.instance_info().await),
        heard.show_outcome(&node.users().await),
        heard.show_outcome(&create_project(node).await),
        heard.show_outcome(&create_from(node, bundle()).await),
        heard.show_outcome(&activate(node).await),
        heard.show_outcome(&node.call(&users::create(&new_user)).await),
        heard.show_outcome(&node.call(&users::create_many(&[new_user])).await),
        heard.show_outcome(&node.create_personal_key(&personal).await),
        heard.show_outcome(&node.call(&keys::create_global(&global)).await),
        heard.show_outcome(&node.call(&administration::create_ticket()).await),
        heard.show_outcome(&node.ldap_settings().await),
    ];
    ended.into_iter().filter(|succeeded| *succeeded).count()
}

#[tokio::test]
async fn nothing_that_is_said_of_a_node_gives_a_secret_away() {
    // R13
    let mut heard = Heard::listening();
    let timeouts =
        quick().with_call(Duration::from_millis(100)).with_task(Duration::from_millis(100));
    let connector = single_attempts().timeouts(timeouts).build().unwrap();
    let mut succeeded = 0;
    for quirk in [None, Some(Quirk::TasksAnswerFutures)] {
        let key = heard.secret();
        let builder = MockNode::builder("auto").admin_api_key(key);
        let builder = quirk.into_iter().fold(builder, |builder, quirk| builder.quirk(quirk));
        let mock = builder.start().await;
        let node = connector.node(&settings(&mock), &Identity::ApiKey).unwrap();
        succeeded += ask_all(&node, &mut heard).await;
        for fault in faults() {
            mock.fault(fault);
            ask_all(&node, &mut heard).await;
            mock.clear_faults();
        }
        for seed in 0..20 {
            let chance = faults().into_iter().fold(FaultSeed::new(seed), |seed, f| seed.rate(2, f));
            mock.draw_faults_from(chance);
            succeeded += ask_all(&node, &mut heard).await;
            mock.clear_faults();
        }
    }
    assert!(succeeded > 50, "{succeeded}");
    heard.assert_nothing_given_away(80);
}

/// What a server says that repeats all it was sent: to each call in another way.
fn repeating(head: &str, body: &str, number: usize) -> Vec<u8> {
    let reported = format!("you sent {head} {body}");
    let error = json!({"errorType": "ProxyException", "message": reported}).to_string();
    let html = format!("<html><pre>{reported}</pre></html>");
    match number % 8 {
        0 => json_answer("400 Bad Request", &error),
        1 => json_answer("401 Unauthorized", &error),
        2 => json_answer("403 Forbidden", &error),
        3 => json_answer("404 Not Found", &error),
        4 => json_answer("500 Internal Server Error", &error),
        5 => json_answer("200 OK", &error),
        6 => http_answer("200 OK", "content-type: text/html\r\n", html.as_bytes()),
        _ => http_answer("422 Unprocessable", "content-type: text/plain\r\n", reported.as_bytes()),
    }
}

#[tokio::test]
async fn nothing_that_a_server_repeats_of_hundreds_of_secrets_gets_through() {
    // R13
    let (mut heard, number) = (Heard::listening(), AtomicUsize::new(0));
    let server = RawServer::start(move |head| {
        Reply::Bytes(repeating(head, "", number.fetch_add(1, Ordering::SeqCst)))
    });
    let (server, connector) = (server.await, single_attempts().build().unwrap());
    for _ in 0..200 {
        let settings = settings_at(&server.url(), &heard.secret());
        heard.show(&settings);
        let node = connector.node(&settings, &Identity::ApiKey).unwrap();
        heard.show(&node);
        heard.show_outcome(&node.instance_info().await);
        heard.show_outcome(&node.users().await);
        heard.show_outcome(&create_project(&node).await);
    }
    assert_eq!(server.requests().len(), 600);
    heard.assert_nothing_given_away(200);
}

#[tokio::test]
async fn a_refusal_that_repeats_a_password_does_not_give_it_away() {
    // R13
    let mut heard = Heard::listening();
    let connector = single_attempts().build().unwrap();
    for number in 0..32 {
        let password = heard.secret();
        let new = user(format!("user{number}"), password.clone());
        let sent = json!({"login": new.login, "password": password}).to_string();
        let server = RawServer::saying(Reply::Bytes(repeating("", &sent, number))).await;
        let settings = settings_at(&server.url(), &heard.secret());
        let node = connector.node(&settings, &Identity::ApiKey).unwrap();
        let outcome = node.call(&users::create(&new)).await;
        assert!(outcome.is_err() || number % 8 == 5, "{number}: {outcome:?}");
        heard.show_outcome(&outcome);
        heard.show_outcome(&node.call(&users::create_many(&[new])).await);
    }
    heard.assert_nothing_given_away(64);
}

#[tokio::test]
async fn no_secret_is_in_what_is_said_of_connections_that_do_not_come_about() {
    // R13, R15
    let mut heard = Heard::listening();
    for tls in [
        TestTls::Valid,
        TestTls::UnknownRoot,
        TestTls::WrongHost,
        TestTls::Expired,
        TestTls::NotYetValid,
        TestTls::ForClients,
        TestTls::Sha1,
    ] {
        let builder = MockNode::builder("auto").admin_api_key(heard.secret());
        let mock = builder.tls(tls).start().await;
        let trusting = single_attempts().certificate_authority(mock.ca_pem().unwrap());
        let connector = trusting.build().unwrap();
        heard.show(&connector);
        let node = connector.node(&settings(&mock), &Identity::ApiKey).unwrap();
        assert_eq!(heard.show_outcome(&node.instance_info().await), tls == TestTls::Valid);
    }
    let connector = single_attempts().build().unwrap();
    let closed = ClosedPort::hold();
    let (plain, encrypted) = (closed.url(), format!("https://{}", closed.address()));
    for address in [&plain, "http://169.254.169.254:80", &encrypted] {
        let settings = settings_at(address, &heard.secret());
        match connector.node(&settings, &Identity::ApiKey) {
            Ok(node) => drop(heard.show_outcome(&node.instance_info().await)),
            Err(error) => heard.show_error(&error),
        }
    }
    heard.assert_nothing_given_away(10);
}
