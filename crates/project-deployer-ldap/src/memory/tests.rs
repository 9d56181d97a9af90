use super::*;
use crate::ldif::LdifDirectory;

const NESTED: &str =
    "dn: cn=a,dc=t\nmember: cn=b,dc=t\n\ndn: cn=b,dc=t\nmember: cn=a,dc=t\nmember: uid=ann,dc=t\n";

async fn search(directory: &MemoryDirectory, filter: &str) -> Result<SearchResult, DirectoryError> {
    let base = Dn::parse("dc=t").unwrap();
    directory.search(&base, Scope::Subtree, &Filter::parse(filter).unwrap(), &[]).await
}

fn nested() -> MemoryDirectory {
    MemoryDirectory::new(LdifDirectory::parse(NESTED.as_bytes()).unwrap().entries().to_vec())
}

#[tokio::test]
async fn a_chain_is_followed_to_its_end_even_in_a_circle() {
    let found = search(&nested(), "(member:1.2.840.113556.1.4.1941:=UID=ann,dc=t)").await.unwrap();
    assert_eq!(found.entries.len(), 2);
}

#[tokio::test]
async fn a_cut_answer_says_that_it_is_partial() {
    // D7
    let found = search(&nested().with_size_limit(1), "(member=*)").await.unwrap();
    assert_eq!(found.entries.len(), 1);
    assert_eq!(found.completeness, Completeness::Partial(PartialReason::SizeLimit));
    let whole = search(&nested().with_size_limit(2), "(member=*)").await.unwrap();
    assert_eq!(whole.completeness, Completeness::Complete);
    let failure = search(&nested().failing_with(DirectoryError::TimedOut), "(member=*)").await;
    assert_eq!(failure, Err(DirectoryError::TimedOut));
}
