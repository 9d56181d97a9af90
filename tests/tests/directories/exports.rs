//! Every form in which `ldapsearch` of OpenLDAP writes entries is read as the server itself is.

use std::process::Output;

use project_deployer_ldap::{AttributeName, Completeness, Entry, LdifDirectory, PartialReason};
use project_deployer_testkit::servers::{DirectoryServer, OpenLdap, ldapsearch};

use crate::servers::{company_with, directory, found, started};

/// What `ldapsearch` writes for all people, with these options.
fn export(server: &dyn DirectoryServer, options: &[&str]) -> Output {
    let url = server.url();
    let mut command = ldapsearch().unwrap();
    command.args(["-x", "-H", &url[..url.rfind('/').unwrap()], "-b", server.base()]);
    command.args(["-D", server.admin_dn(), "-w", server.admin_password()]);
    command.args(options).args(["(uid=*)", "uid", "cn"]).output().unwrap()
}

fn sorted(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by(|one, other| one.dn.cmp(&other.dn));
    let name = |text: &str| AttributeName::parse(text).unwrap();
    entries.iter().map(|entry| entry.narrowed(&[name("uid"), name("cn")])).collect()
}

#[tokio::test]
async fn every_form_of_ldapsearch_is_read_as_the_server_is() {
    let Some(server) = started(OpenLdap::start(&company_with(40))) else { return };
    let online = found(directory(&server).as_ref(), server.base(), "(uid=*)").await.unwrap();
    let online = sorted(online.entries);
    for form in [&[][..], &["-L"], &["-LL"], &["-LLL"], &["-o", "ldif-wrap=no"]] {
        for pages in [&[][..], &["-E", "pr=7/noprompt"]] {
            let options = [form, pages].concat();
            let output = export(&server, &options);
            assert!(output.status.success(), "{options:?}: {output:?}");
            let read = LdifDirectory::parse(&output.stdout).unwrap();
            assert_eq!(read.completeness(), Completeness::Complete, "{options:?}");
            assert_eq!(sorted(read.entries().to_vec()), online, "{options:?}");
        }
    }
}

#[tokio::test]
async fn an_export_that_a_limit_cut_says_so() {
    // R10. With `-L` the file does not say it: only the exit code of `ldapsearch` does.
    let Some(server) = started(OpenLdap::start(&company_with(10))) else { return };
    let output = export(&server, &["-z", "3"]);
    assert_eq!(output.status.code(), Some(4));
    let read = LdifDirectory::parse(&output.stdout).unwrap();
    assert_eq!(read.entries().len(), 3);
    assert_eq!(read.completeness(), Completeness::Partial(PartialReason::SizeLimit));
    assert_eq!(export(&server, &["-LLL", "-z", "3"]).status.code(), Some(4));
}
