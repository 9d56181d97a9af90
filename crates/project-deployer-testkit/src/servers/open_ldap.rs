use super::access::Account;
use super::installation::Software;
use super::posix_entries::{self, Lock};
use super::sandbox::{PLACE, Sandbox};
use super::templates::Templates;
use super::{
    BASE, DirectoryAccess, DirectoryServer, READER_PASSWORD, SECOND_BASE, ServerError,
    ServerOptions,
};
use crate::{MockDirectory, MockLdapSettings};

/// OpenLDAP's `slapd`, with each group both as `posixGroup` and as `groupOfNames`.
///
/// ```no_run
/// use project_deployer_testkit::servers::{DirectoryServer, OpenLdap, ServerError};
/// use project_deployer_testkit::{MockDirectory, MockPerson};
/// # fn main() -> Result<(), ServerError> {
/// let people = MockDirectory::new().with(MockPerson::new("ann").in_group("ops"));
/// let server = OpenLdap::start(&people)?;
/// let settings = server.ldap_settings_document();
/// assert_eq!(settings["url"], server.url());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct OpenLdap(DirectoryAccess);

const SOFTWARE: Software =
    Software { server: "OpenLDAP", program: "usr/sbin/slapd", packages: "slapd ldap-utils" };

/// Locked for good, as the overlay for password policies has it.
const LOCK: Lock = Lock { attribute: "pwdAccountLockedTime", value: "000001010000Z" };
/// Locks are heeded only under a policy that has them.
const POLICY: &str = "cn=policy,dc=example,dc=test";
const POLICY_ENTRY: &str = "
dn: cn=policy,dc=example,dc=test
objectClass: organizationalRole
objectClass: pwdPolicy
cn: policy
pwdAttribute: userPassword
pwdLockout: TRUE
";
const LOCKED: &str = "(pwdAccountLockedTime=*)";

impl OpenLdap {
    /// Starts a server and returns once it answers.
    ///
    /// # Errors
    ///
    /// It is not installed, or does not start.
    pub fn start(people: &MockDirectory) -> Result<Self, ServerError> {
        Self::start_with(people, &ServerOptions::new())
    }

    /// Starts a server in one of its ways.
    ///
    /// # Errors
    ///
    /// It is not installed, or does not start.
    pub fn start_with(
        people: &MockDirectory,
        options: &ServerOptions,
    ) -> Result<Self, ServerError> {
        let (mut sandbox, ca_pem) = Sandbox::certified(SOFTWARE)?;
        sandbox.write("slapd.conf", &configuration(options))?;
        let reader = Account { dn: format!("cn=reader,{BASE}"), password: READER_PASSWORD };
        sandbox.write("data.ldif", &data(people, &reader, options))?;
        sandbox.folder("data")?;
        let configured_by = ["-f", "/mnt/slapd.conf"];
        sandbox
            .prepare(&[&["slapadd", "-q"][..], &configured_by, &["-l", "/mnt/data.ldif"]].concat());
        if let Some(others) = &options.second_base {
            let lines = posix_entries::base(SECOND_BASE)
                + &posix_entries::organisation(others, SECOND_BASE, LOCK);
            sandbox.write("second.ldif", &lines)?;
            sandbox.folder("second")?;
            let database = ["-b", SECOND_BASE, "-l", "/mnt/second.ldif"];
            sandbox.prepare(&[&["slapadd", "-q"][..], &configured_by, &database].concat());
        }
        let listen = ["-h", "ldap://127.0.0.1 ldaps://127.0.0.1", "-d", "0"];
        let running = sandbox.serve(&[&["slapd"][..], &configured_by, &listen].concat())?;
        Ok(Self(DirectoryAccess {
            running,
            ca_pem,
            base: BASE,
            reader,
            admin: Account { dn: format!("cn=admin,{BASE}"), password: READER_PASSWORD },
            templates: Templates::posix(LOCKED),
            tls_required: options.tls_required,
        }))
    }

    /// [`ldap_settings`](DirectoryServer::ldap_settings) that look for `groupOfNames`. Groups in groups are
    /// not followed, as the product does not follow them.
    pub fn ldap_settings_with_groups_of_names(&self) -> MockLdapSettings {
        super::with_groups_of_names(self)
    }
}

impl DirectoryServer for OpenLdap {
    fn access(&self) -> &DirectoryAccess {
        &self.0
    }
}

fn data(people: &MockDirectory, reader: &Account, options: &ServerOptions) -> String {
    let mut text = posix_entries::base(BASE);
    text.push_str(&posix_entries::reader(&reader.dn, reader.password));
    text.push_str(POLICY_ENTRY);
    text.push_str(&posix_entries::organisation(people, BASE, LOCK));
    if let Some(referral) = &options.referral {
        text.push_str(&posix_entries::referral(BASE, &referral.name, &referral.url));
    }
    text
}

fn configuration(options: &ServerOptions) -> String {
    let security = if options.tls_required { "security simple_bind=128" } else { "" };
    let mut text = format!(
        "include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/dyngroup.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload dynlist
moduleload ppolicy
TLSCACertificateFile {PLACE}/ca.pem
TLSCertificateFile {PLACE}/server.pem
TLSCertificateKeyFile {PLACE}/server.key
TLSVerifyClient never
{security}
"
    );
    text.push_str(&database(BASE, "data", options));
    if options.second_base.is_some() {
        text.push_str(&database(SECOND_BASE, "second", options));
    }
    text
}

fn database(base: &str, folder: &str, options: &ServerOptions) -> String {
    let limit = options.size_limit.map_or("unlimited".to_owned(), |limit| limit.to_string());
    let anonymous = if options.anonymous { "read" } else { "auth" };
    format!(
        "database mdb
maxsize 4294967296
suffix \"{base}\"
rootdn \"cn=admin,{BASE}\"
{password}
directory {PLACE}/{folder}
dbnosync
index objectClass,uid,cn,member,memberUid,mail eq
limits * size.soft={limit} size.hard=soft size.pr={limit} size.prtotal=unlimited
access to attrs=userPassword by anonymous auth by * none
{access}
{hidden}
access to * by users read by anonymous {anonymous} by * none
overlay dynlist
dynlist-attrset groupOfURLs memberURL member+memberOf@groupOfNames
overlay ppolicy
ppolicy_default {POLICY}
",
        access = options.access.join("\n"),
        hidden = options
            .hidden
            .as_ref()
            .map(|attribute| format!("access to attrs={attribute} by * none"))
            .unwrap_or_default(),
        password = if base == BASE { format!("rootpw {READER_PASSWORD}") } else { String::new() },
    )
}
