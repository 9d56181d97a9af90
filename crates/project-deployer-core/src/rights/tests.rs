use std::fmt::Write as _;

use super::*;
use crate::accounts::{Group, SourceType, User};
use crate::identifier::{GroupName, InfraId, Login, ProjectKey, StageId};
use crate::infra::InfraSettings;
use crate::published_project::PublishedProjectSettings;
use proptest::prelude::*;

fn group(name: &str) -> GroupName {
    GroupName::parse(name).unwrap()
}

fn login(name: &str) -> Login {
    Login::parse(name).unwrap()
}

fn infra(grants: Vec<InfraGrant>) -> InfraSettings {
    let id = InfraId::parse("prod-eu").unwrap();
    let stage = StageId::parse("Production").unwrap();
    InfraSettings { permissions: grants, ..InfraSettings::new(id, stage) }
}

fn project(grants: Vec<ProjectGrant>) -> PublishedProjectSettings {
    let key = ProjectKey::parse("CHURN").unwrap();
    PublishedProjectSettings {
        permissions: grants,
        ..PublishedProjectSettings::new(key, login("owner"))
    }
}

const INFRA_RIGHTS: [Option<InfraRight>; 4] =
    [None, Some(InfraRight::View), Some(InfraRight::Deploy), Some(InfraRight::Admin)];

const PROJECT_RIGHTS: [Option<ProjectRight>; 5] = [
    None,
    Some(ProjectRight::Read),
    Some(ProjectRight::Write),
    Some(ProjectRight::Deploy),
    Some(ProjectRight::Admin),
];

fn name_of<T: ToString>(right: Option<T>) -> String {
    right.map_or_else(|| "none".to_owned(), |right| right.to_string())
}

fn mark(outcome: Outcome) -> char {
    match outcome {
        Outcome::Allowed => '✔',
        Outcome::Forbidden => '✘',
        Outcome::Hidden => '·',
    }
}

/// One block of the matrix: a caller, every operation, every pair of rights that `team` has.
fn block(title: &str, caller: &Caller, table: &mut String) {
    writeln!(table, "\n## {title}\n").unwrap();
    let corner = "infrastructure / project";
    write!(table, "{corner:<36}").unwrap();
    for on_infra in INFRA_RIGHTS {
        for on_project in PROJECT_RIGHTS {
            let pair = format!("{}/{}", name_of(on_infra), name_of(on_project));
            write!(table, " {pair:<13}").unwrap();
        }
    }
    writeln!(table).unwrap();
    for operation in Operation::ALL {
        write!(table, "{:<36}", operation.to_string()).unwrap();
        for on_infra in INFRA_RIGHTS {
            for on_project in PROJECT_RIGHTS {
                let infra = infra(
                    on_infra.map(|r| InfraGrant::new(group("team"), r)).into_iter().collect(),
                );
                let project = project(
                    on_project
                        .map(|r| ProjectGrant::new(group("team"), &[r]))
                        .into_iter()
                        .collect(),
                );
                let explanation = explain(caller, operation, Scope::deployment(&infra, &project));
                write!(table, " {:<13}", mark(explanation.outcome)).unwrap();
            }
        }
        writeln!(table).unwrap();
    }
}

#[test]
fn every_right_times_every_operation_is_as_reviewed() {
    // R9, R-P1 to R-P14
    let mut table = "✔ allowed, ✘ forbidden, · hidden\n".to_owned();
    let member = Caller::new(login("ann")).in_groups([group("other"), group("team")]);
    block("a member of the group that has the rights, and of another one", &member, &mut table);
    block("in no group", &Caller::new(login("ann")), &mut table);
    block(
        "the owner of the published project, in no group",
        &Caller::new(login("owner")),
        &mut table,
    );
    let creator = Caller::new(login("ann")).with_right(GlobalRight::CreatePublishedProjects);
    block("in no group, with the right to create published projects", &creator, &mut table);
    block("a global administrator", &Caller::administrator(login("root")), &mut table);
    insta::assert_snapshot!("matrix", table);
}

#[test]
fn rights_add_up_over_groups() {
    // R-P12: one group gives the infrastructure, another one the project.
    let caller = Caller::new(login("ann")).in_groups([group("a"), group("b")]);
    let infra = infra(vec![InfraGrant::new(group("a"), InfraRight::Deploy)]);
    let project = project(vec![ProjectGrant::new(group("b"), &[ProjectRight::Deploy])]);
    let scope = Scope::deployment(&infra, &project);
    assert!(authorize(&caller, Operation::UpdateDeployment, scope).is_ok());
    let only_a = Caller::new(login("ann")).in_groups([group("a")]);
    assert_eq!(explain(&only_a, Operation::UpdateDeployment, scope).outcome, Outcome::Hidden);
}

#[test]
fn an_entry_with_deploy_alone_lets_the_group_see() {
    // R-P14, our choice: deploy implies view, whatever the flags of the document say.
    let grant = InfraGrant { read: false, ..InfraGrant::new(group("a"), InfraRight::Deploy) };
    let caller = Caller::new(login("ann")).in_groups([group("a")]);
    assert!(authorize(&caller, Operation::ViewInfra, Scope::infra(&infra(vec![grant]))).is_ok());
}

#[test]
fn the_explanation_names_the_group_that_decided() {
    let caller = Caller::new(login("ann")).in_groups([group("team")]);
    let infra = infra(vec![InfraGrant::new(group("team"), InfraRight::Deploy)]);
    let project = project(vec![ProjectGrant::new(group("team"), &[ProjectRight::Read])]);
    let scope = Scope::deployment(&infra, &project);
    insta::assert_snapshot!(explain(&caller, Operation::UpdateDeployment, scope), @"may not update a deployment: no group of the caller gives `deploy` on published project `CHURN`; ask a user with `admin` on it to grant the right");
    insta::assert_snapshot!(explain(&caller, Operation::ViewDeployment, scope), @"may see a deployment: group `team` gives `view` on infrastructure `prod-eu`; group `team` gives `read` on published project `CHURN`");
}

#[test]
fn an_operation_without_its_object_is_hidden_from_everybody_but_administrators() {
    let caller = Caller::new(login("ann")).in_groups([group("team")]);
    for operation in Operation::ALL {
        let needs_object = matches!(
            operation.requirement(),
            Requirement::Infra(_) | Requirement::Project(_) | Requirement::Both(..)
        );
        let hidden = explain(&caller, operation, Scope::deployer()).outcome == Outcome::Hidden;
        assert_eq!(needs_object, hidden, "{operation}");
    }
}

#[test]
fn a_caller_is_resolved_from_the_groups_as_they_are_now() {
    // C9: nothing is remembered from an earlier login.
    let user =
        User::new(login("ann"), SourceType::Ldap).in_groups([group("admins"), group("gone")]);
    let admins = Group { admin: true, ..Group::new(group("admins")) };
    let publishers =
        Group { may_create_published_projects: true, ..Group::new(group("publishers")) };
    let caller = Caller::resolve(&user, &[admins, publishers]);
    assert!(caller.global_admin && caller.global_rights.is_empty());
    assert!(!Caller::resolve(&user, &[]).global_admin);
}

fn any_infra_grant() -> impl Strategy<Value = InfraGrant> {
    (0..6u8, any::<(bool, bool, bool)>()).prop_map(|(index, (read, deploy, admin))| InfraGrant {
        read,
        deploy,
        admin,
        ..InfraGrant::new(group(&format!("g{index}")), InfraRight::View)
    })
}

fn any_project_grant() -> impl Strategy<Value = ProjectGrant> {
    (0..6u8, any::<(bool, bool, bool, bool)>()).prop_map(|(index, (read, write, deploy, admin))| {
        ProjectGrant {
            read,
            write,
            deploy,
            admin,
            ..ProjectGrant::new(group(&format!("g{index}")), &[])
        }
    })
}

/// The rules of R-P2 to R-P12 once more, said flat: which rights does the caller have on each side?
fn oracle(
    caller: &Caller,
    operation: Operation,
    infra: &InfraSettings,
    project: &PublishedProjectSettings,
) -> Outcome {
    if caller.global_admin {
        return Outcome::Allowed;
    }
    let mine = |g: &GroupName| caller.groups.iter().any(|own| own == g);
    let on_infra =
        |flag: fn(&InfraGrant) -> bool| infra.permissions.iter().any(|p| mine(&p.group) && flag(p));
    let owner = project.owner.as_ref() == Some(&caller.login);
    let on_project = |flag: fn(&ProjectGrant) -> bool| {
        owner || project.permissions.iter().any(|p| mine(&p.group) && flag(p))
    };
    let infra_side = |right| match right {
        InfraRight::View => on_infra(|p| p.read || p.deploy || p.admin),
        InfraRight::Deploy => on_infra(|p| p.deploy || p.admin),
        InfraRight::Admin => on_infra(|p| p.admin),
    };
    let project_side = |right| match right {
        ProjectRight::Read => on_project(|p| p.read || p.write || p.deploy || p.admin),
        ProjectRight::Write => on_project(|p| p.write || p.admin),
        ProjectRight::Deploy => on_project(|p| p.deploy || p.admin),
        ProjectRight::Admin => on_project(|p| p.admin),
    };
    let (seen, held) = match operation.requirement() {
        Requirement::Nothing => (true, true),
        Requirement::GlobalAdmin => (true, false),
        Requirement::Global(right) => (true, caller.global_rights.contains(&right)),
        Requirement::Infra(right) => (infra_side(InfraRight::View), infra_side(right)),
        Requirement::Project(right) => (project_side(ProjectRight::Read), project_side(right)),
        Requirement::Both(a, b) => (
            infra_side(InfraRight::View) && project_side(ProjectRight::Read),
            infra_side(a) && project_side(b),
        ),
    };
    match (seen, held) {
        (false, _) => Outcome::Hidden,
        (true, false) => Outcome::Forbidden,
        (true, true) => Outcome::Allowed,
    }
}

/// How many callers and grants are made. Each is asked for every operation; `cargo xtask ci --full` asks for more.
#[expect(clippy::disallowed_methods, reason = "where these tests read the environment")]
fn cases() -> u32 {
    match std::env::var("PROJECT_DEPLOYER_DECISIONS") {
        Ok(text) if !text.is_empty() => {
            let decisions: u32 = text.parse().unwrap();
            decisions.div_ceil(u32::try_from(Operation::ALL.len()).unwrap())
        }
        _ => 2000,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn decisions_agree_with_the_oracle(
        groups in prop::collection::btree_set(0..6u8, 0..4),
        admin in prop::bool::weighted(0.1),
        owner in prop::bool::weighted(0.2),
        on_infra in prop::collection::vec(any_infra_grant(), 0..6),
        on_project in prop::collection::vec(any_project_grant(), 0..6),
    ) {
        // R9
        let name = if owner { "owner" } else { "ann" };
        let mut caller = Caller::new(login(name)).in_groups(groups.iter().map(|g| group(&format!("g{g}"))));
        caller.global_admin = admin;
        let (infra, project) = (infra(on_infra), project(on_project));
        for operation in Operation::ALL {
            let decided = explain(&caller, operation, Scope::deployment(&infra, &project)).outcome;
            prop_assert_eq!(decided, oracle(&caller, operation, &infra, &project), "{}", operation);
        }
    }
}
