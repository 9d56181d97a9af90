//! Who asks: sessions of browsers, proxies, other origins.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{HeaderName, StatusCode};
use project_deployer::store::{MemoryArchive, MemoryStore};
use project_deployer::{Deployer, SessionLimits};
use project_deployer_server::{DeployerService, FrontendOptions};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::installation::{Answer, Installation, TestClock, answer_of, fleet, parsed, request};

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const FROM_PAGE: (&str, &str) = ("x-requested-with", "deployer");

pub(crate) async fn sign_in(installation: &Installation, login: &str, password: &str) -> Answer {
    let body = json!({"login": login, "password": password});
    installation.send("POST", "/session", "", &[FROM_PAGE], body).await
}

/// A user with a password, and the cookie of a session.
pub(crate) async fn with_session(installation: &Installation) -> String {
    installation.user("zoe", "askers").await;
    installation.admin().set_password(&parsed("zoe"), PASSWORD.into()).await.unwrap();
    let answer = sign_in(installation, "zoe", PASSWORD).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
    cookie_of(&answer)
}

pub(crate) fn cookie_of(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

pub(crate) async fn me(installation: &Installation, cookie: &str) -> Answer {
    installation.send("GET", "/me", "", &[("cookie", cookie)], Value::Null).await
}

#[tokio::test]
async fn a_session_is_a_cookie_that_no_script_and_no_other_site_gets() {
    let installation = Installation::new().await;
    let cookie = with_session(&installation).await;
    let answer = sign_in(&installation, "zoe", PASSWORD).await;
    let set = answer.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Secure"), "{set}");
    assert!(!answer.text().contains(cookie_of(&answer).split_once('=').unwrap().1));
    let found = me(&installation, &cookie).await.json();
    assert_eq!((&found["login"], &found["authentication"]), (&json!("zoe"), &json!("session")));
    let over_tls = Installation::with(FrontendOptions::default().over_tls(true)).await;
    with_session(&over_tls).await;
    let set = sign_in(&over_tls, "zoe", PASSWORD).await.header("set-cookie").to_owned();
    assert!(set.starts_with("__Host-") && set.ends_with("; Secure"), "{set}");
}

#[tokio::test]
async fn a_wrong_login_says_no_more_than_a_wrong_password() {
    let installation = Installation::new().await;
    with_session(&installation).await;
    installation.user("no-password", "askers").await;
    let mut texts = Vec::new();
    for (login, password) in [
        ("zoe", "wrong wrong wrong"),
        ("ghost", PASSWORD),
        ("no-password", PASSWORD),
        ("a/b", PASSWORD),
        ("", ""),
    ] {
        let answer = sign_in(&installation, login, password).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (401, "password-wrong"),
            "{login}"
        );
        assert!(!answer.headers.contains_key("set-cookie"));
        texts.push(answer.json()["detail"].clone());
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
}

#[tokio::test(start_paused = true)]
async fn whoever_guesses_has_to_wait() {
    let installation = Installation::new().await;
    with_session(&installation).await;
    for _ in 0..10 {
        assert_eq!(sign_in(&installation, "zoe", "wrong wrong wrong").await.status.as_u16(), 401);
    }
    let refused = sign_in(&installation, "zoe", PASSWORD).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (429, "too-many-failed-logins"));
    assert_eq!(refused.header("retry-after"), "1");
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    assert_eq!(sign_in(&installation, "zoe", PASSWORD).await.status.as_u16(), 201);
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_at_the_latest_after_a_while() {
    let minutes = |count: u64| std::time::Duration::from_secs(count * 60);
    let limits = SessionLimits::default().with_idle(minutes(10)).with_absolute(minutes(60));
    let installation = Installation::with(FrontendOptions::default().sessions(limits)).await;
    let cookie = with_session(&installation).await;
    for _ in 0..6 {
        assert_eq!(me(&installation, &cookie).await.status.as_u16(), 200);
        installation.clock.advance(9 * 60_000);
    }
    assert_eq!(me(&installation, &cookie).await.status.as_u16(), 200);
    installation.clock.advance(6 * 60_000);
    let ended = me(&installation, &cookie).await;
    assert_eq!((ended.status.as_u16(), ended.code().as_str()), (401, "session-ended"));
    let cookie = cookie_of(&sign_in(&installation, "zoe", PASSWORD).await);
    installation.clock.advance(10 * 60_000);
    assert_eq!(me(&installation, &cookie).await.code(), "session-ended");
}

#[tokio::test]
async fn a_session_ends_with_what_opened_it() {
    let installation = Installation::new().await;
    let admin = installation.admin();
    let cookie = with_session(&installation).await;
    // The user signs out.
    let headers = [("cookie", cookie.as_str()), FROM_PAGE];
    let signed_out = installation.send("DELETE", "/session", "", &headers, Value::Null).await;
    assert!(signed_out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(me(&installation, &cookie).await.code(), "session-ended");
    // The password changes.
    let cookie = cookie_of(&sign_in(&installation, "zoe", PASSWORD).await);
    let change = json!({"old": PASSWORD, "new": "another long password"});
    let headers = [("cookie", cookie.as_str()), FROM_PAGE];
    let changed = installation.send("PUT", "/me/password", "", &headers, change).await;
    assert_eq!(changed.status.as_u16(), 204, "{}", changed.text());
    assert_eq!(me(&installation, &cookie).await.code(), "session-ended");
    // The user is disabled, or deleted; a new one of the same login inherits nothing.
    let cookie = cookie_of(&sign_in(&installation, "zoe", "another long password").await);
    let zoe = admin.user_settings(&parsed("zoe")).await.unwrap();
    admin.save_user(&zoe.clone().with_enabled(false)).await.unwrap();
    assert_eq!(me(&installation, &cookie).await.code(), "login-disabled");
    admin.save_user(&zoe).await.unwrap();
    assert_eq!(me(&installation, &cookie).await.status.as_u16(), 200);
    admin.delete_user(&parsed("zoe")).await.unwrap();
    admin.create_user(&zoe).await.unwrap();
    assert_eq!(me(&installation, &cookie).await.code(), "session-ended");
    assert_eq!(sign_in(&installation, "zoe", "another long password").await.status.as_u16(), 401);
}

#[tokio::test]
async fn an_api_key_opens_a_session_that_ends_with_the_key() {
    let installation = Installation::new().await;
    let key = installation.user("zoe", "askers").await;
    // As the file of the first key has it.
    let body = json!({"apiKey": format!("{key}\n")});
    let answer = installation.send("POST", "/session", "", &[FROM_PAGE], body).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
    let cookie = cookie_of(&answer);
    assert_eq!(me(&installation, &cookie).await.json()["login"], "zoe");
    let keys = installation.get("/keys?user=zoe", &installation.key).await.json();
    let id = keys["items"][0]["id"].as_str().unwrap().to_owned();
    installation.admin().delete_api_key(&id).await.unwrap();
    assert_eq!(me(&installation, &cookie).await.code(), "session-ended");
}

#[tokio::test]
async fn a_session_takes_changes_from_pages_of_the_service_alone() {
    let installation = Installation::new().await;
    let cookie = with_session(&installation).await;
    let host = ("host", "deploy.example");
    for (headers, is_taken) in [
        (vec![], false),
        (vec![FROM_PAGE], true),
        (vec![("sec-fetch-site", "same-origin")], true),
        (vec![("sec-fetch-site", "same-site"), FROM_PAGE], false),
        (vec![("sec-fetch-site", "cross-site"), FROM_PAGE], false),
        (vec![("sec-fetch-site", "none"), FROM_PAGE], false),
        (vec![host, ("origin", "https://deploy.example")], true),
        (vec![host, ("origin", "https://evil.example"), FROM_PAGE], false),
        (vec![host, ("origin", "null"), FROM_PAGE], false),
    ] {
        let mut headers = headers;
        headers.push(("cookie", &cookie));
        let body = json!({"label": "mine"});
        let answer = installation.send("POST", "/keys", "", &headers, body).await;
        let taken = answer.status.as_u16() == 201;
        assert_eq!(taken, is_taken, "{headers:?}: {}", answer.text());
        if !is_taken {
            assert_eq!(answer.code(), "cross-site", "{headers:?}");
        }
        // To sign somebody in as somebody else is a change, too.
        let body = json!({"login": "zoe", "password": PASSWORD});
        let signed_in = installation.send("POST", "/session", "", &headers, body).await;
        assert_eq!(signed_in.status.as_u16() == 201, is_taken, "{headers:?}");
    }
}

#[tokio::test]
async fn two_servers_on_one_store_know_the_same_sessions() {
    let (store, archive, clock) = (MemoryStore::new(), MemoryArchive::new(), TestClock::new());
    let deployer =
        || Deployer::builder(fleet()).clock(clock.clone()).on(store.clone(), archive.clone());
    let (one, other) = (deployer(), deployer());
    let first = one.first_administrator(parsed("admin")).await.unwrap().unwrap();
    let key = first.create().await.unwrap().secret.expose_secret().to_owned();
    let [one, other] = [one, other].map(|deployer| DeployerService::new(deployer).into_router());
    let sign_in = request("POST", "/session", "", &[FROM_PAGE], json!({"apiKey": key}));
    let cookie = cookie_of(&answer_of(one.clone(), sign_in).await);
    let ask =
        |method, path| request(method, path, "", &[("cookie", &cookie), FROM_PAGE], Value::Null);
    assert_eq!(answer_of(other.clone(), ask("GET", "/me")).await.status.as_u16(), 200);
    assert_eq!(answer_of(other, ask("DELETE", "/session")).await.status.as_u16(), 204);
    assert_eq!(answer_of(one, ask("GET", "/me")).await.code(), "session-ended");
}

#[tokio::test]
async fn only_a_trusted_proxy_names_the_user() {
    let proxy: IpAddr = [192, 0, 2, 7].into();
    let header = HeaderName::from_static("x-remote-user");
    let options = FrontendOptions::default().trusted_proxies(header, [proxy]);
    let installation = Installation::with(options).await;
    installation.user("zoe", "askers").await;
    let ask = async |from: Option<[u8; 4]>, logins: &[&str]| {
        let headers: Vec<_> = logins.iter().map(|login| ("x-remote-user", *login)).collect();
        let mut request = request("GET", "/me", "", &headers, Value::Null);
        if let Some(from) = from {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::from((from, 4711))));
        }
        installation.ask(request).await
    };
    let answer = ask(Some([192, 0, 2, 7]), &["zoe"]).await;
    assert_eq!(answer.json()["login"], "zoe", "{}", answer.text());
    assert_eq!(ask(Some([192, 0, 2, 7]), &["ghost"]).await.code(), "login-unknown");
    assert_eq!(ask(Some([192, 0, 2, 7]), &["zoe", "admin"]).await.code(), "denied");
    assert_eq!(ask(Some([192, 0, 2, 8]), &["zoe"]).await.code(), "denied");
    assert_eq!(ask(None, &["zoe"]).await.code(), "denied");
    assert_eq!(ask(Some([192, 0, 2, 7]), &[]).await.code(), "credentials-missing");
}

#[tokio::test]
async fn pages_of_other_origins_are_answered_only_if_they_are_allowed() {
    let options = FrontendOptions::default().origins(["https://front.example"]);
    let installation = Installation::with(options).await;
    let ask = async |method: &str, origin: &str| {
        let headers = [("origin", origin), ("access-control-request-method", "PUT")];
        let key = if method == "OPTIONS" { "" } else { &installation.key };
        installation.send(method, "/me", key, &headers, Value::Null).await
    };
    let allowed = ask("OPTIONS", "https://front.example").await;
    assert_eq!(allowed.status.as_u16(), 204);
    assert_eq!(allowed.header("access-control-allow-origin"), "https://front.example");
    assert!(allowed.header("access-control-allow-headers").contains("if-match"));
    assert!(!allowed.headers.contains_key("access-control-allow-credentials"));
    let read = ask("GET", "https://front.example").await;
    assert_eq!(read.header("access-control-allow-origin"), "https://front.example");
    assert!(read.header("access-control-expose-headers").contains("etag"));
    for method in ["OPTIONS", "GET"] {
        let other = ask(method, "https://evil.example").await;
        assert!(!other.headers.contains_key("access-control-allow-origin"), "{method}");
    }
    let closed = Installation::new().await;
    let headers = [("origin", "https://front.example")];
    let answer = closed.send("GET", "/me", &closed.key, &headers, Value::Null).await;
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn no_answer_and_no_document_shows_a_password() {
    // R13
    let installation = Installation::new().await;
    with_session(&installation).await;
    let user = installation.get("/users/zoe", &installation.key).await;
    assert!(user.json()["passwordSetOn"].is_i64(), "{}", user.text());
    assert!(!user.text().contains("argon2") && !user.text().contains(PASSWORD));
    let shown = format!("{:?}", installation.admin().password_info(&parsed("zoe")).await.unwrap());
    assert!(!shown.contains("argon2"), "{shown}");
}

#[tokio::test]
async fn an_administrator_may_ask_in_the_name_of_a_user() {
    // wire-facts 1.4
    let installation = Installation::new().await;
    let key = installation.user("zoe", "askers").await;
    let me = async |key: &str, login: &[&str]| {
        let headers: Vec<_> = login.iter().map(|login| ("x-dku-proxyuser", *login)).collect();
        installation.send("GET", "/me", key, &headers, Value::Null).await
    };
    assert_eq!(me(&installation.key, &["zoe"]).await.json()["login"], "zoe");
    let hidden = [("x-dku-proxyuser", "zoe")];
    let path = "/infrastructures/prod";
    let hidden = installation.send("GET", path, &installation.key, &hidden, Value::Null).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{}", hidden.text());
    for (key, login, code) in [
        (&key, &["admin"][..], "denied"),
        (&installation.key, &["nobody"], "denied"),
        (&installation.key, &["zoe", "zoe"], "request-malformed"),
        (&installation.key, &[""], "request-malformed"),
    ] {
        let answer = me(key, login).await;
        assert_eq!(answer.code(), code, "{login:?}: {}", answer.text());
    }
}
