use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use project_deployer::client::RemoteDeployer;
use project_deployer::core::Login;
use project_deployer::estate::EstateAccess;
use project_deployer::state_admin::StatePlace;
use project_deployer::store::{ArchiveLocation, SecretsAtRest};
use project_deployer::{Deployer, DeployerSession, HttpConnector};

use crate::deployer_access::DeployerAccess;
use crate::environment;
use crate::failure::Failure;
use crate::subcommands::state::Keys;
use crate::target::session_of;

/// How long updates may go on after the command has done its work: it has waited for its own.
const GRACE: std::time::Duration = std::time::Duration::from_secs(30);

/// The Deployer that an estate is compared with: one that runs, or the state of one.
#[derive(Debug, clap::Args)]
pub(super) struct AccessArguments {
    #[command(flatten)]
    deployer: DeployerAccess,

    /// State of a Deployer of this project, instead of a Deployer that answers requests: `sqlite:` and the path of a
    /// file, or `postgres://` with user, host and database. Only so stages can be changed, and nodes be checked.
    #[arg(long, value_name = "URL", conflicts_with_all = ["deployer_url", "instance", "api_key_file"])]
    state: Option<StateName>,

    /// Where the keys of the state come from, as for `deployer state`.
    #[arg(long, value_name = Keys::VALUE, requires = "state")]
    key: Option<Keys>,

    /// Where the bundle archives of the state are, as for `deployer state`.
    #[arg(long, value_name = "URL", requires = "state")]
    archives_at: Option<String>,

    /// User of that Deployer on whose behalf the command works.
    #[arg(long = "as", value_name = "LOGIN", default_value = "admin")]
    login: Login,
}

/// The URL of a state. `Debug` does not show it, since it may hold a password.
#[derive(Clone)]
struct StateName(String);

impl FromStr for StateName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StateName").field(&StatePlace::at(&*self.0).url()).finish()
    }
}

/// A Deployer that is read and written.
pub(super) enum Opened {
    Engine { deployer: Deployer, session: Box<DeployerSession> },
    Other(Box<RemoteDeployer>),
}

impl Opened {
    pub(super) fn access(&self) -> EstateAccess<'_> {
        match self {
            Self::Engine { session, .. } => EstateAccess::Engine(session),
            Self::Other(deployer) => EstateAccess::Other(&**deployer),
        }
    }

    /// Leaves the state, so that another process goes on with what has not ended.
    pub(super) async fn close(self) {
        if let Self::Engine { deployer, .. } = self {
            // What it still runs are updates of others, which go on in another process.
            drop(deployer.shutdown(GRACE).await);
        }
    }
}

impl AccessArguments {
    /// Opens the state, or finds the Deployer.
    ///
    /// # Errors
    ///
    /// There is no such state, or no Deployer is named.
    pub(super) async fn open(&self) -> Result<Opened, Failure> {
        let connector = HttpConnector::builder().build().map_err(Failure::usage)?;
        let Some(state) = &self.state else {
            let environment = environment::of_process().map_err(Failure::usage)?;
            let settings = self.deployer.settings(&environment).map_err(Failure::usage)?;
            let deployer = RemoteDeployer::new(Arc::new(connector), settings)?;
            return Ok(Opened::Other(Box::new(deployer)));
        };
        // A plan creates no state.
        self.place(state).open().await?;
        let mut builder = Deployer::builder(connector);
        match &self.key {
            Some(Keys::From(source)) => {
                let keys = source.read().map_err(Failure::usage)?;
                builder = builder.secrets(SecretsAtRest::Sealed(keys));
            }
            Some(Keys::Unencrypted) => builder = builder.secrets(SecretsAtRest::Plain),
            None => {}
        }
        if let Some(url) = &self.archives_at {
            let location = url.parse::<ArchiveLocation>().map_err(Failure::usage)?;
            builder = builder.archives(location);
        }
        let deployer = builder.open(&state.0).await.map_err(Failure::failed)?;
        let session = Box::new(session_of(&deployer, self.login.clone()).await?);
        Ok(Opened::Engine { deployer, session })
    }

    fn place(&self, state: &StateName) -> StatePlace {
        let place = StatePlace::at(&*state.0);
        let place = match &self.archives_at {
            Some(url) => place.archives_at(url),
            None => place,
        };
        match &self.key {
            Some(Keys::From(source)) => place.keys_from(source.clone()),
            Some(Keys::Unencrypted) => place.unencrypted(),
            None => place,
        }
    }
}
