use super::access::Account;
use super::installation::Software;
use super::posix_entries::{self, Lock};
use super::sandbox::{PLACE, Sandbox};
use super::templates::Templates;
use super::{BASE, DirectoryAccess, READER_PASSWORD, SECOND_BASE, ServerError, ServerOptions};
use crate::MockDirectory;

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
const POLICY_ENTRY: &str = include_str!("open_ldap/policy.ldif");
const LOCKED: &str = "(pwdAccountLockedTime=*)";

super::directory_server!(OpenLdap, access);
super::with_groups_of_names!(OpenLdap);

fn access(people: &MockDirectory, options: &ServerOptions) -> Result<DirectoryAccess, ServerError> {
    let (mut sandbox, ca_pem) = Sandbox::certified(SOFTWARE)?;
    sandbox.write("slapd.conf", &configuration(options))?;
    let reader = Account { dn: format!("cn=reader,{BASE}"), password: READER_PASSWORD };
    let content = posix_entries::content(people, &reader, LOCK, options);
    sandbox.write("data.ldif", &(posix_entries::base(BASE) + POLICY_ENTRY + &content))?;
    sandbox.folder("data")?;
    let add = ["slapadd", "-q", "-f", "/mnt/slapd.conf"];
    sandbox.prepare(&[&add[..], &["-l", "/mnt/data.ldif"]].concat());
    if let Some(others) = &options.second_base {
        let lines = posix_entries::base(SECOND_BASE)
            + &posix_entries::organisation(others, SECOND_BASE, LOCK);
        sandbox.write("second.ldif", &lines)?;
        sandbox.folder("second")?;
        sandbox.prepare(&[&add[..], &["-b", SECOND_BASE, "-l", "/mnt/second.ldif"]].concat());
    }
    let urls = "ldap://127.0.0.1 ldaps://127.0.0.1";
    Ok(DirectoryAccess {
        running: sandbox.serve(&["slapd", "-f", "/mnt/slapd.conf", "-h", urls, "-d", "0"])?,
        ca_pem,
        base: BASE,
        reader,
        admin: Account { dn: format!("cn=admin,{BASE}"), password: READER_PASSWORD },
        templates: Templates::posix(LOCKED),
        tls_required: options.tls_required,
    })
}

fn configuration(options: &ServerOptions) -> String {
    let security = if options.tls_required { "security simple_bind=128" } else { "" };
    let mut text =
        format!(include_str!("open_ldap/slapd.conf"), place = PLACE, security = security);
    text.push_str(&database(BASE, "data", options));
    if options.second_base.is_some() {
        text.push_str(&database(SECOND_BASE, "second", options));
    }
    text
}

fn database(base: &str, folder: &str, options: &ServerOptions) -> String {
    let hidden = options.hidden.as_ref();
    format!(
        include_str!("open_ldap/database.conf"),
        base = base,
        first_base = BASE,
        password = if base == BASE { format!("rootpw {READER_PASSWORD}") } else { String::new() },
        place = PLACE,
        folder = folder,
        limit = options.size_limit.map_or("unlimited".to_owned(), |limit| limit.to_string()),
        total = if options.pages_forbidden { "disabled" } else { "unlimited" },
        access = options.access.join("\n"),
        hidden = hidden
            .map(|attribute| format!("access to attrs={attribute} by * none"))
            .unwrap_or_default(),
        anonymous = if options.anonymous { "read" } else { "auth" },
        policy = POLICY,
    )
}
