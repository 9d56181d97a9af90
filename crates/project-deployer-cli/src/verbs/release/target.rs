use std::str::FromStr;

use project_deployer::core::{DeploymentId, IdentifierError, InfraId};

/// A deployment, and where it is created if it does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReleaseTarget {
    pub(super) id: DeploymentId,
    pub(super) infra: Option<InfraId>,
}

impl FromStr for ReleaseTarget {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        // An id may have the sign, too: the last one begins the infrastructure.
        let (id, infra) = match text.rsplit_once('=') {
            Some((id, infra)) => (id, Some(infra.parse()?)),
            None => (text, None),
        };
        Ok(Self { id: id.parse()?, infra })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_infrastructure_is_behind_the_last_sign() {
        let plain: ReleaseTarget = "churn".parse().unwrap();
        assert_eq!((plain.id.as_str(), plain.infra), ("churn", None));
        let created: ReleaseTarget = "a=b=prod".parse().unwrap();
        assert_eq!((created.id.as_str(), created.infra.unwrap().as_str()), ("a=b", "prod"));
        assert!(
            "=prod".parse::<ReleaseTarget>().is_err() && "a=".parse::<ReleaseTarget>().is_err()
        );
    }
}
