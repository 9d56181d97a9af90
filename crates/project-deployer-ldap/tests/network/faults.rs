//! Faults between a directory and this client: a partial answer never reads as complete (R10, D7).

use std::time::Duration;

use ldap3_proto::proto::{
    LdapExtendedResponse, LdapOp, LdapResultCode, LdapSearchResultReference, LdapSearchScope,
};
use project_deployer_ldap::{Completeness, DirectoryError, PartialReason, SearchResult};

use crate::server::{
    FakeServer, budgets, cookie, done, entry, everything, logins, person, result, short,
};

fn partial(reason: PartialReason) -> Completeness {
    Completeness::Partial(reason)
}

#[tokio::test]
async fn a_connection_that_ends_within_a_page_is_made_anew_once() {
    let server = FakeServer::start(|mut line| async move {
        let search = line.first_search().await;
        line.say(search.msgid, person("ann")).await;
        if line.number > 0 {
            line.say(search.msgid, person("bob")).await;
            line.say(search.msgid, done(LdapResultCode::Success)).await;
        }
    })
    .await;
    let found = server.everything().await.unwrap();
    assert_eq!((logins(&found).len(), found.completeness), (2, Completeness::Complete));
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_connection_that_keeps_ending_within_an_answer_leaves_a_partial_one() {
    // R10: the library reports success for the entries so far
    let server = FakeServer::start(|mut line| async move {
        let search = line.first_search().await;
        line.say_with(search.msgid, person("ann"), vec![]).await;
        line.say_with(search.msgid, done(LdapResultCode::Success), cookie(b"more")).await;
        let search = line.request().await.unwrap();
        line.say(search.msgid, person("bob")).await;
    })
    .await;
    let found = server.everything().await.unwrap();
    assert_eq!(found.completeness, partial(PartialReason::Interrupted));
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_connection_that_keeps_ending_before_an_answer_is_no_answer() {
    let server = FakeServer::start(|mut line| async move {
        line.first_search().await;
    })
    .await;
    let answer = server.everything().await;
    assert!(matches!(answer, Err(DirectoryError::Unreachable { .. })), "{answer:?}");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn an_idle_connection_that_was_closed_costs_nothing() {
    let server = FakeServer::start(|mut line| async move {
        let search = line.first_search().await;
        line.say(search.msgid, person("ann")).await;
        line.say(search.msgid, done(LdapResultCode::Success)).await;
    })
    .await;
    let directory = server.directory(budgets());
    for connections in 1..4 {
        assert_eq!(logins(&everything(&directory).await.unwrap()), ["ann"]);
        assert_eq!(server.connections(), connections);
    }
}

#[tokio::test]
async fn a_connection_that_was_long_idle_is_not_relied_on() {
    // R6: the client gets no notice if a firewall has dropped the connection
    let server = FakeServer::start(|mut line| async move {
        line.bind().await;
        while let Some(search) = line.request().await {
            line.say(search.msgid, person("ann")).await;
            line.say(search.msgid, done(LdapResultCode::Success)).await;
        }
    })
    .await;
    for (idle, connections) in [(Duration::from_secs(60), 1), (Duration::ZERO, 3)] {
        let directory = server.directory(budgets().idle(idle));
        let before = server.connections();
        for _ in 0..3 {
            assert_eq!(logins(&everything(&directory).await.unwrap()), ["ann"]);
        }
        assert_eq!(server.connections() - before, connections);
    }
}

#[tokio::test]
async fn limits_of_the_directory_leave_a_partial_answer() {
    for (code, reason) in [
        (LdapResultCode::SizeLimitExceeded, PartialReason::SizeLimit),
        (LdapResultCode::TimeLimitExceeded, PartialReason::TimeLimit),
        (LdapResultCode::AdminLimitExceeded, PartialReason::AdministrativeLimit),
    ] {
        let server = FakeServer::start(move |mut line| {
            let code = code.clone();
            async move {
                line.bind().await;
                while let Some(search) = line.request().await {
                    line.say(search.msgid, person("ann")).await;
                    line.say(search.msgid, done(code.clone())).await;
                }
            }
        })
        .await;
        let found = server.everything().await.unwrap();
        assert_eq!((logins(&found).len(), found.completeness), (1, partial(reason)));
    }
}

#[tokio::test]
async fn results_are_told_apart_by_meaning() {
    let kind = |error: &DirectoryError| match error {
        DirectoryError::Refused { .. } => "refused",
        DirectoryError::Unavailable { .. } => "unavailable",
        DirectoryError::NoSuchBase { .. } => "no such base",
        DirectoryError::Failed { .. } => "failed",
        _ => "else",
    };
    for (code, wanted) in [
        (LdapResultCode::NoSuchObject, "no such base"),
        (LdapResultCode::InsufficentAccessRights, "refused"),
        (LdapResultCode::UnwillingToPerform, "refused"),
        (LdapResultCode::StrongerAuthRequired, "refused"),
        (LdapResultCode::Busy, "unavailable"),
        (LdapResultCode::Unavailable, "unavailable"),
        (LdapResultCode::OperationsError, "failed"),
        (LdapResultCode::Other, "failed"),
    ] {
        let server = FakeServer::start(move |mut line| {
            let code = code.clone();
            async move {
                let search = line.first_search().await;
                line.say(search.msgid, person("ann")).await;
                line.say(search.msgid, done(code)).await;
                line.hang().await;
            }
        })
        .await;
        assert_eq!(kind(&server.everything().await.unwrap_err()), wanted);
    }
}

#[tokio::test]
async fn nobody_is_there_only_where_the_base_is() {
    // D7: 389 Directory Server answers a search below an unknown base with nothing and success
    for base_is_there in [false, true] {
        let server = FakeServer::start(move |mut line| async move {
            line.bind().await;
            while let Some(search) = line.request().await {
                let LdapOp::SearchRequest(request) = &search.op else { return };
                if base_is_there && request.scope == LdapSearchScope::Base {
                    line.say(search.msgid, entry("dc=example,dc=test", &[])).await;
                }
                line.say(search.msgid, done(LdapResultCode::Success)).await;
            }
        })
        .await;
        let answer = server.everything().await;
        if base_is_there {
            assert_eq!(answer, Ok(SearchResult::all(vec![])));
        } else {
            assert!(matches!(answer, Err(DirectoryError::NoSuchBase { .. })), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn referrals_are_named_and_never_followed() {
    // R12
    let elsewhere = FakeServer::start(|line| line.hang()).await;
    let place = format!("{}", elsewhere.url());
    let within = place.clone();
    let server = FakeServer::start(move |mut line| {
        let uris = vec![within.clone()];
        async move {
            let search = line.first_search().await;
            let reference = LdapSearchResultReference { uris };
            line.say(search.msgid, LdapOp::SearchResultReference(reference)).await;
            line.say(search.msgid, person("ann")).await;
            line.say(search.msgid, done(LdapResultCode::Success)).await;
            line.hang().await;
        }
    })
    .await;
    let found = server.everything().await.unwrap();
    assert_eq!(logins(&found), ["ann"]);
    assert!(
        matches!(found.completeness, Completeness::Partial(PartialReason::Referral(to)) if place.starts_with(to.trim_end_matches('…')))
    );
    let whole = FakeServer::start(move |mut line| {
        let referral = vec![place.clone()];
        async move {
            let search = line.first_search().await;
            let result =
                ldap3_proto::proto::LdapResult { referral, ..result(LdapResultCode::Referral) };
            line.say(search.msgid, LdapOp::SearchResultDone(result)).await;
            line.hang().await;
        }
    })
    .await;
    let found = whole.everything().await.unwrap();
    assert!(matches!(found.completeness, Completeness::Partial(PartialReason::Referral(_))));
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn the_references_of_active_directory_to_its_own_zones_leave_the_answer_whole() {
    let server = FakeServer::start(|mut line| async move {
        let search = line.first_search().await;
        for place in ["CN=Configuration", "DC=DomainDnsZones", "DC=ForestDnsZones"] {
            let uris = vec![format!("ldap://example.test/{place},DC=example,DC=test")];
            let reference = LdapSearchResultReference { uris };
            line.say(search.msgid, LdapOp::SearchResultReference(reference)).await;
        }
        line.say(search.msgid, person("ann")).await;
        line.say(search.msgid, done(LdapResultCode::Success)).await;
        line.hang().await;
    })
    .await;
    assert_eq!(server.everything().await.unwrap().completeness, Completeness::Complete);
}

#[tokio::test]
async fn a_notice_of_disconnection_ends_the_answer() {
    let server = FakeServer::start(|mut line| async move {
        let search = line.first_search().await;
        line.say(search.msgid, person("ann")).await;
        let notice = LdapExtendedResponse {
            res: result(LdapResultCode::Unavailable),
            name: Some("1.3.6.1.4.1.1466.20036".to_owned()),
            value: None,
        };
        line.say(0, LdapOp::ExtendedResponse(notice)).await;
        line.hang().await;
    })
    .await;
    let found = server.everything().await.unwrap();
    assert_eq!(found.completeness, partial(PartialReason::Interrupted));
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn who_never_answers_is_waited_for_no_longer_than_the_budget() {
    let silent_from = |answers: usize| {
        FakeServer::start(move |mut line| async move {
            if answers > 0 {
                line.first_search().await;
            }
            line.hang().await;
        })
    };
    for answers in 0..2 {
        let server = silent_from(answers).await;
        let answer = everything(&server.directory(short())).await;
        assert_eq!(answer, Err(DirectoryError::TimedOut));
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test]
async fn who_answers_byte_by_byte_is_waited_for_no_longer_than_the_budget() {
    let server = FakeServer::start(|mut line| async move {
        line.first_search().await;
        let mut tick = tokio::time::interval(std::time::Duration::from_millis(20));
        line.raw(&[0x30, 0x84, 0x00, 0x01, 0x00, 0x00]).await;
        loop {
            tick.tick().await;
            line.raw(&[0x02]).await;
        }
    })
    .await;
    let answer = everything(&server.directory(short())).await;
    assert_eq!(answer, Err(DirectoryError::TimedOut));
}

#[tokio::test]
async fn a_search_that_always_brings_a_little_more_ends_at_its_deadline() {
    let server = FakeServer::start(|mut line| async move {
        let search = line.first_search().await;
        for number in 0_u64.. {
            line.say(search.msgid, person(&format!("p{number}"))).await;
        }
    })
    .await;
    let budget = short().search(std::time::Duration::from_millis(400));
    let answer = everything(&server.directory(budget)).await;
    assert_eq!(answer, Err(DirectoryError::TimedOut));
}

#[tokio::test]
async fn a_search_that_is_given_up_leaves_no_answer_for_the_next_one() {
    let server = FakeServer::start(|mut line| async move {
        let search = line.first_search().await;
        if line.number == 0 {
            line.say(search.msgid, person("stale")).await;
            return line.hang().await;
        }
        line.say(search.msgid, person("ann")).await;
        line.say(search.msgid, done(LdapResultCode::Success)).await;
        line.hang().await;
    })
    .await;
    let directory = server.directory(budgets());
    let given_up = tokio::select! {
        answer = everything(&directory) => Some(answer),
        () = async { while server.heard().len() < 2 { tokio::task::yield_now().await } } => None,
    };
    assert_eq!(given_up, None);
    assert_eq!(logins(&everything(&directory).await.unwrap()), ["ann"]);
}

#[tokio::test]
async fn our_own_limits_leave_a_partial_answer() {
    let server = FakeServer::start(|mut line| async move {
        let search = line.first_search().await;
        for number in 0..100 {
            line.say(search.msgid, person(&format!("p{number}"))).await;
        }
        line.say(search.msgid, done(LdapResultCode::Success)).await;
        line.hang().await;
    })
    .await;
    for (budget, kept) in [(budgets().entries(99), 99), (budgets().bytes(2_000, 2_000), 0)] {
        let found = everything(&server.directory(budget)).await.unwrap();
        assert!(matches!(found.completeness, Completeness::Partial(PartialReason::OurLimit(_))));
        assert!(found.entries.len() >= kept && found.entries.len() < 100);
    }
    let whole = everything(&server.directory(budgets().entries(100))).await.unwrap();
    assert_eq!(whole.completeness, Completeness::Complete);
}

#[tokio::test]
async fn a_directory_that_refuses_pages_is_asked_without_them() {
    let server = FakeServer::start(|mut line| async move {
        let search = line.first_search().await;
        line.say(search.msgid, done(LdapResultCode::UnavailableCriticalExtension)).await;
        let search = line.request().await.unwrap();
        line.say(search.msgid, person("ann")).await;
        line.say(search.msgid, done(LdapResultCode::Success)).await;
        line.hang().await;
    })
    .await;
    let found = server.everything().await.unwrap();
    assert_eq!((logins(&found).len(), found.completeness), (1, Completeness::Complete));
    assert!(!server.heard()[1].ctrl.is_empty() && server.heard()[2].ctrl.is_empty());
}

#[tokio::test]
async fn a_cookie_that_leads_in_a_circle_is_an_error() {
    let server = FakeServer::start(|mut line| async move {
        line.bind().await;
        while let Some(search) = line.request().await {
            line.say(search.msgid, person("ann")).await;
            line.say_with(search.msgid, done(LdapResultCode::Success), cookie(b"again")).await;
        }
    })
    .await;
    let answer = server.everything().await;
    assert!(matches!(answer, Err(DirectoryError::Malformed { .. })), "{answer:?}");
}

#[tokio::test]
async fn a_cookie_that_the_directory_does_not_know_any_more_is_an_error() {
    let server = FakeServer::start(|mut line| async move {
        let search = line.first_search().await;
        line.say(search.msgid, person("ann")).await;
        line.say_with(search.msgid, done(LdapResultCode::Success), cookie(b"gone")).await;
        let search = line.request().await.unwrap();
        line.say(search.msgid, done(LdapResultCode::UnwillingToPerform)).await;
        line.hang().await;
    })
    .await;
    let answer = server.everything().await;
    assert!(matches!(answer, Err(DirectoryError::Refused { .. })), "{answer:?}");
}
