//! The secrets that an estate names.

use std::collections::BTreeMap;

use project_deployer_core::{ApiKeySecret, ProblemCode};
use project_deployer_store::Secrets;
use secrecy::{ExposeSecret as _, SecretString};

use super::document::{Estate, SecretRef, secret_of};
use super::problem::{EstateProblem, EstateProblems};

/// What the names of keys begin with in the store, and those of texts.
const KEY: &str = "key";
const TEXT: &str = "text";

/// The secrets of an estate, by their places. `Debug` shows none.
#[derive(Debug, Clone, Default)]
pub struct EstateSecrets {
    keys: BTreeMap<SecretRef, ApiKeySecret>,
    texts: BTreeMap<SecretRef, SecretString>,
}

impl EstateSecrets {
    /// Finds every secret. `find` reads one place; its error says what is wrong with it, without the secret.
    ///
    /// # Errors
    ///
    /// Every place without a usable secret.
    pub fn resolve(
        estate: &Estate,
        mut find: impl FnMut(&SecretRef) -> Result<SecretString, String>,
    ) -> Result<Self, EstateProblems> {
        let mut found = Self::default();
        let mut problems = Vec::new();
        let unusable = |path: String, what: String| {
            EstateProblem::new(path, ProblemCode::NotFound, what, "put the secret there")
        };
        let hooks = hook_secrets_of(estate);
        let hooks = hooks.iter().map(|(path, place)| (path.clone(), place));
        for (path, place) in keys_of(estate).chain(hooks).chain(fleet_secrets_of(estate)) {
            let key = find(place).and_then(|text| {
                ApiKeySecret::new(text.expose_secret()).map_err(|error| error.to_string())
            });
            match key {
                Ok(key) => drop(found.keys.insert(place.clone(), key)),
                Err(what) => problems.push(unusable(path, format!("{place}: {what}"))),
            }
        }
        for (path, place) in variables_of(estate) {
            match find(place) {
                Ok(text) => drop(found.texts.insert(place.clone(), text)),
                Err(what) => problems.push(unusable(path, format!("{place}: {what}"))),
            }
        }
        EstateProblems::or_value(problems, found)
    }

    /// The secrets in the type of the store, each by its place.
    pub(super) fn sealed(&self) -> Result<Secrets, serde_json::Error> {
        let name = |kind: &str, place| Ok(format!("{kind} {}", serde_json::to_string(place)?));
        let keys =
            self.keys.iter().map(|(place, key)| Ok((name(KEY, place)?, key.to_secret_string())));
        let texts = self.texts.iter().map(|(place, text)| Ok((name(TEXT, place)?, text.clone())));
        keys.chain(texts).collect()
    }

    /// Secrets of the store. One that has no place is left out.
    pub(super) fn unsealed(
        secrets: &Secrets,
    ) -> Result<Self, project_deployer_core::ApiKeySecretError> {
        let mut found = Self::default();
        for (name, secret) in secrets {
            let Some((kind, place)) = name.split_once(' ') else { continue };
            let Ok(place) = serde_json::from_str::<SecretRef>(place) else { continue };
            if kind == KEY {
                found.keys.insert(place, ApiKeySecret::new(secret.expose_secret())?);
            } else {
                found.texts.insert(place, secret.clone());
            }
        }
        Ok(found)
    }

    pub(super) fn key(&self, place: &SecretRef) -> Option<&ApiKeySecret> {
        self.keys.get(place)
    }

    pub(super) fn text(&self, place: &SecretRef) -> Option<&str> {
        self.texts.get(place).map(|text| text.expose_secret())
    }

    /// Every secret in a fixed order, for a digest with a key.
    pub(super) fn exposed(&self) -> impl Iterator<Item = &str> {
        let keys = self.keys.values().map(ApiKeySecret::expose);
        keys.chain(self.texts.values().map(|text| text.expose_secret()))
    }
}

/// The places of node keys.
fn keys_of(estate: &Estate) -> impl Iterator<Item = (String, &SecretRef)> {
    let infras = estate.infrastructures.iter().flatten().enumerate();
    infras.flat_map(|(index, infra)| {
        let nodes = infra.nodes.iter().flatten().enumerate();
        nodes.filter_map(move |(number, node)| {
            let path = format!("infrastructures[{index}].nodes[{number}].adminApiKey");
            node.admin_api_key.as_ref().map(|place| (path, place))
        })
    })
}

/// The places of the keys of fleets, and of the nodes that lists have.
fn fleet_secrets_of(estate: &Estate) -> impl Iterator<Item = (String, &SecretRef)> {
    let fleets = estate.fleets.iter().flatten().enumerate();
    fleets.flat_map(|(index, fleet)| {
        let secrets = fleet.source.iter().flat_map(|source| source.secrets());
        secrets.map(move |(field, place)| (format!("fleets[{index}].source.{field}"), place))
    })
}

/// The places of the secrets of hooks.
fn hook_secrets_of(estate: &Estate) -> Vec<(String, SecretRef)> {
    let infras = estate.infrastructures.iter().flatten().enumerate();
    let hooks = infras.flat_map(|(index, infra)| {
        let hooks = infra.hooks.iter().flat_map(|hooks| hooks.all());
        hooks.map(move |(field, number, hook)| {
            (format!("infrastructures[{index}].hooks.{field}[{number}].secret"), hook)
        })
    });
    hooks.filter_map(|(path, hook)| Some((path, secret_of(hook)?))).collect()
}

/// The places of secret variables.
fn variables_of(estate: &Estate) -> impl Iterator<Item = (String, &SecretRef)> {
    let deployments = estate.deployments.iter().flatten().enumerate();
    deployments.flat_map(|(index, deployment)| {
        let variables = deployment.secret_variables.iter().flatten();
        variables.map(move |(name, place)| {
            (format!("deployments[{index}].secretVariables.{name}"), place)
        })
    })
}
