//! Questions that fail, and searches for entries that the user filter leaves out which a limit ends early.

use super::*;
use crate::directory::{Completeness, PartialReason};
use crate::login_check::{LoginAnswer, LoginCheck};
use crate::matching::Remedy;

const STAFF: &str = "dn: dc=t\ndc: t\n\ndn: uid=ann,dc=t\nuid: ann\nou: staff\n\n\
    dn: uid=old,dc=t\nuid: old\nou: left\n\n";

/// A server that answers whoever asks for staff, and ends every other search early or with an error.
#[derive(Debug)]
struct Cutting {
    memory: MemoryDirectory,
    error: Option<DirectoryError>,
}

#[async_trait]
impl Directory for Cutting {
    async fn search(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        let mut found = self.memory.search(base, scope, filter, attributes).await?;
        if filter.to_string().contains("(uid=") && !filter.to_string().contains("(ou=staff)") {
            if let Some(error) = &self.error {
                return Err(error.clone());
            }
            found.completeness = Completeness::Partial(PartialReason::SizeLimit);
        }
        Ok(found)
    }

    fn nature(&self) -> Nature {
        Nature::Memory
    }
}

fn staff() -> LdapSettings {
    settings().with_user_filter("(&(ou=staff)(uid={USERNAME}))")
}

fn cutting(error: Option<DirectoryError>) -> Arc<Cutting> {
    Arc::new(Cutting { memory: MemoryDirectory::new(entries(STAFF)), error })
}

#[tokio::test]
async fn a_search_for_entries_that_are_left_out_spoils_no_complete_answer() {
    // D7, D11
    for error in [None, Some(DirectoryError::TimedOut)] {
        let directory = cutting(error.clone());
        let mut found = installation(directory, &[staff()], &["ann", "ghost"]).await;
        found.settle(Settling::of(Breadth::Needed)).await;
        assert_eq!(found.presence("ann"), &Presence::ImportableAtFirstLogin);
        let ghost = found.presence("ghost");
        assert_eq!(ghost.status(), "not-in-directory");
        let text = ghost.to_string();
        assert!(text.contains("unknown whether it leaves out an entry"), "{text}");
        let remedy = Remedy::of(ghost, &found.report.places[0]).unwrap().to_string();
        assert!(remedy.starts_with("look in the directory for an entry"), "{remedy}");
        assert!(remedy.contains("only if there is none, create"), "{remedy}");
    }
}

#[tokio::test]
async fn an_entry_that_comes_before_a_limit_is_left_out_all_the_same() {
    let mut found = installation(cutting(None), &[staff()], &["old"]).await;
    found.settle(Settling::of(Breadth::Needed)).await;
    let text = found.presence("old").to_string();
    assert!(text.contains("the directory has `uid=old,dc=t`"), "{text}");
}

#[tokio::test]
async fn a_check_before_a_change_takes_no_cut_search_for_an_answer() {
    let check = LoginCheck::new(cutting(None), &staff()).await.unwrap();
    let now = Timestamp::default();
    assert_eq!(check.ask("ann", now).await, LoginAnswer::Accepted);
    assert!(matches!(check.ask("ghost", now).await, LoginAnswer::Unknown(_)));
}

#[tokio::test]
async fn an_error_of_the_directory_is_the_reason_and_no_absence() {
    // D7, R10
    let nodes = [settings()];
    let mut installation =
        installation(server(PEOPLE), &nodes, &["ann", "ghost", "zo\u{eb}"]).await;
    let failing = MemoryDirectory::new([]).failing_with(DirectoryError::TimedOut);
    installation.directories =
        BTreeMap::from([(place(0), Ok(Arc::new(failing) as Arc<dyn Directory>))]);
    installation.settle(Settling::of(Breadth::Needed)).await;
    // A refusal of the listing does not stand beside a question that failed.
    for who in ["zo\u{eb}", "ghost"] {
        assert!(installation.reason(who).contains("did not answer in time"), "{who}");
    }
    assert_eq!(installation.presence("ann"), &Presence::ImportableAtFirstLogin);
}

#[tokio::test]
async fn no_kind_of_refusal_stands_beside_a_question_that_failed() {
    // D7
    let ldif = format!("{}dn: cn=cy,dc=t\nuid: cy\n\n", PEOPLE);
    let nodes = [in_ops("(member={USERDN})")];
    let needed = ["ann", "Bob", "cy", "ghost"];
    let mut found = installation(server(&ldif), &nodes, &needed).await;
    let status = |found: &Installation, who| found.presence(who).status();
    assert_eq!(status(&found, "Bob"), "not-authorized");
    assert_eq!(status(&found, "cy"), "ambiguous");
    let silent = MemoryDirectory::new([]).failing_with(DirectoryError::TimedOut);
    found.directories = BTreeMap::from([(place(0), Ok(Arc::new(silent) as Arc<dyn Directory>))]);
    found.settle(Settling::of(Breadth::Needed)).await;
    let after = needed.map(|who| status(&found, who));
    assert_eq!(after, ["importable-at-first-login", "unknown", "unknown", "unknown"]);
    let verified = found.verify(100, 1).await;
    assert!(verified.disagreements.is_empty(), "{verified:?}");
}
