use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;

use project_deployer_core::AddressPolicy;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::http::exchange::NameRefused;

type Lookup = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

/// The DNS resolver: the system's, unless the connector has another one.
#[derive(Clone)]
pub(super) struct NameLookup(Arc<Lookup>);

impl NameLookup {
    pub(super) fn new(
        lookup: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(lookup))
    }
}

impl Default for NameLookup {
    fn default() -> Self {
        Self::new(|name| Ok((name, 0).to_socket_addrs()?.map(|found| found.ip()).collect()))
    }
}

impl fmt::Debug for NameLookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NameLookup")
    }
}

/// Resolves names and passes only addresses that the policy allows. A connection uses one of these, so a
/// name that resolves to another address at the next lookup gains nothing (R17).
pub(super) struct CheckedNames {
    pub(super) lookup: NameLookup,
    pub(super) policy: AddressPolicy,
    /// The host of the proxy, to which the policy does not apply.
    pub(super) unchecked: Option<String>,
}

impl CheckedNames {
    /// What of the addresses of a name may be connected to.
    fn checked(&self, name: &str, found: Vec<IpAddr>) -> Result<Vec<IpAddr>, NameRefused> {
        if self.unchecked.as_deref() == Some(name) {
            return Ok(found);
        }
        self.policy.taken(found).map_err(|(_, range)| NameRefused(range))
    }
}

/// Shared by all requests of a client.
#[derive(Clone)]
pub(super) struct Names(pub(super) Arc<CheckedNames>);

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let checking = Arc::clone(&self.0);
        Box::pin(async move {
            // The system's way may wait for a server, and has no other than to block.
            let looking = tokio::task::spawn_blocking(move || {
                let found = (checking.lookup.0)(name.as_str())?;
                Ok::<_, Error>(checking.checked(name.as_str(), found)?)
            });
            let taken = looking.await??;
            Ok(Box::new(taken.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

type Error = Box<dyn std::error::Error + Send + Sync>;
