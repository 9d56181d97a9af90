use super::*;

#[tokio::test]
async fn a_verification_finds_what_the_directory_contradicts_and_draws_the_same_again() {
    let nodes = [in_ops("(member={USERDN})")];
    let needed = ["ann", "Bob", "cy", "ghost"];
    let mut installation = installation(server(PEOPLE), &nodes, &needed).await;
    let clean = installation.verify(100, 7).await;
    assert!(clean.is_clean() && clean.total() == 4, "{clean:?}");
    let drawn = installation.verify(2, 7).await;
    assert_eq!((drawn.total(), drawn.compared.len()), (2, 2));
    assert_eq!(installation.verify(2, 7).await, drawn);
    let changed = PEOPLE.replace("member: uid=ann", "member: uid=cy");
    installation.directories =
        BTreeMap::from([(place(0), Ok(server(&changed) as Arc<dyn Directory>))]);
    let found = installation.verify(100, 7).await;
    let wrong: Vec<&str> = found.disagreements.iter().map(|one| one.login.as_str()).collect();
    assert_eq!(wrong, ["ann", "cy"]);
    assert!(found.disagreements[0].to_string().contains("in none of the groups"));
}

#[tokio::test]
async fn a_verification_that_compared_nothing_is_not_clean_and_says_why() {
    let nodes = [in_ops("(member={USERDN})")];
    let mut installation = installation(server(PEOPLE), &nodes, &["ann", "cy"]).await;
    let export = LdifDirectory::parse(PEOPLE.as_bytes()).unwrap();
    let nobody: [(Fetched<Arc<dyn Directory>>, &str); 3] = [
        (Ok(Arc::new(export)), "is an export"),
        (Err(Reason::new("its certificate is not trusted")), "its certificate is not trusted"),
        (Ok(Arc::new(Down)), "did not answer"),
    ];
    for (directory, why) in nobody {
        installation.directories = BTreeMap::from([(place(0), directory)]);
        let nothing = installation.verify(100, 7).await;
        assert!(!nothing.is_clean());
        assert_eq!(nothing.outcome(), VerificationOutcome::NothingCompared);
        assert_eq!((nothing.total(), nothing.unanswered), (0, 2));
        let reasons: Vec<_> = nothing.reasons.iter().collect();
        assert!(reasons[0].0.as_str().contains(why), "{reasons:?}");
        assert_eq!((reasons.len(), *reasons[0].1), (1, 2));
    }
    let none = installation.verify(0, 7).await;
    assert_eq!((none.outcome(), none.unanswered), (VerificationOutcome::NothingCompared, 0));
}

#[tokio::test]
async fn a_verification_of_a_part_counts_what_it_left_out_by_reason() {
    let nodes = [in_ops("(member={USERDN})"), in_ops("(member={USERDN})")];
    let mut installation = installation(server(PEOPLE), &nodes, &["ann", "cy"]).await;
    installation.directories.insert(place(1), Err(Reason::new("it is down")));
    let part = installation.verify(100, 7).await;
    assert!(part.is_clean());
    assert_eq!((part.total(), part.unanswered), (2, 2));
    assert_eq!(part.reasons, BTreeMap::from([(Reason::new("it is down"), 2)]));
}
