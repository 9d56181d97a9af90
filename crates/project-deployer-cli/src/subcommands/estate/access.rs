use project_deployer::client::DeployerError;
use project_deployer::core::Login;
use project_deployer::estate::EstateAccess;

use crate::deployer_access::DeployerAccess;
use crate::failure::Failure;
use crate::target::{EstateService, Face, LocalArguments, Target, Work, state_url};

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
pub(super) struct Opened {
    target: Target,
    name: String,
}

impl Opened {
    pub(super) fn face(&self) -> &Face {
        self.target.face()
    }

    pub(super) fn access(&self) -> EstateAccess<'_> {
        match self.face() {
            Face::Engine(session) => EstateAccess::Engine(session),
            Face::Remote(remote) => EstateAccess::Other(&**remote),
        }
    }

    /// Which Deployer it is and who acts: by its id on a state, which may have several names, and by its address over HTTP.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The service that keeps the whole estate, over HTTP; none on a state, and of the product.
    ///
    /// # Errors
    ///
    /// It does not answer, or refuses the key.
    pub(super) async fn service(&self) -> Result<Option<EstateService<'_>>, Failure> {
        match self.face() {
            Face::Engine(_) => Ok(None),
            Face::Remote(remote) => EstateService::of(remote).await,
        }
    }

    /// Why it failed. Over HTTP it is the Deployer that was called, and no node.
    pub(super) fn failed(&self, error: DeployerError) -> Failure {
        match (self.face(), error) {
            (Face::Remote(_), DeployerError::Node(error)) => Failure::of_service(error),
            (_, error) => error.into(),
        }
    }

    /// Leaves the state, so that another process goes on with what has not ended.
    pub(super) async fn close(self) {
        self.target.close().await;
    }
}

impl AccessArguments {
    /// Opens the state, or finds the Deployer.
    ///
    /// # Errors
    ///
    /// There is no such state, or no Deployer is named.
    pub(super) async fn open(&self, work: Work) -> Result<Opened, Failure> {
        let login = self.login.as_ref();
        let acting = |otherwise| login.map_or(otherwise, Login::as_str);
        if let Some(url) = state_url(&self.local, &self.deployer)? {
            let deployer = self.local.state(&url).open(work).await?;
            let name = format!("Deployer {} as {}", deployer.id().await?, acting("admin"));
            return Ok(Opened { target: Target::of(deployer, login).await?, name });
        }
        let settings = self.deployer.settings_of_target()?;
        let name = format!("{} as {}", settings.address, acting("the owner of the key"));
        Ok(Opened { target: Target::at(settings, login)?, name })
    }
}
