#![doc = include_str!("../README.md")]

mod audit_view;
#[cfg(feature = "demo")]
mod demo;
mod deployer_access;
mod directories;
mod doctor;
mod environment;
mod estate_view;
mod exit;
mod failure;
mod findings;
mod history_view;
mod installation;
mod inventory;
#[cfg(feature = "demo")]
mod mock_deployer;
#[cfg(feature = "mock-node")]
mod mock_fleet;
#[cfg(feature = "mock-node")]
mod mock_node;
mod objects;
mod output;
mod progress;
mod remediated;
#[cfg(feature = "serve")]
mod serve;
mod state_view;
mod status;
#[cfg(any(feature = "mock-node", feature = "serve"))]
mod stop;
mod store_view;
mod subcommands;
mod target;
mod verbs;
mod view;

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use project_deployer::state_admin::StatePlace;

use self::exit::Exit;
use self::failure::Failure;

/// What to do next, for a user who called the command without arguments. That is a wrong command line all the
/// same, so that a script does not take it for a success.
const NEXT: &str = "\
deployer checks a Dataiku Project Deployer and its Automation nodes. To begin:
  deployer doctor    shows your configuration, and which nodes and directories answer
  deployer parity    shows who can deploy where; needs DKU_DSS_URL and DKU_API_KEY, or --inventory
  deployer help      lists all subcommands
";

/// Check a Dataiku Project Deployer and its Automation nodes: logins, readiness, remedies.
#[derive(Debug, Parser)]
#[command(
    name = "deployer",
    version,
    after_help = Exit::HELP,
    subcommand_help_heading = "Subcommands",
    subcommand_value_name = "SUBCOMMAND"
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Verb(verbs::Verb),
    Parity(subcommands::parity::Arguments),
    Check(subcommands::check::Arguments),
    Remedies(subcommands::remedies::Arguments),
    Plan(subcommands::estate::plan::Arguments),
    Diff(subcommands::estate::diff::Arguments),
    Apply(subcommands::estate::apply::Arguments),
    Export(subcommands::estate::export::Arguments),
    Doctor(subcommands::doctor::Arguments),
    State(subcommands::state::Arguments),
    Audit(subcommands::audit::Arguments),
    History(subcommands::history::Arguments),
    #[cfg(feature = "serve")]
    Serve(serve::Arguments),
    #[cfg(feature = "demo")]
    Demo(demo::Arguments),
    #[cfg(feature = "demo")]
    MockDeployer(mock_deployer::Arguments),
    #[cfg(feature = "mock-node")]
    MockFleet(mock_fleet::Arguments),
    #[cfg(feature = "mock-node")]
    MockNode(mock_node::Arguments),
    Completions(subcommands::completions::Arguments),
    Man(subcommands::man::Arguments),
}

/// The stack of the thread that does the work. Some systems give the main thread less than the futures of verbs need.
const STACK: usize = 8 << 20;

fn main() -> ExitCode {
    let working = std::thread::Builder::new().stack_size(STACK).spawn(work);
    match working.map(std::thread::JoinHandle::join) {
        Ok(Ok(exit)) => exit,
        Ok(Err(panicked)) => std::panic::resume_unwind(panicked),
        Err(error) => {
            report("error", &format!("the system starts no thread: {error}"));
            Exit::Transient.into()
        }
    }
}

#[tokio::main]
async fn work() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage_error(&error),
    };
    let Some(command) = arguments.command else {
        let _ = io::stderr().write_all(NEXT.as_bytes());
        return Exit::Usage.into();
    };
    let exit = run(command).await.unwrap_or_else(|failure| {
        report("error", &with_reasons(failure.reason()));
        failure.exit()
    });
    exit.into()
}

/// Shows what is wrong with the command line, or what it asks for, without the password of a URL in it.
fn usage_error(error: &clap::Error) -> ExitCode {
    let words: Vec<String> =
        std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let urls = words.iter().filter_map(|word| word.find("postgres").and_then(|at| word.get(at..)));
    let text = error.to_string();
    let shown = urls.fold(text.clone(), |text, url| text.replace(url, StatePlace::at(url).url()));
    if shown == text {
        // With its colors.
        let _ = error.print();
    } else {
        let _ = io::stderr().write_all(shown.as_bytes());
    }
    u8::try_from(error.exit_code()).map_or(Exit::Usage.into(), ExitCode::from)
}

async fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Verb(verb) => verbs::run(verb).await,
        Command::Parity(arguments) => subcommands::parity::run(arguments).await,
        Command::Check(arguments) => subcommands::check::run(arguments).await,
        Command::Remedies(arguments) => subcommands::remedies::run(arguments).await,
        Command::Plan(arguments) => subcommands::estate::plan::run(arguments).await,
        Command::Diff(arguments) => subcommands::estate::diff::run(arguments).await,
        Command::Apply(arguments) => subcommands::estate::apply::run(arguments).await,
        Command::Export(arguments) => subcommands::estate::export::run(arguments).await,
        Command::Doctor(arguments) => subcommands::doctor::run(arguments).await,
        Command::State(arguments) => subcommands::state::run(arguments).await,
        Command::Audit(arguments) => subcommands::audit::run(arguments).await,
        Command::History(arguments) => subcommands::history::run(arguments).await,
        #[cfg(feature = "serve")]
        Command::Serve(arguments) => Ok(serve::run(arguments).await.map(|()| Exit::Clean)?),
        #[cfg(feature = "demo")]
        Command::Demo(arguments) => Ok(demo::run(arguments).await.map(|()| Exit::Clean)?),
        #[cfg(feature = "demo")]
        Command::MockDeployer(arguments) => {
            Ok(mock_deployer::run(arguments).await.map(|()| Exit::Clean)?)
        }
        #[cfg(feature = "mock-node")]
        Command::MockFleet(arguments) => {
            Ok(mock_fleet::run(arguments).await.map(|()| Exit::Clean)?)
        }
        #[cfg(feature = "mock-node")]
        Command::MockNode(arguments) => {
            Ok(mock_node::run(arguments).await.map(|()| Exit::Clean)?)
        }
        Command::Completions(arguments) => subcommands::completions::run(&arguments),
        Command::Man(arguments) => subcommands::man::run(&arguments),
    }
}

/// An error and what led to it.
pub(crate) fn with_reasons(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut reason = error.source();
    while let Some(error) = reason {
        let cause = error.to_string();
        // Many errors repeat their cause in their own text.
        if !text.contains(&cause) {
            text.push_str(&format!("\n  reason: {cause}"));
        }
        reason = error.source();
    }
    text
}

/// Writes a message to standard error. A closed standard error is ignored.
fn report(what: &str, message: &str) {
    let _ = writeln!(io::stderr(), "{what}: {}", output::harmless(message));
}
