use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{DeployerState, Right};
use crate::answer::{Answer, Refusal};
use crate::caller::Caller;

impl DeployerState {
    /// Makes a personal key on every node of a multi-node infrastructure (wire-facts 2.5): for
    /// oneself with deploy, for others with admin.
    ///
    /// # Errors
    ///
    /// The caller lacks that right, has no login, or the infrastructure has a single node.
    pub(crate) fn create_node_key(
        &mut self,
        caller: &Caller,
        id: &str,
        for_user: Option<String>,
    ) -> Answer<Value> {
        let right = if for_user.is_some() { Right::Admin } else { Right::Deploy };
        let infra = self.infra(caller, id, right)?;
        let user = for_user.or_else(|| caller.login.clone());
        let user = user.ok_or_else(|| Refusal::illegal("A key has no personal keys"))?;
        let nodes = infra.nodes();
        let nodes = nodes
            .ok_or_else(|| Refusal::illegal(format!("Infrastructure has a single node: {id}")))?;
        let among = |users: &BTreeMap<String, BTreeSet<String>>| -> Vec<String> {
            let holds = |node: &&str| users.get(*node).is_some_and(|logins| logins.contains(&user));
            nodes.iter().copied().filter(holds).map(str::to_owned).collect()
        };
        let (unknown, disabled) = (among(&infra.unknown_users), among(&infra.disabled_users));
        let kept_out = |node: &str| unknown.iter().chain(&disabled).any(|known| known == node);
        let made: Vec<String> =
            nodes.into_iter().filter(|node| !kept_out(node)).map(str::to_owned).collect();
        self.made_keys += 1;
        let key = format!("{id}-key{}", self.made_keys);
        let on = |nodes: &[String]| -> Value {
            nodes.iter().map(|node| json!({"nodeId": node})).collect()
        };
        let complete = unknown.is_empty() && disabled.is_empty();
        Ok(json!({
            "createdOnAllNodes": complete,
            "user": user,
            "secret": (!made.is_empty()).then(|| format!("secret-of-{key}")),
            "nodesAndKeys": made
                .iter()
                .map(|node| json!({"nodeId": node, "keyId": key}))
                .collect::<Vec<_>>(),
            "error": (!complete).then(|| format!("{user} is missing or disabled on some nodes")),
            "nodesWhereUserDoesNotExist": on(&unknown),
            "nodesWhereUserIsDisabled": on(&disabled),
        }))
    }
}
