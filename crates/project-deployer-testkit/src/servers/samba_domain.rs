use super::access::Account;
use super::active_directory_entries as entries;
use super::installation::Software;
use super::sandbox::{PLACE, Sandbox};
use super::templates::Templates;
use super::{DirectoryAccess, DirectoryServer, READER_PASSWORD, ServerError, ServerOptions};
use crate::{MockDirectory, MockLdapSettings};

/// Samba as a domain controller of Active Directory.
///
/// People and groups are in `OU=People` and `OU=Groups` below [`base`](DirectoryServer::base), which is a
/// unit of the domain: above it are the domain's own accounts. Unlike a controller of Windows, Samba gives
/// any number of entries in one answer, and all members of a group at once.
#[derive(Debug)]
pub struct SambaDomain(DirectoryAccess);

const SOFTWARE: Software = Software {
    server: "Samba",
    program: "usr/sbin/samba",
    packages: "samba samba-ad-provision samba-dsdb-modules python3-samba",
};

const DOMAIN: &str = "dc=example,dc=test";
const DOMAIN_NAME: &str = "example.test";
const COMPANY: &str = "ou=company,dc=example,dc=test";

const DISABLED: &str = "(userAccountControl:1.2.840.113556.1.4.803:=2)";
const IN_CHAIN: &str = "(member:1.2.840.113556.1.4.1941:={USERDN})";

const PROVISION: &str = include_str!("samba_domain/provision.py");

impl SambaDomain {
    /// Starts a domain controller and returns once it answers.
    ///
    /// # Errors
    ///
    /// It is not installed, or does not start.
    pub fn start(people: &MockDirectory) -> Result<Self, ServerError> {
        Self::start_with(people, &ServerOptions::new())
    }

    /// Starts a domain controller that may require TLS.
    ///
    /// # Errors
    ///
    /// It is not installed, or does not start, or is asked for an option that it does not have.
    pub fn start_with(
        people: &MockDirectory,
        options: &ServerOptions,
    ) -> Result<Self, ServerError> {
        options.refuse(SOFTWARE.server)?;
        let (mut sandbox, ca_pem) = Sandbox::certified(SOFTWARE)?;
        sandbox.write("smb.conf", &configuration(options))?;
        sandbox.write("provision.py", PROVISION)?;
        let reader =
            Account { dn: format!("cn=reader,cn=Users,{DOMAIN}"), password: READER_PASSWORD };
        let data = entries::service(&reader.dn, "reader", reader.password)
            + &entries::organisation(people, COMPANY, DOMAIN_NAME);
        sandbox.write("data.ldif", &data)?;
        sandbox.folder("domain/etc")?;
        sandbox.prepare(&["python3", "/mnt/provision.py", READER_PASSWORD, "/mnt/data.ldif"]);
        let settings = "/mnt/smb.conf";
        let running = sandbox.serve(&[
            "samba",
            "--interactive",
            "-M",
            "single",
            "-s",
            settings,
            "--debug-stdout",
        ])?;
        Ok(Self(DirectoryAccess {
            running,
            ca_pem,
            base: COMPANY,
            reader,
            admin: Account {
                dn: format!("cn=Administrator,cn=Users,{DOMAIN}"),
                password: READER_PASSWORD,
            },
            templates: Templates::active_directory(DISABLED),
            tls_required: options.tls_required,
        }))
    }

    /// The name of the whole domain. A search below it also gets referrals to other parts of the forest.
    #[must_use]
    pub fn domain_base(&self) -> &str {
        DOMAIN
    }

    /// What people of the domain add to their login to bind without a name of an entry.
    #[must_use]
    pub fn domain_name(&self) -> &str {
        DOMAIN_NAME
    }

    /// [`ldap_settings`](DirectoryServer::ldap_settings) that follow groups in groups, by the rule of
    /// Active Directory for it.
    pub fn ldap_settings_with_nested_groups(&self) -> MockLdapSettings {
        let group_filter = format!("(&(objectClass=group){IN_CHAIN})");
        MockLdapSettings { group_filter, ..self.ldap_settings() }
    }
}

impl DirectoryServer for SambaDomain {
    fn access(&self) -> &DirectoryAccess {
        &self.0
    }
}

fn configuration(options: &ServerOptions) -> String {
    let strong = if options.tls_required { "yes" } else { "no" };
    format!(
        "[global]
netbios name = DC1
realm = EXAMPLE.TEST
workgroup = EXAMPLE
server role = active directory domain controller
server services = ldap
interfaces = lo
bind interfaces only = yes
disable netbios = yes
load printers = no
ldap server require strong auth = {strong}
idmap_ldb:use rfc2307 = yes
private dir = {PLACE}/domain/private
lock directory = {PLACE}/domain
state directory = {PLACE}/domain/state
cache directory = {PLACE}/domain/cache
binddns dir = {PLACE}/domain/bind-dns
log file = {PLACE}/samba.log
pid directory = {PLACE}/run
ncalrpc dir = {PLACE}/run/ncalrpc
winbindd socket directory = {PLACE}/run/winbindd
tls certfile = {PLACE}/server.pem
tls keyfile = {PLACE}/server.key
tls cafile = {PLACE}/ca.pem
"
    )
}
