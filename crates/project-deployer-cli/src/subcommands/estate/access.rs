use std::sync::Arc;

use project_deployer::client::{DeployerError, RemoteDeployer};
use project_deployer::core::Login;
use project_deployer::estate::EstateAccess;
use project_deployer::{Deployer, DeployerSession, HttpConnector};

use crate::deployer_access::DeployerAccess;
use crate::environment;
use crate::failure::Failure;
use crate::target::{EstateService, LocalArguments, Work, leave, session_of};

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

    /// Which Deployer it is and who acts: by its id on a state, which may have several names, and by its address over HTTP.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Engine { name, .. } | Self::Other { name, .. } => name,
        }
    }

    /// The service that keeps the whole estate, over HTTP; none on a state, and of the product.
    ///
    /// # Errors
    ///
    /// It does not answer, or refuses the key.
    pub(super) async fn service(&self) -> Result<Option<EstateService<'_>>, Failure> {
        match self {
            Self::Engine { .. } => Ok(None),
            Self::Other { deployer, .. } => EstateService::of(deployer).await,
        }
    }

    /// Why it failed. Over HTTP it is the Deployer that was called, and no node.
    pub(super) fn failed(&self, error: DeployerError) -> Failure {
        match (self, error) {
            (Self::Other { .. }, DeployerError::Node(error)) => Failure::of_service(error),
            (_, error) => error.into(),
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
        let name = format!("Deployer {} as {login}", deployer.id().await?);
        let session = Box::new(session_of(&deployer, login).await?);
        Ok(Opened::Engine { deployer, session, name })
    }

    fn open_other(&self) -> Result<Opened, Failure> {
        let environment = environment::of_process().map_err(Failure::usage)?;
        let settings = self.deployer.settings_of_target(&environment).map_err(Failure::usage)?;
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
