//! Sources that do not answer, that no longer list a user, and accounts beside LDAP.

use super::*;

#[tokio::test]
async fn a_directory_that_does_not_answer_lets_nobody_in() {
    // D7
    let landing = Landing::new();
    let accounts = landing.accounts();
    let (none, breadth) = (Directories::none(), Breadth::Needed);
    let opt_in = from_ldap();
    let remediated =
        remediate(&landing.scope, &accounts, &none, &SystemClock, breadth, &opt_in, Mode::Apply)
            .await;
    assert!(
        matches!(remediated.work.skipped[0].why, Blocker::Unknown { .. }),
        "{}",
        remediated.work
    );
    // No account is refreshed either: the directory may have disabled the person.
    assert_eq!(landing.changes(), [""; 0]);
    assert!(
        remediated
            .left
            .manual_steps
            .iter()
            .any(|manual_step| manual_step.what.contains("retry once this is fixed"))
    );
}

#[tokio::test]
async fn whoever_is_there_and_not_supplied_any_more_is_named_and_not_refreshed() {
    // R-L5: a refresh would disable the user, and a listing may be wrong
    let landing = Landing::new();
    let known = ["ann", "bob", "cy"].iter().map(|one| supplied(one)).collect();
    let _ = landing.dev.clone().with_external_users(SourceType::Ldap, known);
    let remediated = landing.remediate(from_ldap(), Mode::Apply).await;
    let manual_steps: Vec<_> =
        remediated.work.manual_steps.iter().map(ToString::to_string).collect();
    let wanted = "`dee` on `dev/auto-dev`: LDAP no longer lists this person: add \
        the person to LDAP again, or disable the account, at https://dev.example:11200";
    assert!(manual_steps.iter().any(|manual_step| manual_step == wanted), "{manual_steps:?}");
    assert!(!landing.changes().iter().any(|call| call.starts_with("resync")));
}

#[tokio::test]
async fn where_refreshing_is_switched_off_a_person_logs_in_again_or_switches_it_on() {
    for (at_login, what) in [
        (true, "log in again, so that the groups follow"),
        (false, "switch on the refresh of users from LDAP, on demand or at login"),
    ] {
        let landing = Landing::new();
        let settings = ldap()
            .with_allow_on_demand_users_provisioning(true)
            .with_auto_sync_users_at_login_time(at_login);
        let _ = landing.dev.clone().with_ldap_settings(settings);
        let work = landing.work().await;
        let manual_step =
            work.manual_steps.iter().find(|manual_step| manual_step.what == what).unwrap();
        assert_eq!(manual_step.logins, BTreeSet::from([parsed("dee")]));
        assert_eq!(manual_step.address, Some(address("dev")));
        assert!(!work.writes.iter().any(|write| matches!(write, Write::Resync { .. })));
    }
}

#[tokio::test]
async fn a_node_whose_key_is_withheld_is_asked_once_a_key_is_handed_in() {
    let mut landing = Landing::new();
    let withheld = entry("dev").with_admin_api_key(None);
    landing.scope.infras[0].1 = Ok(infra("dev", withheld));
    let remediated = landing.remediate(from_ldap(), Mode::Apply).await;
    let presence = remediated.before.report.presence(&parsed("ann"), &at("dev")).unwrap();
    assert!(presence.to_string().contains("its admin key is withheld"), "{presence}");
    assert!(remediated.work.sends_nothing() && landing.dev.calls().is_empty());
    assert!(remediated.work.to_string().contains("retry once this is fixed: its admin key is"));

    let key = ApiKeySecret::new(KEY).unwrap();
    let keys = NodeKeys::none().with_infra(parsed::<InfraId>("dev"), key);
    landing.scope = landing.scope.clone().with_keys(&keys);
    assert!(landing.remediate(from_ldap(), Mode::Apply).await.applied.is_done());
    assert_eq!(landing.changes().len(), 3);
}

#[tokio::test]
async fn nodes_that_cannot_be_told_apart_are_not_written_to() {
    let mut landing = Landing::new();
    let unnamed = |name: &str| entry(name).with_node_id(None);
    let two = Target::MultiNode(vec![unnamed("dev"), unnamed("prod")]);
    landing.scope.infras =
        vec![(parsed("dev"), Ok(infra("dev", NodeEntry::default()).with_target(two)))];
    let remediated = landing.remediate(from_ldap(), Mode::Apply).await;
    assert!(remediated.work.skipped.iter().all(|skipped| match &skipped.why {
        Blocker::Unreached { reason } => reason.as_str().contains("are ambiguous"),
        _ => false,
    }));
    assert!(!remediated.work.skipped.is_empty());
    assert_eq!(landing.changes(), [""; 0]);
}

#[tokio::test]
async fn azure_users_are_created_where_the_node_says_that_it_does() {
    // D4
    let azure = |on_demand| {
        let mut rules = SupplierRules::default();
        rules.enabled = true;
        rules.provisions_on_demand = Some(on_demand);
        rules
    };
    let landing = Landing::new().needing("ada");
    let _ = landing.deployer.clone().with_user(user("ada", SourceType::AzureAd));
    let _ = landing
        .dev
        .clone()
        .with_account_rules(|rules| rules.azure_ad = Ok(azure(true)))
        .with_external_users(SourceType::AzureAd, vec![supplied("ada")]);
    let _ = landing.prod.clone().with_account_rules(|rules| rules.azure_ad = Ok(azure(false)));
    let remediated = landing.remediate(OptIn::none().with(SourceType::AzureAd), Mode::Apply).await;
    let presence = |name| remediated.before.report.presence(&parsed("ada"), &at(name));
    let source = SourceType::AzureAd;
    let on_demand = Presence::ImportableOnDemand { source: source.clone(), also: None };
    assert_eq!(presence("dev"), Some(&on_demand));
    assert_eq!(presence("prod"), Some(&Presence::OnlyByLogin { source: source.clone() }));
    let ada = users(&landing.dev).await.into_iter().find(|user| user.login == parsed("ada"));
    assert_eq!(ada.unwrap().source_type, source);
    assert!(users(&landing.prod).await.is_empty());
}

#[tokio::test]
async fn whom_a_login_brings_is_sent_to_the_address_and_told_what_comes_first() {
    // D5
    let sso = |at_login| {
        let mut rules = SupplierRules::default();
        rules.enabled = true;
        rules.provisions_at_login = Some(at_login);
        rules
    };
    let landing = Landing::new().needing("sam").needing("pat");
    let own = landing.deployer.clone().with_user(user("sam", SourceType::Sso));
    let _ = own.with_user(user("pat", SourceType::Pam));
    let _ = landing.dev.clone().with_account_rules(|rules| rules.sso = Ok(sso(true)));
    let _ = landing.prod.clone().with_account_rules(|rules| rules.sso = Ok(sso(false)));
    let manual_steps: Vec<String> =
        landing.work().await.manual_steps.iter().map(ToString::to_string).collect();
    assert_eq!(
        manual_steps,
        [
            "`pat`, `sam` on `dev/auto-dev`: log in once at https://dev.example:11200",
            "`ann`, `bob`, `cy`, `dee`, `pat` on `prod/auto-prod`: log in once at \
             https://prod.example:11200",
            "`sam` on `prod/auto-prod`: log in once at https://prod.example:11200, after \
             an administrator allows first logins to create accounts there",
        ]
    );
}

#[tokio::test]
async fn logins_are_compared_over_a_plain_list_of_nodes() {
    let landing = Landing::new();
    let report =
        parity_of(&landing.scope, None, &landing.fleet, &directories(), &SystemClock).await;
    assert_eq!(report.places.len(), 2);
    assert_eq!(report.presence(&parsed("dee"), &at("dev")), Some(&Presence::Present));
    let first = Presence::ImportableAtFirstLogin;
    assert_eq!(report.presence(&parsed("dee"), &at("prod")), Some(&first));
    assert!(landing.dev.calls().iter().all(|call| !call.operation.changes()));
}

#[tokio::test]
async fn a_user_of_the_deployers_own_store_is_enabled_there() {
    let installation = Installation::new().await.with_infras().await;
    let admin = installation.admin();
    let lee = user("lee", SourceType::Local).with_enabled(false);
    admin.save_user(&lee).await.unwrap();
    let mut scope = ParityScope::of_deployer(&admin).await.unwrap();
    scope.needs = vec![need("lee")];
    scope.needs[0].at = Locations::At(BTreeSet::from([LocationId::Deployer]));
    let own = Arc::new(StoreAccounts::of(admin.clone()));
    let accounts = LocationAccounts::of(&scope, &installation.fleet).with_deployer(own, None);
    let (none, opt_in) = (Directories::none(), OptIn::none());
    let breadth = Breadth::Needed;
    let remediated =
        remediate(&scope, &accounts, &none, &SystemClock, breadth, &opt_in, Mode::Apply).await;
    assert!(remediated.applied.is_done() && remediated.left.sends_nothing(), "{}", remediated.left);
    assert_eq!(remediated.applied.written.len(), 1);
    let found = admin.users().await.unwrap().into_iter().find(|user| user.login == lee.login);
    assert_eq!(found, Some(lee.with_enabled(true)));
}

#[tokio::test]
async fn two_administrators_who_mend_at_once_do_no_harm() {
    // R11
    let (one, whole) = (Landing::new(), Landing::new());
    whole.remediate(from_ldap(), Mode::Apply).await;
    let (work, stale) = (one.work().await, one.work().await);
    let accounts = one.accounts();
    let first: Vec<_> = one.written(&work.writes, &accounts, usize::MAX).await;
    let second: Vec<_> = one.written(&stale.writes, &accounts, usize::MAX).await;
    assert!(first.iter().chain(&second).all(|written| written.outcome.is_done()), "{second:?}");
    assert_eq!(users(&one.dev).await, users(&whole.dev).await);
}

#[tokio::test]
async fn the_plan_says_that_what_is_in_the_way_is_settled_by_people() {
    let landing = Landing::new();
    landing.dev.set_reachable(false);
    let report =
        parity_of(&landing.scope, None, &landing.fleet, &directories(), &SystemClock).await;
    let plan = RemedyPlan::of(&report, Breadth::Needed);
    assert!(plan.steps().all(|step| step.actor == Actor::Person), "{plan}");
    let settings = entry("dev").settings().unwrap();
    assert!(landing.fleet.accounts(&settings).is_ok());
    assert!(landing.fleet.node(&settings, Identity::ApiKey).users().await.is_err());
}

#[tokio::test]
async fn whoever_left_the_directory_is_not_let_in_again() {
    // R-L5
    let landing = Landing::new().needing("zoe");
    let _ = landing.dev.clone().with_user(disabled("zoe"));
    let remediated = landing.remediate(from_ldap(), Mode::Apply).await;
    let skipped: Vec<_> = remediated.left.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(
        skipped,
        ["`dev/auto-dev`: enable `zoe`; the source does not authorize the user: absent, and \
          in no directory; add the person to the source again, or leave the account as it is"]
    );
    assert!(!landing.changes().iter().any(|call| call.contains("zoe")));
}

#[tokio::test]
async fn whoever_left_any_other_source_is_not_let_in_again() {
    // R-L5: one user of Azure is still listed; users of single sign-on are unknown
    let landing = Landing::new().needing("ada").needing("abe").needing("sam");
    let off = |login: &str, source| user(login, source).with_enabled(false);
    for (login, source) in
        [("ada", SourceType::AzureAd), ("abe", SourceType::AzureAd), ("sam", SourceType::Sso)]
    {
        let _ = landing.deployer.clone().with_user(user(login, source.clone()));
        let _ = landing.dev.clone().with_user(off(login, source));
    }
    let _ = landing.dev.clone().with_external_users(SourceType::AzureAd, vec![supplied("ada")]);
    let remediated = landing.remediate(OptIn::none(), Mode::Apply).await;
    let skipped = remediated.left.skipped.iter().filter(|one| one.remedy == Remedy::Enable);
    let skipped: Vec<_> = skipped.map(|one| (&one.logins, &one.why)).collect();
    let [(abe, Blocker::NotSupplied { .. }), (sam, Blocker::Unknown { .. })] = skipped[..] else {
        panic!("{skipped:?}")
    };
    assert_eq!((abe, sam), (&BTreeSet::from([parsed("abe")]), &BTreeSet::from([parsed("sam")])));
    let changes = landing.changes();
    assert!(changes.iter().any(|call| call == "write user ada"), "{changes:?}");
    assert!(!changes.iter().any(|call| call.contains("abe") || call.contains("sam")));
}

#[tokio::test]
async fn a_supplier_is_listed_once_for_all_batches_of_a_location() {
    let landing = Landing::new();
    let logins: Vec<Login> = (0..120).map(|n| parsed(&format!("user-{n:03}"))).collect();
    let listed = logins.iter().map(|login| supplied(login.as_str())).collect();
    let _ = landing.dev.clone().with_external_users(SourceType::Ldap, listed);
    let write = |batch: &[Login]| Write::Provision {
        at: at("dev"),
        source: SourceType::Ldap,
        logins: batch.iter().cloned().collect(),
    };
    let writes: Vec<Write> = logins.chunks(50).map(write).collect();
    let accounts = landing.accounts();
    let written: Vec<_> = landing.written(&writes, &accounts, usize::MAX).await;
    assert!(written.iter().all(|one| one.outcome.is_done()), "{written:?}");
    let calls = landing.dev.calls();
    let of = |operation| calls.iter().filter(|call| call.operation == operation).count();
    assert_eq!((of(Operation::ExternalUsers), of(Operation::ProvisionUsers)), (1, 3));
}
