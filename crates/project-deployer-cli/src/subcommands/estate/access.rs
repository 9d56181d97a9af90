use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use project_deployer::client::RemoteDeployer;
use project_deployer::core::Login;
use project_deployer::estate::EstateAccess;
use project_deployer::state_admin::StatePlace;
use project_deployer::{Deployer, DeployerSession, HttpConnector};

use crate::deployer_access::DeployerAccess;
use crate::environment;
use crate::failure::Failure;
use crate::subcommands::state::Keys;
use crate::target::{LocalState, Work, leave, session_of};

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

    /// Act as this user. On a state the default is `admin`. Over HTTP it is the owner of the key, and only an
    /// administrator acts as somebody else.
    #[arg(long = "as", value_name = "LOGIN")]
    login: Option<Login>,
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
    Engine { deployer: Deployer, session: Box<DeployerSession>, name: String },
    Other { deployer: Box<RemoteDeployer>, name: String },
}

impl Opened {
    pub(super) fn access(&self) -> EstateAccess<'_> {
        match self {
            Self::Engine { session, .. } => EstateAccess::Engine(session),
            Self::Other { deployer, .. } => EstateAccess::Other(&**deployer),
        }
    }

    /// Where it is and who acts, without a secret.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Engine { name, .. } | Self::Other { name, .. } => name,
        }
    }

    /// Leaves the state, so that another process goes on with what has not ended.
    pub(super) async fn close(self) {
        if let Self::Engine { deployer, .. } = self {
            leave(deployer).await;
        }
    }
}

impl AccessArguments {
    /// Opens the state, or finds the Deployer.
    ///
    /// # Errors
    ///
    /// There is no such state, or no Deployer is named.
    pub(super) async fn open(&self, work: Work) -> Result<Opened, Failure> {
        let Some(state) = &self.state else { return self.open_other() };
        let archives = self.archives_at.as_deref();
        let state = LocalState { url: &state.0, archives, key: self.key.as_ref(), hooks: None };
        let login = match &self.login {
            Some(login) => login.clone(),
            None => Login::parse("admin").map_err(Failure::usage)?,
        };
        let deployer = state.open(work).await?;
        let name = format!("{} as {login}", state.place().url());
        let session = Box::new(session_of(&deployer, login).await?);
        Ok(Opened::Engine { deployer, session, name })
    }

    fn open_other(&self) -> Result<Opened, Failure> {
        let environment = environment::of_process().map_err(Failure::usage)?;
        let settings = self.deployer.settings(&environment).map_err(Failure::usage)?;
        let acting = self.login.as_ref().map_or("the owner of the key", Login::as_str);
        let name = format!("{} as {acting}", settings.address);
        let connector = HttpConnector::builder().build().map_err(Failure::usage)?;
        let mut deployer = RemoteDeployer::new(Arc::new(connector), settings)?;
        if let Some(login) = &self.login {
            deployer = deployer.acting_as(login.clone())?;
        }
        Ok(Opened::Other { deployer: Box::new(deployer), name })
    }
}
