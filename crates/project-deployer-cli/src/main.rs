#![doc = include_str!("../README.md")]

mod mock_node;

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What a Project Deployer can do on a command line.
#[derive(Debug, Parser)]
#[command(
    name = "deployer",
    version,
    after_help = "Exit codes: 0 when all went well, 1 when something failed, 2 when the command line is wrong.",
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    MockNode(mock_node::Arguments),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::MockNode(arguments) => mock_node::run(arguments).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell("error", &with_reasons(&error));
            ExitCode::FAILURE
        }
    }
}

/// An error and what led to it.
fn with_reasons(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut reason = error.source();
    while let Some(error) = reason {
        told.push_str(&format!("\n  reason: {error}"));
        reason = error.source();
    }
    told
}

/// Tells people something, on standard error. Where nobody listens, nothing is told.
fn tell(what: &str, message: &str) {
    let _ = writeln!(io::stderr(), "{what}: {message}");
}
