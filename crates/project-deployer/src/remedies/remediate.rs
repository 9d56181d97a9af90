use project_deployer_ldap::DirectoryConnector;
use project_deployer_ldap::matching::{Breadth, RemedyPlan};

use super::apply::{Mode, apply};
use super::facts::RemedyFacts;
use super::opt_in::OptIn;
use super::outcome::Applied;
use super::preconditions::Preconditions;
use super::work::RemedyWork;
use crate::clock::Clock;
use crate::parity::{LocationAccounts, ParityAssessment, ParityScope, assess_parity};

/// A run: what was found, what there was to do, what became of it, and what is left.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RemediationReport {
    /// What was found.
    pub before: ParityAssessment,
    /// What there was to do.
    pub work: RemedyWork,
    /// What became of it.
    pub applied: Applied,
    /// What a second look found; none where nothing was sent.
    pub after: Option<ParityAssessment>,
    /// What there is to do now: [`RemedyWork::sends_nothing`] holds where all went well, and the manual_steps
    /// say what is left to people.
    pub left: RemedyWork,
}

/// Compares logins, does what can be done about the findings, and looks again. The accounts of the
/// Deployer are asked both times, where [`LocationAccounts::with_deployer`] names them.
pub async fn remediate(
    scope: &ParityScope,
    accounts: &LocationAccounts,
    directories: &dyn DirectoryConnector,
    clock: &dyn Clock,
    breadth: Breadth,
    opt_in: &OptIn,
    mode: Mode,
) -> RemediationReport {
    let before = assess_parity(scope, None, accounts, directories, clock).await;
    let preconditions = Preconditions::new(&before, opt_in, clock);
    let work = work_of(&before, breadth, opt_in, accounts, &preconditions).await;
    let applied = apply(&work, accounts, &preconditions, mode).await;
    if mode == Mode::DryRun || work.sends_nothing() {
        return RemediationReport { before, left: work.clone(), work, applied, after: None };
    }
    let after = assess_parity(scope, None, accounts, directories, clock).await;
    let again = Preconditions::new(&after, opt_in, clock);
    let left = work_of(&after, breadth, opt_in, accounts, &again).await;
    RemediationReport { before, work, applied, after: Some(after), left }
}

async fn work_of(
    assess_parity: &ParityAssessment,
    breadth: Breadth,
    opt_in: &OptIn,
    accounts: &LocationAccounts,
    preconditions: &Preconditions<'_>,
) -> RemedyWork {
    let plan = RemedyPlan::of(&assess_parity.report, breadth);
    let facts = RemedyFacts::gather(assess_parity, breadth, accounts, preconditions).await;
    RemedyWork::of(&plan, opt_in, &facts)
}
