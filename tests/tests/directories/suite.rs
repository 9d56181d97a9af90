//! The conformance suite, as far as a server that has other entries as well can pass it.

use std::io::Write as _;
use std::process::Stdio;

use project_deployer_ldap::{Directory, conformance};
use project_deployer_testkit::MockDirectory;
use project_deployer_testkit::servers::{
    DirectoryServer, DirectoryServer389, OpenLdap, ldapmodify,
};

use crate::servers::{directory, started};

/// Adds the entries of the suite; existing ones remain unchanged. `refusal` is another result code that is
/// accepted.
fn fill(server: &dyn DirectoryServer, refusal: Option<i32>) {
    const THERE_ALREADY: i32 = 68;
    let url = server.url();
    let mut command = ldapmodify().unwrap();
    command.args(["-x", "-a", "-c", "-H", &url[..url.rfind('/').unwrap()]]);
    command.args(["-D", server.admin_dn(), "-w", server.admin_password()]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(conformance::seed_ldif().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let code = output.status.code();
    assert!([Some(0), Some(THERE_ALREADY)].contains(&code) || code == refusal, "{output:?}");
}

/// The cases without the person whose login is not ASCII.
async fn passes_in_ascii(directory: &dyn Directory) {
    conformance::equality_ignores_case(directory).await;
    conformance::parts_of_values_are_found(directory).await;
    conformance::special_characters_are_data(directory).await;
    conformance::only_the_attributes_asked_for_come_back(directory).await;
    conformance::nothing_found_is_a_whole_answer(directory).await;
    conformance::an_unknown_base_is_an_error_and_not_an_empty_answer(directory).await;
    conformance::names_with_escapes_are_compared_as_names(directory).await;
}

#[tokio::test]
async fn open_ldap_passes_the_suite() {
    let Some(server) = started(OpenLdap::start(&MockDirectory::new())) else { return };
    fill(&server, None);
    let directory = directory(&server);
    passes_in_ascii(directory.as_ref()).await;
    conformance::presence_and_junctions_join_answers(directory.as_ref()).await;
    conformance::bytes_and_unicode_survive(directory.as_ref()).await;
    conformance::every_entry_comes_once(directory.as_ref()).await;
    conformance::a_visit_brings_what_a_search_finds(directory.as_ref()).await;
}

#[tokio::test]
async fn directory_server_389_passes_the_suite() {
    // Logins must be ASCII there: constraint violation.
    let refusal = Some(19);
    let Some(server) = started(DirectoryServer389::start(&MockDirectory::new())) else { return };
    fill(&server, refusal);
    passes_in_ascii(directory(&server).as_ref()).await;
}
