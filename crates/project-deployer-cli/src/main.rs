#![doc = include_str!("../README.md")]

mod deployer_access;
mod directories;
mod doctor;
mod environment;
mod exit;
mod failure;
mod findings;
mod installation;
mod inventory;
#[cfg(feature = "mock-node")]
mod mock_node;
mod output;
mod progress;
mod remediated;
mod status;
mod verbs;
mod view;

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::exit::Exit;
use self::failure::Failure;

/// What to do next, for who called the command without arguments. That is a wrong command line all the
/// same, so that a script does not take it for a success.
const NEXT: &str = "\
deployer compares the logins of a Dataiku Project Deployer and its nodes. To begin:
  deployer doctor    what it sees of your configuration, and which nodes and directories answer
  deployer parity    who can deploy where; set DKU_DSS_URL and DKU_API_KEY, or pass --inventory FILE
  deployer --help    all commands
";

/// What a Project Deployer can do on a command line.
#[derive(Debug, Parser)]
#[command(
    name = "deployer",
    version,
    after_help = Exit::HELP,
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Parity(verbs::parity::Arguments),
    Check(verbs::check::Arguments),
    Remedies(verbs::remedies::Arguments),
    Doctor(verbs::doctor::Arguments),
    #[cfg(feature = "mock-node")]
    MockNode(mock_node::Arguments),
    Completions(verbs::completions::Arguments),
    Man(verbs::man::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some(command) = Arguments::parse().command else {
        let _ = io::stderr().write_all(NEXT.as_bytes());
        return Exit::Usage.into();
    };
    let exit = run(command).await.unwrap_or_else(|failure| {
        report("error", &with_reasons(failure.reason()));
        failure.exit()
    });
    exit.into()
}

async fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Parity(arguments) => verbs::parity::run(arguments).await,
        Command::Check(arguments) => verbs::check::run(arguments).await,
        Command::Remedies(arguments) => verbs::remedies::run(arguments).await,
        Command::Doctor(arguments) => verbs::doctor::run(arguments).await,
        #[cfg(feature = "mock-node")]
        Command::MockNode(arguments) => {
            Ok(mock_node::run(arguments).await.map(|()| Exit::Clean)?)
        }
        Command::Completions(arguments) => verbs::completions::run(&arguments),
        Command::Man(arguments) => verbs::man::run(&arguments),
    }
}

/// An error and what led to it.
pub(crate) fn with_reasons(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut reason = error.source();
    while let Some(error) = reason {
        text.push_str(&format!("\n  reason: {error}"));
        reason = error.source();
    }
    text
}

/// Writes a message to standard error. A closed standard error is ignored.
fn report(what: &str, message: &str) {
    let _ = writeln!(io::stderr(), "{what}: {}", output::harmless(message));
}
