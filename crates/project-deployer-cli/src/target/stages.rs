use project_deployer::client::InfraOperations as _;
use project_deployer::core::StageId;
use project_deployer::core::stage::Stage;

use super::Face;
use crate::failure::Failure;

/// A change of a stage.
#[derive(Debug, Clone)]
pub(crate) struct StageChange {
    /// Another description.
    pub(crate) description: Option<String>,
    /// Another place among the stages: 1 is the first.
    pub(crate) position: Option<usize>,
    /// Another name.
    pub(crate) name: Option<StageId>,
}

/// Changes of the stages. The public API reads them only.
///
/// # Errors
///
/// The Deployer refuses the change, or has no call for it.
impl Face {
    pub(crate) async fn new_stage(&self, id: StageId, description: String) -> Result<(), Failure> {
        match self {
            Self::Engine(session) => Ok(session.add_stage(Stage::new(id, description)).await?),
            Self::Remote(_) => Err(no_call("create", &id)),
        }
    }

    pub(crate) async fn change_stage(
        &self,
        id: &StageId,
        change: StageChange,
    ) -> Result<(), Failure> {
        match self {
            Self::Engine(session) => {
                // What can be refused comes first, and is one change.
                session.edit_stage(id, change.name.as_ref(), change.description.as_deref()).await?;
                if let Some(position) = change.position {
                    let stages = session.stages().await?;
                    let known: Vec<StageId> = stages.iter().map(|stage| stage.id.clone()).collect();
                    let id = change.name.as_ref().unwrap_or(id);
                    session.reorder_stages(&moved(known, id, position)).await?;
                }
                Ok(())
            }
            Self::Remote(_) => Err(no_call("change", id)),
        }
    }

    pub(crate) async fn drop_stage(&self, id: &StageId) -> Result<(), Failure> {
        match self {
            Self::Engine(session) => Ok(session.remove_stage(id).await?),
            Self::Remote(_) => Err(no_call("delete", id)),
        }
    }
}

/// The public API reads stages only.
fn no_call(what: &str, id: &StageId) -> Failure {
    Failure::usage(format!(
        "the public API of a Deployer has no call to {what} stage `{id}`; change stages in the console of the Deployer, or with --data on its machine"
    ))
}

/// The order with one stage at another place. An unknown stage is for the Deployer to refuse.
fn moved(mut order: Vec<StageId>, id: &StageId, position: usize) -> Vec<StageId> {
    order.retain(|known| known != id);
    let at = position.saturating_sub(1).min(order.len());
    order.insert(at, id.clone());
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_moves_to_a_place_and_never_beyond_the_last() {
        let order = |names: &[&str]| -> Vec<StageId> {
            names.iter().map(|name| StageId::parse(*name).unwrap()).collect()
        };
        let last = StageId::parse("c").unwrap();
        assert_eq!(moved(order(&["a", "b", "c"]), &last, 1), order(&["c", "a", "b"]));
        assert_eq!(moved(order(&["a", "b", "c"]), &last, 2), order(&["a", "c", "b"]));
        assert_eq!(moved(order(&["c", "a", "b"]), &last, 9), order(&["a", "b", "c"]));
    }
}
