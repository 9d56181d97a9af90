use std::collections::BTreeMap;

use futures::stream::{self, StreamExt as _};
use project_deployer_client::{
    AutomationNode, Identity, NodeAccounts, NodeConnector, NodeError, NodeErrorKind,
};
use project_deployer_core::accounts::User;
use project_deployer_core::infra::{NodeEntry, NodeSettings};
use project_deployer_core::{Login, ProjectKey};

use super::facts::{ActingLoginFacts, NodeFacts};
use super::needs::Needs;

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
    Ok(NodeFacts {
        entry: entry.clone(),
        instance,
        key: kind_only(node.auth_info().await),
        users: kind_only(users_of(&*accounts, needs).await),
        groups: kind_only(accounts.groups().await),
        resources: kind_only(node.resources().await),
        rules: kind_only(accounts.account_rules().await),
        projects: projects_of(&*node, needs).await,
        acting: ask_as_each(settings, needs, connector).await,
    })
}

/// Whether the projects exist whose objects bundles use.
async fn projects_of(
    node: &dyn AutomationNode,
    needs: &Needs,
) -> BTreeMap<ProjectKey, Result<bool, NodeErrorKind>> {
    let mut projects = BTreeMap::new();
    for key in needs.projects.keys() {
        let found = node.project(key).await.map(|project| project.is_some());
        projects.insert(key.clone(), kind_only(found));
    }
    projects
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
) -> BTreeMap<Login, ActingLoginFacts> {
    let asked = needs.acting.iter().map(|login| async move {
        let facts = ask_as(login, settings, needs, connector).await;
        (login.clone(), facts)
    });
    stream::iter(asked).buffered(AT_ONCE).collect().await
}

async fn ask_as(
    login: &Login,
    settings: &NodeSettings,
    needs: &Needs,
    connector: &dyn NodeConnector,
) -> ActingLoginFacts {
    let silent =
        |error: NodeError| ActingLoginFacts { auth: Err(error.kind), folders: BTreeMap::new() };
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
    ActingLoginFacts { auth: Ok(auth), folders }
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
