use project_deployer_ldap::DirectoryConnector;
use project_deployer_ldap::matching::{Breadth, RemedyPlan};
use project_deployer_ldap::settlement::Settling;

use super::apply::{Mode, apply};
use super::facts::RemedyFacts;
use super::opt_in::OptIn;
use super::outcome::Applied;
use super::preconditions::Preconditions;
use super::work::RemedyWork;
use crate::clock::Clock;
use crate::parity::{LocationAccounts, ParityAssessment, ParityScope, assess_parity_settling};

/// The report of a run: the findings, the work, its outcomes, and what is left.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RemediationReport {
    /// The assessment before the run.
    pub before: ParityAssessment,
    /// The work.
    pub work: RemedyWork,
    /// The outcomes.
    pub applied: Applied,
    /// The assessment after the run; `None` where nothing was sent.
    pub after: Option<ParityAssessment>,
    /// The work that is left. After a successful run, [`RemedyWork::sends_nothing`] is true, and
    /// the manual steps are left to people.
    pub left: RemedyWork,
}

/// Compares logins, applies the remedies, and compares again. Both comparisons include the accounts
/// of the Deployer, where [`LocationAccounts::with_deployer`] has them.
pub async fn remediate(
    scope: &ParityScope,
    accounts: &LocationAccounts,
    directories: &dyn DirectoryConnector,
    clock: &dyn Clock,
    breadth: Breadth,
    opt_in: &OptIn,
    mode: Mode,
) -> RemediationReport {
    let settling = match opt_in.allows_disabled() {
        true => Settling::of(breadth).even_if_unseen(),
        false => Settling::of(breadth),
    };
    let assess = || assess_parity_settling(scope, None, accounts, directories, clock, settling);
    let before = assess().await;
    let preconditions = Preconditions::new(&before, opt_in, clock);
    let work = work_of(&before, breadth, opt_in, accounts, &preconditions).await;
    let applied = apply(&work, accounts, &preconditions, mode).await;
    if mode == Mode::DryRun || work.sends_nothing() {
        return RemediationReport { before, left: work.clone(), work, applied, after: None };
    }
    let after = assess().await;
    let again = Preconditions::new(&after, opt_in, clock);
    let left = work_of(&after, breadth, opt_in, accounts, &again).await;
    RemediationReport { before, work, applied, after: Some(after), left }
}

async fn work_of(
    assessment: &ParityAssessment,
    breadth: Breadth,
    opt_in: &OptIn,
    accounts: &LocationAccounts,
    preconditions: &Preconditions<'_>,
) -> RemedyWork {
    let plan = RemedyPlan::of(&assessment.report, breadth);
    let facts = RemedyFacts::gather(assessment, breadth, accounts, preconditions).await;
    RemedyWork::of(&plan, opt_in, &facts)
}
