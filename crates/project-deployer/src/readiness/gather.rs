use std::collections::BTreeMap;

use futures::stream::{self, StreamExt as _};
use project_deployer_client::{Identity, NodeAccounts, NodeConnector, NodeError, NodeErrorKind};
use project_deployer_core::accounts::User;
use project_deployer_core::infra::{NodeEntry, NodeSettings};
use project_deployer_core::{Login, ProjectKey};

use super::facts::{ActingLoginFacts, NodeFacts};
use super::needs::Needs;
use crate::upstream::which_exist;

/// How many logins are queried on a node at the same time.
const AT_ONCE: usize = 4;

/// Fetches all facts of a node that the checks need.
pub(super) async fn gather(
    entry: &NodeEntry,
    needs: &Needs,
    connector: &dyn NodeConnector,
) -> NodeFacts {
    let Some(settings) = entry.settings() else {
        let reason = NodeErrorKind::InvalidRequest("it has no address or no admin key".to_owned());
        return NodeFacts::silent(entry.clone(), &reason);
    };
    match ask(entry, &settings, needs, connector).await {
        Ok(facts) => facts,
        Err(error) => NodeFacts::silent(entry.clone(), &error.kind),
    }
}

async fn ask(
    entry: &NodeEntry,
    settings: &NodeSettings,
    needs: &Needs,
    connector: &dyn NodeConnector,
) -> Result<NodeFacts, NodeError> {
    let node = connector.connect(settings, Identity::ApiKey)?;
    let accounts = connector.accounts(settings)?;
    // A node that does not answer this call does not answer the others. Its deadline is waited for
    // once.
    let instance = match node.instance_info().await {
        Err(error) if says_nothing(&error.kind) => return Err(error),
        other => kind_only(other),
    };
    let asked = ask_as_each(settings, needs, connector).await;
    let mut acting = BTreeMap::new();
    let mut projects = BTreeMap::new();
    for (login, facts, seen) in asked {
        acting.insert(login, facts);
        for (key, found) in seen {
            let found = match projects.remove(&key) {
                Some(known) => either(known, found),
                None => found,
            };
            projects.insert(key, found);
        }
    }
    Ok(NodeFacts {
        entry: entry.clone(),
        instance,
        key: kind_only(node.auth_info().await),
        users: kind_only(users_of(&*accounts, needs).await),
        groups: kind_only(accounts.groups().await),
        resources: kind_only(node.resources().await),
        rules: kind_only(accounts.account_rules().await),
        projects,
        acting,
    })
}

type Existence = Result<bool, NodeErrorKind>;

/// What two logins see of a project: one that sees it is enough, and one that may not see it knows nothing.
fn either(one: Existence, other: Existence) -> Existence {
    match (one, other) {
        (Ok(true), _) | (_, Ok(true)) => Ok(true),
        (Err(kind), _) | (_, Err(kind)) => Err(kind),
        (Ok(false), Ok(false)) => Ok(false),
    }
}

/// All users, and the acting logins among them with all their fields.
async fn users_of(accounts: &dyn NodeAccounts, needs: &Needs) -> Result<Vec<User>, NodeError> {
    let mut users = accounts.users().await?.to_users();
    for user in users.iter_mut().filter(|user| needs.acting.contains(&user.login)) {
        if let Some(whole) = accounts.user(&user.login).await? {
            *user = whole;
        }
    }
    Ok(users)
}

async fn ask_as_each(
    settings: &NodeSettings,
    needs: &Needs,
    connector: &dyn NodeConnector,
) -> Vec<(Login, ActingLoginFacts, Vec<(ProjectKey, Existence)>)> {
    let mut asked = Vec::with_capacity(needs.acting.len());
    // No closure, so that the compiler knows that callers may move between threads.
    for login in &needs.acting {
        asked.push(async move {
            let (facts, projects) = ask_as(login, settings, needs, connector).await;
            (login.clone(), facts, projects)
        });
    }
    stream::iter(asked).buffered(AT_ONCE).collect().await
}

async fn ask_as(
    login: &Login,
    settings: &NodeSettings,
    needs: &Needs,
    connector: &dyn NodeConnector,
) -> (ActingLoginFacts, Vec<(ProjectKey, Existence)>) {
    let silent = |error: NodeError| (ActingLoginFacts::new(Err(error.kind)), Vec::new());
    let node = match connector.connect(settings, Identity::Impersonate(login.clone())) {
        Ok(node) => node,
        Err(error) => return silent(error),
    };
    let auth = match node.auth_info().await {
        Ok(auth) => auth,
        Err(error) => return silent(error),
    };
    let mut folders = BTreeMap::new();
    for folder in needs.folders.keys() {
        let seen = node.project_folder(Some(folder.clone())).await;
        folders.insert(folder.clone(), kind_only(seen.map(|folder| folder.is_some())));
    }
    // As the login: the administrator's key would say that a project exists which the login may not see.
    let keys = needs.projects.keys().cloned().collect();
    let projects = which_exist(&*node, &keys).await.into_iter();
    let projects = projects.filter_map(|(key, found)| Some((key, kind_only(found.transpose()?))));
    let projects = projects.collect();
    (ActingLoginFacts { auth: Ok(auth), folders }, projects)
}

fn says_nothing(kind: &NodeErrorKind) -> bool {
    matches!(
        kind,
        NodeErrorKind::Unreachable
            | NodeErrorKind::Tls(_)
            | NodeErrorKind::AddressRefused(_)
            | NodeErrorKind::TimedOut(_)
            | NodeErrorKind::InvalidRequest(_)
    )
}

fn kind_only<T>(fetched: Result<T, NodeError>) -> Result<T, NodeErrorKind> {
    fetched.map_err(|error| error.kind)
}
