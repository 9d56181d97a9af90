//! Which Deployer the command reads: named by an option, by the variables of the official client, or
//! by its configuration file.

mod config_file;

use std::fmt;
use std::path::{Path, PathBuf};

use project_deployer::core::infra::NodeSettings;
use project_deployer::core::{ApiKeySecret, NodeAddress};

use self::config_file::{ConfigFile, Instance};
use crate::environment;
use crate::failure::Failure;

/// A Deployer to read infrastructures from.
///
/// No option takes a key: every user of a machine can read arguments.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct DeployerAccess {
    /// URL of the Deployer, such as `https://deployer.example:11300`. Its API key comes from
    /// --api-key-file or DKU_API_KEY. Default: DKU_DSS_URL, then the default instance of
    /// ~/.dataiku/config.json.
    #[arg(long, value_name = "URL", conflicts_with = "instance")]
    deployer_url: Option<String>,

    /// File that holds the API key of the Deployer and nothing else.
    #[arg(long, value_name = "FILE", conflicts_with = "instance")]
    api_key_file: Option<PathBuf>,

    /// Instance of ~/.dataiku/config.json (or .config.json), in place of the default instance.
    #[arg(long, value_name = "NAME")]
    instance: Option<String>,
}

/// What the environment of the process says about a Deployer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    /// `DKU_DSS_URL`.
    pub(crate) url: Option<String>,
    /// `DKU_API_KEY`.
    pub(crate) api_key: Option<ApiKeyText>,
    /// The home directory, where `.dataiku/` is.
    pub(crate) home: Option<PathBuf>,
}

/// A key as text, not checked yet.
#[derive(Clone)]
pub(crate) struct ApiKeyText(String);

/// Why no Deployer can be called.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccessError {
    #[error(
        "no Deployer is configured; pass --inventory FILE with infrastructures, pass --deployer-url URL, or set \
         DKU_DSS_URL and DKU_API_KEY"
    )]
    NoDeployer,
    #[error(
        "no Deployer is named; pass --data DIRECTORY or --database URL for one on this machine, or --deployer-url URL, \
         or set DKU_DSS_URL and DKU_API_KEY"
    )]
    NoTarget,
    #[error(
        "the inventory lists infrastructures and an option names a Deployer that lists them too; remove one of \
         the two"
    )]
    TwoSources,
    #[error("no API key for {address}; set DKU_API_KEY or pass --api-key-file FILE")]
    NoKey { address: NodeAddress },
    #[error(
        "--api-key-file is given without an address; pass --deployer-url URL, or set DKU_DSS_URL"
    )]
    KeyWithoutUrl,
    #[error(
        "`{}` has no default instance; its instances are {known}; set `default_instance`, or pass --instance NAME",
        path.display()
    )]
    NoDefault { path: PathBuf, known: String },
    #[error("the key {place} cannot be used: {what}")]
    Key { place: String, what: String },
    #[error("the address {place} cannot be used: {what}")]
    Address { place: String, what: String },
    #[error("`{}` cannot be used: {what}", path.display())]
    ConfigFile { path: PathBuf, what: String },
    #[error("no configuration file has an instance `{name}`; the known instances are: {known}")]
    NoInstance { name: String, known: String },
}

impl DeployerAccess {
    /// Whether an option names a Deployer.
    pub(crate) fn is_named(&self) -> bool {
        self.deployer_url.is_some() || self.instance.is_some() || self.api_key_file.is_some()
    }

    /// The settings of the Deployer from the first of these that names one: option, environment,
    /// configuration file.
    ///
    /// # Errors
    ///
    /// No Deployer is named, or its address or key cannot be used.
    pub(crate) fn settings(&self, environment: &Environment) -> Result<NodeSettings, AccessError> {
        if let Some(name) = &self.instance {
            return config_instance(environment, Some(name));
        }
        if let Some(url) = &self.deployer_url {
            return self.at(url, "of --deployer-url", environment);
        }
        if let Some(url) = &environment.url {
            return self.at(url, "in DKU_DSS_URL", environment);
        }
        match &self.api_key_file {
            Some(_) => Err(AccessError::KeyWithoutUrl),
            None => config_instance(environment, None),
        }
    }

    /// The same in the environment of this process, for a command that takes no inventory, and also works on a state.
    ///
    /// # Errors
    ///
    /// As [`Self::settings`] has them, or a variable cannot be read.
    pub(crate) fn settings_of_target(&self) -> Result<NodeSettings, Failure> {
        let environment = environment::of_process().map_err(Failure::usage)?;
        self.settings(&environment).map_err(|error| match error {
            AccessError::NoDeployer => Failure::usage(AccessError::NoTarget),
            error => Failure::usage(error),
        })
    }

    /// What names the Deployer that [`Self::settings`] chooses, for people.
    pub(crate) fn place(&self, environment: &Environment) -> &'static str {
        if self.instance.is_some() {
            "--instance"
        } else if self.deployer_url.is_some() {
            "--deployer-url"
        } else if environment.url.is_some() {
            "DKU_DSS_URL"
        } else {
            "~/.dataiku/config.json"
        }
    }

    fn at(
        &self,
        url: &str,
        place: &str,
        environment: &Environment,
    ) -> Result<NodeSettings, AccessError> {
        let address = NodeAddress::parse(url).map_err(|error| AccessError::Address {
            place: place.to_owned(),
            what: error.to_string(),
        })?;
        let (key, place_of_key) = match (&self.api_key_file, &environment.api_key) {
            (Some(path), _) => (from_file(path)?, format!("in `{}`", path.display())),
            (None, Some(key)) => (key.clone(), "in DKU_API_KEY".to_owned()),
            (None, None) => return Err(AccessError::NoKey { address }),
        };
        settings(address, key, place_of_key)
    }
}

fn settings(
    address: NodeAddress,
    key: ApiKeyText,
    place_of_key: String,
) -> Result<NodeSettings, AccessError> {
    let admin_api_key = ApiKeySecret::new(key.0)
        .map_err(|error| AccessError::Key { place: place_of_key, what: error.to_string() })?;
    Ok(NodeSettings::new(address, admin_api_key))
}

fn from_file(path: &Path) -> Result<ApiKeyText, AccessError> {
    let text = std::fs::read_to_string(path).map_err(|error| AccessError::Key {
        place: format!("in `{}`", path.display()),
        what: error.to_string(),
    })?;
    Ok(ApiKeyText(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// An instance of the configuration files of the official client: the named one, else the default.
/// The configuration files that the official client reads: none where there is no such file, else the
/// names of its instances.
pub(crate) fn config_files(
    home: Option<&Path>,
) -> Vec<(PathBuf, Result<Option<String>, AccessError>)> {
    let read = |path: &PathBuf| ConfigFile::read(path).map(|file| file.map(|it| it.summary()));
    config_file::places(home).into_iter().map(|path| (path.clone(), read(&path))).collect()
}

fn config_instance(
    environment: &Environment,
    name: Option<&str>,
) -> Result<NodeSettings, AccessError> {
    let mut known = Vec::new();
    for path in config_file::places(environment.home.as_deref()) {
        let Some(file) = ConfigFile::read(&path)? else { continue };
        if let Some((name, instance)) = file.instance(name) {
            return of_instance(&path, name, instance);
        }
        if name.is_none() && file.names().next().is_some() {
            let known = file.names().collect::<Vec<_>>().join(", ");
            return Err(AccessError::NoDefault { path, known });
        }
        known.extend(file.names().map(str::to_owned));
    }
    match name {
        None => Err(AccessError::NoDeployer),
        Some(name) => {
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            Err(AccessError::NoInstance { name: name.to_owned(), known })
        }
    }
}

fn of_instance(path: &Path, name: &str, instance: &Instance) -> Result<NodeSettings, AccessError> {
    let place = format!("of instance `{name}` in `{}`", path.display());
    let key = ApiKeyText(instance.api_key.clone());
    let address = NodeAddress::parse(&instance.url)
        .map_err(|error| AccessError::Address { place: place.clone(), what: error.to_string() })?;
    let settings = settings(address, key, place)?;
    Ok(settings.with_trust_all_certificates(instance.no_check_certificate))
}

impl ApiKeyText {
    /// Wraps a text.
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for ApiKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyText(..)")
    }
}

#[cfg(test)]
mod tests;
