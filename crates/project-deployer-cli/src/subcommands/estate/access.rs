use std::sync::Arc;

use project_deployer::client::RemoteDeployer;
use project_deployer::core::Login;
use project_deployer::estate::EstateAccess;
use project_deployer::{Deployer, DeployerSession, HttpConnector};

use crate::deployer_access::DeployerAccess;
use crate::environment;
use crate::failure::Failure;
use crate::target::{LocalArguments, Work, leave, session_of};

/// The Deployer that an estate is compared with: one that runs, or the state of one.
#[derive(Debug, clap::Args)]
pub(super) struct AccessArguments {
    #[command(flatten)]
    deployer: DeployerAccess,

    #[command(flatten)]
    local: LocalArguments,

    /// Act as this user. On a state the default is `admin`. Over HTTP it is the owner of the key, and only an
    /// administrator acts as somebody else.
    #[arg(long = "as", value_name = "LOGIN")]
    login: Option<Login>,
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
        let Some(url) = self.local.url()? else { return self.open_other() };
        if self.deployer.is_named() {
            return Err(Failure::usage(
                "an option names a Deployer on this machine, and another one a Deployer to call; remove one of the two",
            ));
        }
        let state = self.local.state(&url);
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
