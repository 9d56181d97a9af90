//! Input of people reaches a directory as data (R12).

use ldap3_proto::proto::{LdapFilter, LdapOp, LdapResultCode};
use project_deployer_ldap::template::{FilterTemplate, TemplateKind};
use project_deployer_ldap::{AttributeName, Directory, Dn, Filter, Rdn, Scope};

use crate::server::{FakeServer, base, budgets, done, person};

/// Complete attacks, and every combination of two special pieces around a name.
fn payloads() -> Vec<String> {
    const PIECES: [&str; 21] = [
        "*",
        "(",
        ")",
        "\\",
        "\0",
        "&",
        "|",
        "!",
        "=",
        "\\2a",
        "*)(uid=*",
        ")(|(uid=*))(",
        "\u{7f}",
        "\n",
        " ",
        "#",
        ",",
        "\u{0}\u{0}",
        "\u{fe0e}",
        "ø",
        "~>:=",
    ];
    let mut payloads: Vec<String> = [
        "*",
        "admin)(&)",
        "admin)(!(&(1=0",
        "*)(objectClass=*))(&(objectClass=void",
        "x)(memberOf:1.2.840.113556.1.4.1941:=cn=admins",
        "\\",
        "\\00",
        "{USERNAME}",
        "ann\\5c2a",
        "",
        "a*b",
        "(cn=*)",
    ]
    .map(str::to_owned)
    .to_vec();
    for before in PIECES {
        payloads.extend(PIECES.map(|after| format!("{before}ann{after}")));
        payloads.extend(PIECES.map(|after| format!("{before}{after}")));
    }
    payloads
}

async fn listening() -> FakeServer {
    FakeServer::start(|mut line| async move {
        line.bind().await;
        while let Some(search) = line.request().await {
            // One entry: an empty answer would cause a second search for the base.
            line.say(search.msgid, person("ann")).await;
            line.say(search.msgid, done(LdapResultCode::Success)).await;
        }
    })
    .await
}

async fn heard(filters: &[Filter]) -> Vec<LdapFilter> {
    let server = listening().await;
    let directory = server.directory(budgets());
    for filter in filters {
        directory.search(&base(), Scope::Subtree, filter, &[]).await.unwrap();
    }
    let filter = |message: ldap3_proto::proto::LdapMsg| match message.op {
        LdapOp::SearchRequest(request) => Some(request.filter),
        _ => None,
    };
    server.heard().into_iter().filter_map(filter).collect()
}

#[tokio::test]
async fn logins_do_not_change_the_meaning_of_a_filter() {
    let payloads = payloads();
    assert!(payloads.len() > 500);
    let template =
        FilterTemplate::parse("(&(objectClass=person)(uid={USERNAME}))", TemplateKind::User)
            .unwrap();
    let filters: Vec<Filter> =
        payloads.iter().map(|login| template.fill(login, &Dn::root())).collect();
    let heard = heard(&filters).await;
    assert_eq!(heard.len(), payloads.len());
    for (payload, heard) in payloads.iter().zip(heard) {
        let wanted = LdapFilter::And(vec![
            LdapFilter::Equality("objectClass".to_owned(), "person".to_owned()),
            LdapFilter::Equality("uid".to_owned(), payload.clone()),
        ]);
        assert_eq!(heard, wanted, "{payload:?}");
    }
}

#[tokio::test]
async fn groups_and_names_do_not_change_the_meaning_of_a_filter() {
    let payloads = payloads();
    let cn = AttributeName::parse("cn").unwrap();
    let template = FilterTemplate::parse(
        "(|(member={USERDN})(member:1.2.840.113556.1.4.1941:={USERDN}))",
        TemplateKind::Group,
    )
    .unwrap();
    let dn = |value: &str| base().child(Rdn::new(cn.clone(), value));
    let equal = payloads.iter().map(|group| Filter::equality(cn.clone(), group.as_str()));
    let filled = payloads.iter().map(|group| template.fill("ann", &dn(group)));
    let heard = heard(&equal.chain(filled).collect::<Vec<_>>()).await;
    let (equal, filled) = heard.split_at(payloads.len());
    for ((payload, equal), filled) in payloads.iter().zip(equal).zip(filled) {
        assert_eq!(*equal, LdapFilter::Equality("cn".to_owned(), payload.clone()), "{payload:?}");
        let LdapFilter::Or(parts) = filled else { panic!("{filled:?}") };
        let [LdapFilter::Equality(name, value), LdapFilter::Extensible(chain)] = parts.as_slice()
        else {
            panic!("{filled:?}");
        };
        assert_eq!((name.as_str(), value), ("member", &dn(payload).to_string()));
        assert_eq!((chain.type_.as_deref(), &chain.match_value), (Some("member"), value));
    }
}
