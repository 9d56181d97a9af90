use super::access::Account;
use super::installation::Software;
use super::posix_entries::{self, Lock};
use super::sandbox::{PLACE, RunningServer, Sandbox};
use super::templates::Templates;
use super::{
    BASE, DirectoryAccess, DirectoryServer, READER_PASSWORD, SECOND_BASE, ServerError,
    ServerOptions,
};
use crate::{MockDirectory, MockLdapSettings};

/// 389 Directory Server, which Red Hat's directories are made of, with each group both as `posixGroup`
/// and as `groupOfNames`.
///
/// Only root can start it: it sets its own groups, which user namespaces do not allow. It does not
/// refuse large pages under [`with_size_limit`](ServerOptions::with_size_limit).
#[derive(Debug)]
pub struct DirectoryServer389(DirectoryAccess);

const SOFTWARE: Software = Software {
    server: "389 Directory Server",
    program: "usr/sbin/ns-slapd",
    packages: "389-ds-base libnss3-tools openssl python3",
};

const ADMIN: &str = "cn=Directory Manager";
const LOCK: Lock = Lock { attribute: "nsAccountLock", value: "TRUE" };
const LOCKED: &str = "(nsAccountLock=TRUE)";

/// Makes the configuration and the certificate database; the server's own installer wants systemd and the
/// folders of the machine.
const PREPARE: &str = include_str!("directory_server_389/prepare.sh");

impl DirectoryServer389 {
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
        if !options.access.is_empty() {
            let option = "with rules for access in the words of OpenLDAP";
            return Err(ServerError::NotOffered { server: SOFTWARE.server, option });
        }
        let (mut sandbox, ca_pem) = Sandbox::certified(SOFTWARE)?;
        sandbox.write("prepare.sh", PREPARE)?;
        sandbox.write("settings.sed", &settings(options))?;
        let reader = Account { dn: format!("cn=reader,{BASE}"), password: READER_PASSWORD };
        sandbox.write("first.ldif", &data(people, &reader, options))?;
        sandbox.write("backends.ldif", &backend("first", BASE))?;
        sandbox.prepare(&["sh", "/mnt/prepare.sh"]);
        if let Some(others) = &options.second_base {
            let backends = backend("first", BASE) + &backend("second", SECOND_BASE);
            sandbox.write("backends.ldif", &backends)?;
            let entries = base(SECOND_BASE, options)
                + &posix_entries::organisation(others, SECOND_BASE, LOCK);
            sandbox.write("second.ldif", &entries)?;
            sandbox.prepare(&import("second", "/mnt/second.ldif"));
        }
        sandbox.prepare(&import("first", "/mnt/first.ldif"));
        let running = Self::serve(sandbox)?;
        Ok(Self(DirectoryAccess {
            running,
            ca_pem,
            base: BASE,
            reader,
            admin: Account { dn: ADMIN.to_owned(), password: READER_PASSWORD },
            templates: Templates::posix(LOCKED),
            tls_required: options.tls_required,
        }))
    }

    fn serve(sandbox: Sandbox) -> Result<RunningServer, ServerError> {
        sandbox.serve(&["ns-slapd", "-D", "/mnt/server", "-i", "/mnt/server.pid", "-d", "0"])
    }

    /// [`ldap_settings`](DirectoryServer::ldap_settings) that look for `groupOfNames`. Groups in groups are
    /// not followed, as the product does not follow them.
    pub fn ldap_settings_with_groups_of_names(&self) -> MockLdapSettings {
        super::with_groups_of_names(self)
    }
}

impl DirectoryServer for DirectoryServer389 {
    fn access(&self) -> &DirectoryAccess {
        &self.0
    }
}

fn import<'a>(backend: &'a str, file: &'a str) -> [&'a str; 8] {
    ["ns-slapd", "ldif2db", "-D", "/mnt/server", "-n", backend, "-i", file]
}

fn data(people: &MockDirectory, reader: &Account, options: &ServerOptions) -> String {
    let mut text = base(BASE, options);
    text.push_str(&posix_entries::reader(&reader.dn, reader.password));
    text.push_str(&posix_entries::organisation(people, BASE, LOCK));
    if let Some(referral) = &options.referral {
        text.push_str(&posix_entries::referral(BASE, &referral.name, &referral.url));
    }
    text
}

/// The entries of a base; the first of them says who may read.
fn base(base: &str, options: &ServerOptions) -> String {
    let who = if options.anonymous { "anyone" } else { "all" };
    let hidden = options.hidden.as_ref().map(|attribute| format!(" || {attribute}"));
    let hidden = hidden.unwrap_or_default();
    let rule = format!(
        "aci: (targetattr!=\"userPassword{hidden}\")(version 3.0; acl \"read\"; allow (read,search,compare) \
         userdn=\"ldap:///{who}\";)\n"
    );
    let entries = posix_entries::base(base);
    // After the first line of the first entry, which begins with an empty line.
    match entries.match_indices('\n').nth(1) {
        Some((end, _)) => format!("{}\n{rule}{}", &entries[..end], &entries[end + 1..]),
        None => entries,
    }
}

fn backend(name: &str, base: &str) -> String {
    format!(
        "dn: cn={name},cn=ldbm database,cn=plugins,cn=config
objectClass: top
objectClass: extensibleObject
objectClass: nsBackendInstance
cn: {name}
nsslapd-suffix: {base}
nsslapd-directory: {PLACE}/db/{name}

dn: cn=\"{base}\",cn=mapping tree,cn=config
objectClass: top
objectClass: extensibleObject
objectClass: nsMappingTree
cn: {base}
nsslapd-state: backend
nsslapd-backend: {name}

"
    )
}

/// What the server's own template for its configuration is filled with.
fn settings(options: &ServerOptions) -> String {
    let size = options.size_limit.map_or("-1".to_owned(), |limit| limit.to_string());
    let anonymous = if options.anonymous { "on" } else { "rootdse" };
    let secure_binds = if options.tls_required { "on" } else { "off" };
    let folders = [
        ("schema", "server/schema"),
        ("cert", "server"),
        ("config", "server"),
        ("lock", "lock"),
        ("tmp", "tmp"),
        ("ldif", "ldif"),
        ("bak", "backup"),
        ("run", "run"),
        ("inst", "instance"),
        ("log", "logs"),
        ("db", "db"),
        ("db_home", "db"),
    ];
    let mut text = String::new();
    for (name, folder) in folders {
        text.push_str(&format!("s|%{name}_dir%|{PLACE}/{folder}|\n"));
    }
    for (name, value) in [
        ("fqdn", "localhost"),
        ("ds_port", "389"),
        ("ds_user", "root"),
        ("rootdn", ADMIN),
        ("ds_passwd", &format!("{{CLEAR}}{READER_PASSWORD}")),
        ("ds_suffix", BASE),
        ("ldapi_enabled", "off"),
        ("ldapi_autobind", "off"),
        ("ldapi", "/mnt/run/ldapi"),
        ("db_lib", "bdb"),
    ] {
        text.push_str(&format!("s|%{name}%|{value}|\n"));
    }
    let general = [
        "nsslapd-listenhost: 127.0.0.1",
        "nsslapd-securelistenhost: 127.0.0.1",
        "nsslapd-security: on",
        "nsslapd-secureport: 636",
        &format!("nsslapd-allow-anonymous-access: {anonymous}"),
        &format!("nsslapd-require-secure-binds: {secure_binds}"),
        &format!("nsslapd-sizelimit: {size}"),
        "nsslapd-pagedsizelimit: -1",
    ];
    text.push_str(&format!("/^nsslapd-port:/a {}\n", general.join("\\n")));
    // Caches as large as the machine take seconds to make.
    let database = [
        "nsslapd-lookthroughlimit: -1",
        "nsslapd-idlistscanlimit: 2147483646",
        "nsslapd-cache-autosize: 0",
        "nsslapd-import-cache-autosize: 0",
        "nsslapd-import-cachesize: 20000000",
    ];
    text.push_str(&format!("/^nsslapd-backend-implement:/a {}\n", database.join("\\n")));
    text
}
