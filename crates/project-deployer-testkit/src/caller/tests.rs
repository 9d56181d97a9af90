use axum::http::HeaderValue;

use super::*;
use crate::seed::{MockGroup, MockUser};

fn node() -> NodeState {
    let mut state = NodeState::new("auto".to_owned());
    state.groups.insert("ops".to_owned(), MockGroup::creators("ops"));
    for user in [MockUser::new("mina").in_group("ops"), MockUser::new("gone").disabled()] {
        state.users.insert(user.login.clone(), user);
    }
    state
}

fn headers(authorization: &str, acting: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, HeaderValue::from_str(authorization).unwrap());
    if let Some(login) = acting {
        headers.insert("x-dku-proxyuser", HeaderValue::from_str(login).unwrap());
    }
    headers
}

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

#[test]
fn a_key_counts_as_user_name_as_password_and_as_bearer() {
    // wire-facts 7.9
    let node = node();
    for text in [basic("auto-admin-key:"), basic(":auto-admin-key"), "Bearer auto-admin-key".into()]
    {
        let caller = recognise(&node, &headers(&text, None)).unwrap();
        assert_eq!((caller.name(), caller.admin), ("admin-key", true), "{text}");
    }
}

#[test]
fn no_key_and_an_unknown_key_are_unauthorized() {
    let node = node();
    assert_eq!(recognise(&node, &HeaderMap::new()).unwrap_err().status, 401);
    for text in ["Bearer x", "Basic %%%", "Digest auto-admin-key"] {
        assert_eq!(recognise(&node, &headers(text, None)).unwrap_err().status, 401, "{text}");
    }
}

#[test]
fn the_admin_key_acts_with_the_rights_of_the_login() {
    let caller = recognise(&node(), &headers("Bearer auto-admin-key", Some("mina"))).unwrap();
    assert_eq!((caller.name(), caller.admin, caller.may_create_projects), ("mina", false, true));
}

#[test]
fn unknown_and_disabled_logins_are_refused() {
    // R-S9
    for login in ["ghost", "gone", "Mina"] {
        let refused = recognise(&node(), &headers("Bearer auto-admin-key", Some(login)));
        let refused = refused.unwrap_err();
        assert_eq!(refused.status, 403);
        assert!(refused.message.contains(login), "{refused:?}");
    }
}
