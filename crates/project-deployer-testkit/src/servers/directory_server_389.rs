use super::access::Account;
use super::installation::Software;
use super::posix_entries::{self, Lock};
use super::sandbox::{PLACE, Sandbox};
use super::templates::Templates;
use super::{BASE, DirectoryAccess, READER_PASSWORD, SECOND_BASE, ServerError, ServerOptions};
use crate::MockDirectory;

/// 389 Directory Server, which Red Hat's directories are made of, with each group both as `posixGroup`
/// and as `groupOfNames`.
///
/// Only root can start it: it sets its own groups, which user namespaces do not allow. Under
/// [`with_size_limit`](ServerOptions::with_size_limit) it cuts pages that are as large as the limit, and
/// gives any number of smaller ones.
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

super::directory_server!(DirectoryServer389, access);
super::with_groups_of_names!(DirectoryServer389);

fn access(people: &MockDirectory, options: &ServerOptions) -> Result<DirectoryAccess, ServerError> {
    if !options.access.is_empty() {
        let option = "with rules for access in the words of OpenLDAP";
        return Err(ServerError::NotOffered { server: SOFTWARE.server, option });
    }
    if options.pages_forbidden {
        return Err(ServerError::NotOffered { server: SOFTWARE.server, option: "without pages" });
    }
    let (mut sandbox, ca_pem) = Sandbox::certified(SOFTWARE)?;
    sandbox.write("prepare.sh", PREPARE)?;
    sandbox.write("settings.sed", &settings(options))?;
    let reader = Account { dn: format!("cn=reader,{BASE}"), password: READER_PASSWORD };
    let content = posix_entries::content(people, &reader, LOCK, options);
    sandbox.write("first.ldif", &(base(BASE, options) + &content))?;
    sandbox.write("backends.ldif", &backend("first", BASE))?;
    sandbox.prepare(&["sh", "/mnt/prepare.sh"]);
    if let Some(others) = &options.second_base {
        let backends = backend("first", BASE) + &backend("second", SECOND_BASE);
        sandbox.write("backends.ldif", &backends)?;
        let entries =
            base(SECOND_BASE, options) + &posix_entries::organisation(others, SECOND_BASE, LOCK);
        sandbox.write("second.ldif", &entries)?;
        sandbox.prepare(&import("second", "/mnt/second.ldif"));
    }
    sandbox.prepare(&import("first", "/mnt/first.ldif"));
    let serve = ["ns-slapd", "-D", "/mnt/server", "-i", "/mnt/server.pid", "-d", "0"];
    Ok(DirectoryAccess {
        running: sandbox.serve(&serve)?,
        ca_pem,
        base: BASE,
        reader,
        admin: Account { dn: ADMIN.to_owned(), password: READER_PASSWORD },
        templates: Templates::posix(LOCKED),
        tls_required: options.tls_required,
    })
}

fn import<'a>(backend: &'a str, file: &'a str) -> [&'a str; 8] {
    ["ns-slapd", "ldif2db", "-D", "/mnt/server", "-n", backend, "-i", file]
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
        include_str!("directory_server_389/backend.ldif"),
        name = name,
        base = base,
        place = PLACE
    )
}

/// What the server's own template for its configuration is filled with.
fn settings(options: &ServerOptions) -> String {
    format!(
        include_str!("directory_server_389/settings.sed"),
        place = PLACE,
        admin = ADMIN,
        password = READER_PASSWORD,
        base = BASE,
        anonymous = if options.anonymous { "on" } else { "rootdse" },
        secure_binds = if options.tls_required { "on" } else { "off" },
        size = options.size_limit.map_or("-1".to_owned(), |limit| limit.to_string()),
    )
}
