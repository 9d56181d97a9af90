use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use project_deployer::estate::{
    Estate, EstateFormat, EstatePlan, EstateProblems, EstateSecrets, ObservedEstate, PlanOptions,
    SecretRef,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};

use super::access::Opened;
use crate::environment;
use crate::estate_view::EstateAnswer;
use crate::failure::Failure;

/// An estate with its secrets.
pub(super) struct Source {
    pub(super) estate: Estate,
    pub(super) secrets: EstateSecrets,
    /// Where relative paths of secrets begin.
    pub(super) folder: PathBuf,
    /// The secrets as they were found, for a service that reads none of its own environment or files.
    given: BTreeMap<SecretRef, SecretString>,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
enum SourceError {
    #[error("cannot read `{}`", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("`{}` has an unknown extension; use `.yaml`, `.yml`, `.json` or `.toml`", path.display())]
    UnknownFormat { path: PathBuf },
    #[error("`{}` is not accepted: {problems}", path.display())]
    Mistakes { path: PathBuf, problems: EstateProblems },
    #[error("secrets are missing: {0}")]
    Secrets(EstateProblems),
}

/// The text of a file that somebody named.
///
/// # Errors
///
/// It cannot be read.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    let failed = |source| SourceError::Unreadable { path: path.to_owned(), source };
    std::fs::read_to_string(path).map_err(|source| Failure::usage(failed(source)))
}

impl Source {
    /// Reads a file and the secrets that it names.
    ///
    /// # Errors
    ///
    /// The file cannot be read, has mistakes, or names secrets that are not there. All of them are listed.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let path = path.to_owned();
        let Some(format) = EstateFormat::of(&path) else {
            return Err(Failure::usage(SourceError::UnknownFormat { path }));
        };
        let text = read_text(&path)?;
        let folder = folder_of(&path);
        let estate = Estate::parse(&text, format)
            .map_err(|problems| Failure::usage(SourceError::Mistakes { path, problems }))?;
        Self::with_secrets(estate, folder)
    }

    /// Finds the secrets of an estate.
    ///
    /// # Errors
    ///
    /// Some are not there. All of them are listed.
    pub(super) fn with_secrets(estate: Estate, folder: PathBuf) -> Result<Self, Failure> {
        let mut given = BTreeMap::new();
        let find = |place: &SecretRef| {
            let secret = found(place, &folder)?;
            given.insert(place.clone(), secret.clone());
            Ok(secret)
        };
        let secrets = EstateSecrets::resolve(&estate, find)
            .map_err(|problems| Failure::usage(SourceError::Secrets(problems)))?;
        Ok(Self { estate, secrets, folder, given })
    }

    /// What the API takes for a file: its text, its options and its secrets. Only a request gets it.
    ///
    /// # Errors
    ///
    /// The file cannot be written as JSON.
    pub(super) fn request(&self, options: &PlanOptions) -> Result<Value, Failure> {
        let file = self.estate.to_text(EstateFormat::Json).map_err(Failure::failed)?;
        let (mut env, mut files) = (Map::new(), Map::new());
        for (place, secret) in &self.given {
            let secret = Value::from(secret.expose_secret());
            match place {
                SecretRef::Env(name) => drop(env.insert(name.clone(), secret)),
                SecretRef::File(path) => {
                    drop(files.insert(path.to_string_lossy().into_owned(), secret));
                }
                _ => {}
            }
        }
        Ok(json!({
            "file": file, "format": "json", "secrets": {"env": env, "file": files},
            "prune": options.prune, "deploy": options.deploy,
            "acceptWarnings": options.accept_warnings,
        }))
    }

    /// The plan of a service of this project, of the whole file; none on a state, of the product, and for whoever is no
    /// administrator.
    ///
    /// # Errors
    ///
    /// The service refuses the file, or does not answer.
    pub(super) async fn planned_there(
        &self,
        opened: &Opened,
        options: &PlanOptions,
    ) -> Result<Option<EstateAnswer>, Failure> {
        match opened.service().await? {
            Some(service) => service.plan(&self.request(options)?).await,
            None => Ok(None),
        }
    }

    /// Compares the estate with what is there. It writes nothing.
    ///
    /// # Errors
    ///
    /// The Deployer does not answer.
    pub(super) async fn plan(
        &self,
        opened: &Opened,
        options: &PlanOptions,
    ) -> Result<EstatePlan, Failure> {
        let observed = ObservedEstate::read(opened.access(), &self.estate, options).await;
        let observed = observed.map_err(|error| opened.failed(error))?;
        Ok(EstatePlan::of(&self.estate, &observed, &self.secrets, options))
    }
}

/// The folder of a file, wherever the command runs later.
fn folder_of(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned())
}

fn found(place: &SecretRef, folder: &Path) -> Result<SecretString, String> {
    match place {
        SecretRef::Env(name) => environment::variable(name)?
            .map(SecretString::from)
            .ok_or_else(|| "it is not set".to_owned()),
        SecretRef::File(path) => {
            let text = std::fs::read_to_string(folder.join(path))
                .map_err(|error| format!("it cannot be read: {error}"))?;
            Ok(SecretString::from(text.trim_end_matches(['\r', '\n'])))
        }
        _ => Err("this version does not know this kind of place".to_owned()),
    }
}
