//! Entries in a server, and the report on logins of nodes that read it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Stdio;
use std::sync::Arc;

use project_deployer_core::accounts::LdapSettings;
use project_deployer_core::{InfraId, Login, Timestamp};
use project_deployer_ldap::matching::{
    Breadth, LdapSupply, Location, LocationId, Locations, LoginRequirement, MatchInput,
    ParityReport, Role, match_logins,
};
use project_deployer_ldap::settlement::{LocationDirectories, Settling, Verification};
use project_deployer_ldap::supplier::LdapUrl;
use project_deployer_ldap::{Directory, DirectorySnapshot};
use project_deployer_testkit::servers::{DirectoryServer, ldapmodify};

use crate::servers::{directory, over_tls};

/// Adds entries, as the administrator. Records that are no changes are added.
pub(crate) fn add(server: &dyn DirectoryServer, ldif: &str) {
    let url = server.url();
    let mut command = ldapmodify().unwrap();
    command.args(["-x", "-a", "-H", &url[..url.rfind('/').unwrap()]]);
    command.args(["-D", server.admin_dn(), "-w", server.admin_password()]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(ldif.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}\n{ldif}", String::from_utf8_lossy(&output.stderr));
}

/// The settings of a node that reads the server below this base, without groups.
pub(crate) fn settings(server: &dyn DirectoryServer, base: &str) -> LdapSettings {
    let own = over_tls(server);
    let url = format!("{}/{base}", &own.url[..own.url.rfind('/').unwrap()]);
    own.with_url(url)
        .with_enable_groups(true)
        .with_auto_import_users(true)
        .with_authorized_groups(Vec::new())
        .with_group_name_attribute(Some("cn".to_owned()))
}

/// A report on nodes with these settings, one for each, and all that it is based on.
pub(crate) struct Installation {
    pub(crate) report: ParityReport,
    pub(crate) directory: Arc<dyn Directory>,
    input: MatchInput,
    directories: LocationDirectories,
}

pub(crate) fn place(number: usize) -> LocationId {
    LocationId::Node { infra: InfraId::parse(format!("node-{number}")).unwrap(), node: None }
}

impl Installation {
    /// What the listing proves about these logins; nothing is asked yet.
    pub(crate) async fn listed(
        server: &dyn DirectoryServer,
        settings: &[LdapSettings],
        logins: impl IntoIterator<Item = &str>,
    ) -> Self {
        let directory = directory(server);
        let mut by_url: BTreeMap<&str, Vec<&LdapSettings>> = BTreeMap::new();
        for own in settings {
            by_url.entry(&own.url).or_default().push(own);
        }
        let mut snapshots = BTreeMap::new();
        for (text, all) in by_url {
            let url = LdapUrl::parse(text).unwrap();
            let read = DirectorySnapshot::read(&*directory, &url, all, Timestamp::default()).await;
            snapshots.insert(text, Arc::new(read));
        }
        let locations = settings.iter().enumerate().map(|(number, own)| {
            Location::new(place(number)).with_ldap(Ok(Some(LdapSupply::new(
                own.clone(),
                Ok(Arc::clone(&snapshots[own.url.as_str()])),
            ))))
        });
        let needs = logins.into_iter().map(|login| {
            LoginRequirement::new(
                Login::parse(login).unwrap(),
                Role::Requester,
                "a deployment",
                Locations::Everywhere,
            )
        });
        let (locations, needs) = (locations.collect(), needs.collect());
        let input = MatchInput::default().with_locations(locations).with_needs(needs);
        let directories =
            (0..settings.len()).map(|number| (place(number), Ok(Arc::clone(&directory))));
        let directories = directories.collect();
        Self { report: match_logins(&input), directory, input, directories }
    }

    /// Asks about everything that the listing leaves open.
    pub(crate) async fn settle(&mut self) {
        let all = Settling::of(Breadth::Everything);
        let now = Timestamp::default();
        self.report.settle_with(&self.input, &self.directories, all, now).await;
    }

    /// Compares every verdict with what the server answers.
    pub(crate) async fn verify(&self) -> Verification {
        let everything = (Breadth::Everything, usize::MAX, 1);
        let now = Timestamp::default();
        self.report.verify_with(&self.input, &self.directories, everything, now).await
    }
}
