mod domain;

use self::domain::EmptyDomain;
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
/// With gaps for `{place}` and `{strong}`.
const SETTINGS: &str = include_str!("samba_domain/smb.conf");

super::directory_server!(SambaDomain, access);

fn access(people: &MockDirectory, options: &ServerOptions) -> Result<DirectoryAccess, ServerError> {
    options.refuse(SOFTWARE.server)?;
    let (mut sandbox, ca_pem) = Sandbox::certified(SOFTWARE)?;
    let strong = if options.tls_required { "yes" } else { "no" };
    let settings = SETTINGS.replace("{place}", PLACE).replace("{strong}", strong);
    sandbox.write("smb.conf", &settings)?;
    sandbox.write("provision.py", PROVISION)?;
    let in_users = |name: &str| Account {
        dn: format!("cn={name},cn=Users,{DOMAIN}"),
        password: READER_PASSWORD,
    };
    let reader = in_users("reader");
    let data = entries::service(&reader.dn, "reader", reader.password)
        + &entries::organisation(people, COMPANY, DOMAIN_NAME);
    sandbox.write("data.ldif", &data)?;
    let domain = EmptyDomain::find();
    domain.prepare(&mut sandbox)?;
    sandbox.prepare(&["python3", "/mnt/provision.py", "fill", "/mnt/data.ldif"]);
    let one_process = ["samba", "--interactive", "-M", "single", "--debug-stdout"];
    let running = sandbox.serve(&[&one_process[..], &["-s", "/mnt/smb.conf"]].concat())?;
    domain.keep(&running.directory)?;
    Ok(DirectoryAccess {
        running,
        ca_pem,
        base: COMPANY,
        reader,
        admin: in_users("Administrator"),
        templates: Templates::active_directory(DISABLED),
        tls_required: options.tls_required,
    })
}

impl SambaDomain {
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
