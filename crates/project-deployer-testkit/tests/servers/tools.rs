//! `ldapsearch`, and what it says.

use std::collections::BTreeSet;
use std::fs;
use std::process::Output;

use project_deployer_testkit::servers::{DirectoryServer, ServerError, ldapsearch};
use project_deployer_testkit::{MockDirectory, MockPerson};

/// The password of those who have one.
pub(crate) const PASSWORD: &str = "Opens-Doors-7";

/// Ann and Bob in groups of which one is inside another, Cid who is kept out, and Zoë whose name is none of
/// ASCII's.
pub(crate) fn company() -> MockDirectory {
    let person = |login: &str| MockPerson::new(login).with_email(format!("{login}@example.test"));
    MockDirectory::new()
        .with(person("ann").named("Ann Li").in_group("ops").with_password(PASSWORD))
        .with(person("bob").named("Bob Ray").in_group("data").in_group("staff"))
        .with(person("cid").named("Cid Ost").in_group("ops").with_password(PASSWORD).disabled())
        .with(person("zoe").named("Zoë, the \"first\""))
        .with_group_in_group("ops", "staff")
}

/// The server, unless it is to be left out.
pub(crate) fn started<S>(start: Result<S, ServerError>) -> Option<S> {
    #[expect(clippy::disallowed_methods, reason = "the environment configures tests")]
    let offline = std::env::var("PROJECT_DEPLOYER_OFFLINE").is_ok_and(|value| value == "1");
    match start {
        Err(ServerError::NotInstalled { server, .. }) if offline => {
            println!("left out, since PROJECT_DEPLOYER_OFFLINE=1: {server}");
            None
        }
        Err(error) => panic!("{error}"),
        Ok(server) => Some(server),
    }
}

/// How `ldapsearch` reaches a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Plain,
    StartTls,
    Ldaps,
}

/// The arguments of `ldapsearch` besides a filter.
#[derive(Clone, Copy)]
pub(crate) struct Search<'a> {
    pub(crate) server: &'a dyn DirectoryServer,
    pub(crate) way: Way,
    /// Name and password; none is anonymous.
    pub(crate) who: Option<(&'a str, &'a str)>,
    pub(crate) base: &'a str,
    /// Does it trust the server's authority?
    pub(crate) trusting: bool,
}

impl<'a> Search<'a> {
    /// As the reader, plainly, below the base.
    pub(crate) fn of(server: &'a dyn DirectoryServer) -> Self {
        let who = Some((server.bind_dn(), server.bind_password()));
        Self { server, way: Way::Plain, who, base: server.base(), trusting: true }
    }

    pub(crate) fn run(&self, options: &[&str], filter: &str, attributes: &[&str]) -> Output {
        let url = match self.way {
            Way::Plain | Way::StartTls => self.server.url(),
            Way::Ldaps => self.server.ldaps_url(),
        };
        let host = &url[..url.rfind('/').unwrap()];
        let mut command = ldapsearch().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let authority = folder.path().join("ca.pem");
        if self.trusting {
            fs::write(&authority, self.server.ca_pem()).unwrap();
            command.env_remove("LDAPNOINIT").env("LDAPTLS_CACERT", &authority);
            command.env("LDAPCONF", folder.path().join("none"));
        }
        if self.way == Way::StartTls {
            command.arg("-ZZ");
        }
        if let Some((name, password)) = self.who {
            command.args(["-D", name, "-w", password]);
        }
        command.args(["-x", "-LLL", "-o", "ldif-wrap=no", "-H", host, "-b", self.base]);
        command.args(options).arg(filter).args(attributes).output().unwrap()
    }

    /// All values of an attribute of what is found.
    pub(crate) fn values(&self, filter: &str, attribute: &str) -> BTreeSet<String> {
        let output = self.run(&[], filter, &[attribute]);
        assert!(output.status.success(), "{output:?}\n{}", self.server.log());
        values(&output, attribute)
    }

    /// The result code.
    pub(crate) fn code(&self) -> i32 {
        self.run(&["-s", "base"], "(objectClass=*)", &["1.1"]).status.code().unwrap()
    }
}

pub(crate) fn values(output: &Output, attribute: &str) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let prefix = format!("{attribute}: ");
    text.lines().filter_map(|line| line.strip_prefix(&prefix)).map(str::to_owned).collect()
}

pub(crate) fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The logins of the large company.
pub(crate) fn everybody() -> BTreeSet<String> {
    let members = (0..MEMBERS).map(|number| format!("m{number:04}"));
    ["ann", "bob", "cid", "zoe"].map(str::to_owned).into_iter().chain(members).collect()
}

/// More members than Active Directory returns at once.
pub(crate) const MEMBERS: usize = 1_600;

/// The company, with a group of very many.
pub(crate) fn large_company() -> MockDirectory {
    let member = |number| MockPerson::new(format!("m{number:04}")).in_group("many");
    (0..MEMBERS).fold(company(), |people, number| people.with(member(number)))
}
