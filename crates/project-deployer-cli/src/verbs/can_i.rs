use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use project_deployer::core::rights::Operation;
use project_deployer::core::{DeploymentId, InfraId, Login, ProjectKey};

use super::{Common, Connection, FORMATS};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::ObjectsView;
use crate::output::Output;
use crate::target::{Question, Work};

/// Whether you, or another user, may do something on an object, and why. Exit code 0 means yes, 1 means no.
///
/// The rules of the Deployer decide. They say nothing of accounts and rights on the nodes: `deployer parity` and `deployer
/// check` show those. A Deployer of the product reports rights without reasons.
#[derive(Debug, clap::Args)]
#[command(
    mut_arg("output", |output| output.value_parser(Output::described(FORMATS))),
    after_help = "Example:\n  deployer can-i update-deployment --deployment churn-prod --user leo"
)]
pub(crate) struct Arguments {
    /// What to do.
    #[arg(value_parser = PossibleValuesParser::new(NAMES.map(|(name, _)| name)).map(|name| operation(&name)))]
    operation: Operation,

    /// The infrastructure.
    #[arg(long, value_name = "ID")]
    infra: Option<InfraId>,

    /// The published project.
    #[arg(long, value_name = "KEY")]
    project: Option<ProjectKey>,

    /// The deployment, which has an infrastructure and a project.
    #[arg(long, value_name = "ID")]
    deployment: Option<DeploymentId>,

    /// Another user. Only administrators ask about others.
    #[arg(long, value_name = "LOGIN")]
    user: Option<Login>,

    #[command(flatten)]
    common: Common,
}

/// Answers the question.
///
/// # Errors
///
/// The Deployer does not answer, or the caller may not ask about the user.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let Arguments { operation, infra, project, deployment, user, common } = arguments;
    let question = Question { operation, infra, project, deployment, login: user };
    common.with(Work::Calls, async |connection| answer(connection, &question).await).await
}

async fn answer(connection: &Connection, question: &Question) -> Result<Exit, Failure> {
    let answered = connection.deployer().answer(question).await?;
    let word = if answered.allowed { "yes" } else { "no" };
    let sentence = format!("{word}: {}", answered.reason);
    let object = serde_json::to_value(&answered)?;
    connection.write(&ObjectsView::done("right", "can-i", object, sentence))?;
    Ok(if answered.allowed { Exit::Clean } else { Exit::Findings })
}

/// The operations by name.
const NAMES: [(&str, Operation); Operation::ALL.len()] = [
    ("view-stages", Operation::ViewStages),
    ("edit-stages", Operation::EditStages),
    ("check-parity", Operation::CheckParity),
    ("edit-accounts", Operation::EditAccounts),
    ("create-infra", Operation::CreateInfra),
    ("view-infra", Operation::ViewInfra),
    ("read-infra-settings", Operation::ReadInfraSettings),
    ("edit-infra-settings", Operation::EditInfraSettings),
    ("delete-infra", Operation::DeleteInfra),
    ("check-infra", Operation::CheckInfra),
    ("create-own-node-key", Operation::CreateOwnNodeKey),
    ("create-node-key-for-other", Operation::CreateNodeKeyForOther),
    ("create-project", Operation::CreateProject),
    ("view-project", Operation::ViewProject),
    ("read-project-settings", Operation::ReadProjectSettings),
    ("edit-project-settings", Operation::EditProjectSettings),
    ("delete-project", Operation::DeleteProject),
    ("upload-bundle", Operation::UploadBundle),
    ("download-bundle", Operation::DownloadBundle),
    ("delete-bundle", Operation::DeleteBundle),
    ("create-deployment", Operation::CreateDeployment),
    ("view-deployment", Operation::ViewDeployment),
    ("edit-deployment", Operation::EditDeployment),
    ("update-deployment", Operation::UpdateDeployment),
    ("delete-deployment", Operation::DeleteDeployment),
    ("run-test-scenarios", Operation::RunTestScenarios),
];

/// The parser has accepted the name.
fn operation(text: &str) -> Operation {
    let found = NAMES.into_iter().find(|(name, _)| *name == text);
    found.map_or(Operation::ViewStages, |(_, operation)| operation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_the_name_of_its_value() {
        for (known, (name, operation)) in Operation::ALL.into_iter().zip(NAMES) {
            assert_eq!((known, format!("{known:?}")), (operation, in_camel_case(name)));
        }
    }

    fn in_camel_case(name: &str) -> String {
        let words = name.split('-').map(|word| {
            let (first, rest) = word.split_at(1);
            format!("{}{rest}", first.to_ascii_uppercase())
        });
        words.collect()
    }
}
