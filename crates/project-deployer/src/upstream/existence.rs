use std::collections::BTreeSet;

use futures::FutureExt as _;
use futures::stream::{self, StreamExt as _};
use project_deployer_client::{AutomationNode, NodeError};
use project_deployer_core::ProjectKey;

/// How many projects are asked for by their keys, and how many of them at the same time.
const MOST_ASKED: usize = 50;
const AT_ONCE: usize = 4;

/// Whether projects exist on a node, as its caller sees it: one list of projects, and a bounded number of questions for
/// those that are not in it. None is not asked for.
pub(crate) async fn which_exist(
    node: &dyn AutomationNode,
    keys: &BTreeSet<ProjectKey>,
) -> Vec<(ProjectKey, Result<Option<bool>, NodeError>)> {
    if keys.is_empty() {
        return Vec::new();
    }
    // Without a list, each is asked for.
    let listed = node.project_keys().await.unwrap_or_default();
    let (there, open): (Vec<_>, Vec<_>) = keys.iter().partition(|key| listed.contains(*key));
    // Boxed, so that the compiler knows that callers may move between threads.
    let mut asked = Vec::with_capacity(open.len());
    for (number, key) in open.into_iter().enumerate() {
        asked.push(ask(node, key.clone(), number < MOST_ASKED).boxed());
    }
    let mut found: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
    found.extend(there.into_iter().map(|key| (key.clone(), Ok(Some(true)))));
    found
}

async fn ask(
    node: &dyn AutomationNode,
    key: ProjectKey,
    is_asked: bool,
) -> (ProjectKey, Result<Option<bool>, NodeError>) {
    if !is_asked {
        return (key, Ok(None));
    }
    let found = node.project(&key).await;
    (key, found.map(|project| Some(project.is_some())))
}

#[cfg(test)]
mod tests {
    use project_deployer_client::{MockAutomationNode, NodeErrorKind};

    use super::*;

    fn keys(range: std::ops::Range<usize>) -> BTreeSet<ProjectKey> {
        range.map(|number| format!("P{number}").parse().unwrap()).collect()
    }

    #[tokio::test]
    async fn one_list_answers_for_most_and_the_questions_for_others_are_bounded() {
        // E7
        let mut node = MockAutomationNode::new();
        node.expect_project_keys().times(1).returning(|| Ok(keys(0..900)));
        node.expect_project().times(MOST_ASKED).returning(|_| Ok(None));
        let found = which_exist(&node, &keys(0..1000)).await;
        let count = |wanted: fn(&Result<Option<bool>, NodeError>) -> bool| {
            found.iter().filter(|(_, found)| wanted(found)).count()
        };
        assert_eq!(count(|found| matches!(found, Ok(Some(true)))), 900);
        assert_eq!(count(|found| matches!(found, Ok(Some(false)))), MOST_ASKED);
        assert_eq!(count(|found| matches!(found, Ok(None))), 50, "unknown, not absent");
    }

    #[tokio::test]
    async fn a_node_that_lists_none_is_asked_for_each() {
        let mut node = MockAutomationNode::new();
        let refusal = || NodeError::new("n", "list", NodeErrorKind::Malformed("odd".to_owned()));
        node.expect_project_keys().returning(move || Err(refusal()));
        node.expect_project().times(2).returning(|_| Ok(None));
        assert_eq!(which_exist(&node, &keys(0..2)).await.len(), 2);
        assert!(which_exist(&node, &keys(0..0)).await.is_empty(), "nothing is asked");
    }
}
