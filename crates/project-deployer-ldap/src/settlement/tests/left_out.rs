//! People whom the user filter leaves out.

use project_deployer_core::accounts::{SourceType, User};

use super::*;
use crate::account_state::BlockKind;
use crate::matching::{Remedy, RemedyPlan, SimilarityKind};

/// `ann` may log in, `dis` is disabled, and `old` is in no unit of the filter. `ops` is a group.
const PEOPLE: &str = "dn: dc=t\ndc: t\nmodifyTimestamp: 20260101000000Z\n\n\
    dn: uid=ann,dc=t\nuid: ann\nou: staff\nnsAccountLock: FALSE\nmodifyTimestamp: 20260101000000Z\n\n\
    dn: uid=dis,dc=t\nuid: dis\nou: staff\nnsAccountLock: TRUE\nmodifyTimestamp: 20260101000000Z\n\n\
    dn: uid=old,dc=t\nuid: old\nou: left\nmodifyTimestamp: 20260101000000Z\n\n\
    dn: uid=ops,dc=t\nobjectClass: groupOfNames\nuid: ops\nmodifyTimestamp: 20260101000000Z\n\n";

const FILTERS: [&str; 3] = [
    "(&(uid={USERNAME})(ou=staff)(!(nsAccountLock=TRUE)))",
    "(&(ou=staff)(&(uid={USERNAME})(!(nsAccountLock=TRUE))))",
    "(|(&(uid={USERNAME})(ou=staff)(!(nsAccountLock=TRUE)))(&(mail={USERNAME})(ou=staff)))",
];

fn filtered(filter: &str) -> [LdapSettings; 1] {
    [settings().with_user_filter(filter)]
}

/// The entries that are left out, and the kind of block.
fn left_out(presence: &Presence) -> (Vec<&str>, Option<BlockKind>) {
    match presence {
        Presence::BlockedInDirectory { block, otherwise } => {
            (left_out(otherwise).0, Some(block.state))
        }
        Presence::NotInDirectory { similar: Some(similar), .. } => {
            assert_eq!(similar.kind, SimilarityKind::UserFilter);
            (similar.entries.iter().map(String::as_str).collect(), None)
        }
        other => panic!("{other}"),
    }
}

fn assert_left_out(installation: &Installation) {
    let disabled = left_out(installation.presence("dis"));
    assert_eq!(disabled, (vec!["uid=dis,dc=t"], Some(BlockKind::Disabled)));
    assert_eq!(left_out(installation.presence("old")), (vec!["uid=old,dc=t"], None));
    for nobody in ["ghost", "ops"] {
        let nobody = installation.presence(nobody);
        assert_eq!(nobody, &Presence::NotInDirectory { similar: None, unseen: None });
    }
    assert_eq!(installation.presence("ann"), &Presence::ImportableAtFirstLogin);
}

const LOGINS: [&str; 5] = ["ann", "dis", "old", "ghost", "ops"];

#[tokio::test]
async fn whom_the_user_filter_leaves_out_is_not_taken_for_nobody() {
    // D11
    for filter in FILTERS {
        let mut installation = installation(server(PEOPLE), &filtered(filter), &LOGINS).await;
        let open = installation.reason("dis").to_owned();
        assert!(open.contains("only the directory"), "{open}");
        installation.settle(Settling::of(Breadth::Needed)).await;
        assert_left_out(&installation);
        assert!(installation.verify(100, 1).await.is_clean());
    }
}

#[tokio::test]
async fn nobody_creates_a_person_whom_the_user_filter_leaves_out() {
    let nodes = filtered(FILTERS[0]);
    let mut installation = installation(server(PEOPLE), &nodes, &LOGINS).await;
    installation.settle(Settling::of(Breadth::Needed)).await;
    let plan = RemedyPlan::of(&installation.report, Breadth::Needed);
    let creates = |remedy: &Remedy| matches!(remedy, Remedy::Create { .. });
    for step in plan.steps() {
        let logins: Vec<String> = step.logins.iter().map(ToString::to_string).collect();
        assert_eq!(creates(&step.remedy), logins.contains(&"ghost".to_owned()), "{step}");
    }
    let text = plan.to_string();
    assert!(text.contains("so that the filter finds `uid=old,dc=t`"), "{text}");
    assert!(text.contains("`nsAccountLock` is `TRUE`"), "{text}");
}

#[tokio::test]
async fn whom_a_filter_may_leave_out_stays_unknown_where_nobody_was_asked() {
    // D7
    let nodes = filtered(FILTERS[0]);
    let mut installation = installation(server(PEOPLE), &nodes, &["ghost"]).await;
    let failing = MemoryDirectory::new([]).failing_with(DirectoryError::TimedOut);
    installation.directories =
        BTreeMap::from([(place(0), Ok(Arc::new(failing) as Arc<dyn Directory>))]);
    installation.settle(Settling::of(Breadth::Needed)).await;
    assert!(installation.reason("ghost").contains("in time"), "{}", installation.reason("ghost"));
}

#[tokio::test]
async fn a_filter_without_conditions_needs_no_further_search() {
    for filter in ["(uid={USERNAME})", "(&(objectClass=*)(uid={USERNAME}))"] {
        let server = server(PEOPLE);
        let nodes = filtered(filter);
        let mut installation = installation(Arc::clone(&server) as _, &nodes, &["ghost"]).await;
        assert_eq!(
            installation.presence("ghost"),
            &Presence::NotInDirectory { similar: None, unseen: None }
        );
        installation.settle(Settling::of(Breadth::Needed)).await;
        assert_eq!(server.asked.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn an_export_shows_whom_the_user_filter_leaves_out() {
    for filter in &FILTERS[..2] {
        let export = Arc::new(LdifDirectory::parse(PEOPLE.as_bytes()).unwrap());
        let found = installation(export, &filtered(filter), &LOGINS).await;
        assert_left_out(&found);
        let loud = PEOPLE.replace("uid: dis", "uid: DIS").replace("uid: old", "uid: \u{f6}ld");
        let export = Arc::new(LdifDirectory::parse(loud.as_bytes()).unwrap());
        let found = installation(export, &filtered(filter), &["dis", "\u{d6}ld"]).await;
        // `uid` is compared without case everywhere; other letters only the directory knows.
        let disabled = left_out(found.presence("dis"));
        assert_eq!(disabled, (vec!["uid=dis,dc=t"], Some(BlockKind::Disabled)));
        assert!(found.reason("\u{d6}ld").contains("only the directory"));
    }
}

#[tokio::test]
async fn a_blocked_person_who_is_refused_is_asked_about() {
    let ldif = format!("{PEOPLE}dn: cn=ops,dc=t\ncn: ops\nmember: uid=ann,dc=t\n\n");
    let server = server(&ldif);
    let nodes = [in_ops("(member={USERDN})")];
    let mut installation = installation(Arc::clone(&server) as _, &nodes, &["dis"]).await;
    let before = installation.presence("dis").clone();
    assert!(matches!(before, Presence::BlockedInDirectory { .. }), "{before}");
    let settled = installation.settle(Settling::of(Breadth::Needed)).await;
    assert_eq!(settled.asked, 1);
    assert_eq!(installation.presence("dis"), &before);
}

#[tokio::test]
async fn a_disabled_account_of_somebody_whom_the_filter_leaves_out_is_not_enabled() {
    // D11
    let mut found = installation(server(PEOPLE), &filtered(FILTERS[0]), &LOGINS).await;
    let users = ["ann", "dis", "old"]
        .map(|who| User::new(login(who), SourceType::Ldap).with_enabled(false));
    found.input.locations[0].users = Ok(users.into_iter().collect());
    found.report = match_logins(&found.input);
    found.settle(Settling::of(Breadth::Needed)).await;
    for (who, status) in [("ann", "disabled"), ("dis", "blocked-in-directory"), ("old", "disabled")]
    {
        assert_eq!(found.presence(who).status(), status);
    }
    let remedy = found.report.findings().find(|finding| finding.login.as_str() == "dis");
    let remedy = remedy.unwrap().remedy.to_string();
    assert!(remedy.starts_with("if the person may log in, unblock"), "{remedy}");
    assert!(remedy.ends_with("then enable"), "{remedy}");
}

/// A node that cuts the domain off, and leaves out who is disabled.
fn without_domains() -> [LdapSettings; 1] {
    let rule = RemappingRule::new("@.*", "");
    let [filtered] = filtered("(&(ou=staff)(!(nsAccountLock=TRUE))(uid={USERNAME}))");
    [filtered.with_remapping_rules(vec![rule])]
}

#[tokio::test]
async fn somebody_left_out_who_may_become_the_login_is_not_taken_for_nobody() {
    // D11, R-L9: no rule says which logins become `dis`.
    let people = PEOPLE.replace("uid: dis", "uid: dis@x.test");
    let mut installation = installation(server(&people), &without_domains(), &["dis"]).await;
    installation.settle(Settling::of(Breadth::Needed)).await;
    // The list proves that the filter finds nobody, and nothing proves that it leaves out nobody.
    let found = installation.presence("dis");
    let Presence::NotInDirectory { similar: None, unseen: Some(why) } = found else {
        panic!("{found}")
    };
    assert!(why.as_str().contains("may make this login of another one"), "{why}");
    let remedy = Remedy::of(found, &installation.report.places[0]).unwrap();
    assert!(remedy.to_string().starts_with("look in the directory for an entry"), "{remedy}");
    // Without a complete list nothing proves anything.
    let more = "dn: uid=zoe,dc=t\nuid: zoe\nou: staff\n\n";
    let mut cut = Arc::into_inner(server(&format!("{people}{more}"))).unwrap();
    cut.listings = Some(1);
    let mut part = self::installation(Arc::new(cut), &without_domains(), &["dis"]).await;
    part.settle(Settling::of(Breadth::Needed)).await;
    assert!(matches!(part.presence("dis"), Presence::Unknown { .. }));
}

#[tokio::test]
async fn somebody_left_out_who_has_the_login_is_found_whatever_the_rules_are() {
    // D11
    let mut installation = installation(server(PEOPLE), &without_domains(), &["dis"]).await;
    installation.settle(Settling::of(Breadth::Needed)).await;
    let found = left_out(installation.presence("dis"));
    assert_eq!(found, (vec!["uid=dis,dc=t"], Some(BlockKind::Disabled)));
}

#[tokio::test]
async fn another_login_that_is_left_out_does_not_hide_who_is_blocked() {
    // `di.s` is certainly another login than `dis`, and than `d-is`.
    let other = "dn: uid=di.s,dc=t\nuid: di.s\nou: left\nmodifyTimestamp: 20260101000000Z\n\n";
    let people = format!("{PEOPLE}{other}");
    let nodes = filtered("(&(ou=staff)(!(nsAccountLock=TRUE))(uid={USERNAME}))");
    let installation = installation(export(&people), &nodes, &["dis", "d-is"]).await;
    let found = left_out(installation.presence("dis"));
    assert_eq!(found, (vec!["uid=dis,dc=t"], Some(BlockKind::Disabled)));
    let nobody = installation.presence("d-is");
    assert!(matches!(nobody, Presence::NotInDirectory { .. }), "{nobody}");
}

#[tokio::test]
async fn a_similar_login_does_not_hide_that_somebody_may_be_left_out() {
    let similar =
        "dn: uid=two,dc=t\nuid: dis@x.test\nou: staff\nmodifyTimestamp: 20260101000000Z\n\n";
    let people = format!("{PEOPLE}{similar}");
    let nodes = filtered("(&(ou=staff)(!(nsAccountLock=TRUE))(uid={USERNAME}))");
    let installation = installation(server(&people), &nodes, &["dis"]).await;
    assert!(matches!(installation.presence("dis"), Presence::Unknown { .. }));
}
