use project_deployer_testkit::servers::DirectoryServer389;

use crate::posix;
use crate::tools::{Search, company, large_company, started};

#[test]
fn directory_server_389_has_exactly_the_people_described() {
    let Some(server) = started(DirectoryServer389::start(&large_company())) else { return };
    posix::has_exactly_the_people_described(&server);
    let anonymous = Search { who: None, ..Search::of(&server) };
    assert_eq!(anonymous.code(), 48, "no anonymous reads");
}

#[test]
fn directory_server_389_keeps_to_its_options() {
    let start = DirectoryServer389::start_with(&company(), &posix::all_options());
    let Some(server) = started(start) else { return };
    posix::keeps_to_all_options(&server);
}
