use std::io::{self, Write as _};
use std::path::PathBuf;

use project_deployer::estate::{EstateFormat, ExportOptions, ObservedEstate};

use super::access::{AccessArguments, Opened};
use super::write_private;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::target::Work;

/// Write the file of an existing installation, to be kept under version control.
///
/// Planning it at once shows no difference. It has every field that the file can have, without secrets: keys of nodes
/// are never in it, and standard error says what else was left out.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  deployer export --deployer-url https://deployer.example:11300 --out estate.yaml"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    access: AccessArguments,

    /// File to write, instead of standard output. Its extension is its format.
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    out: Option<PathBuf>,

    /// Format on standard output.
    #[arg(long, value_enum, default_value_t = Format::Yaml)]
    format: Format,

    /// Also write what may be secret, or is personal. Repeat it for more.
    #[arg(long, value_enum, value_name = "WHAT")]
    include: Vec<Include>,

    /// Write only errors to standard error.
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    Yaml,
    Json,
    Toml,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Include {
    /// The values of local variables of deployments.
    Variables,
    /// The code and the settings of hooks of infrastructures.
    Hooks,
    /// The users of the Deployer, with their names and mail addresses.
    Users,
}

impl Include {
    /// Its name in the API.
    fn name(self) -> &'static str {
        match self {
            Self::Variables => "variables",
            Self::Hooks => "hooks",
            Self::Users => "users",
        }
    }
}

/// Writes the file.
///
/// # Errors
///
/// The Deployer does not answer, or the file cannot be written.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let format = match &arguments.out {
        Some(path) => EstateFormat::of(path).ok_or_else(|| {
            Failure::usage(
                "the file has an unknown extension; use `.yaml`, `.yml`, `.json` or `.toml`",
            )
        })?,
        None => match arguments.format {
            Format::Yaml => EstateFormat::Yaml,
            Format::Json => EstateFormat::Json,
            Format::Toml => EstateFormat::Toml,
        },
    };
    let opened = arguments.access.open(Work::Calls).await?;
    let exported = exported(&arguments, &opened, format).await;
    opened.close().await;
    let (text, left_out) = exported?;
    match &arguments.out {
        // With variables, hooks or users in it, it is for its owner alone.
        Some(path) if !arguments.include.is_empty() => write_private(path, &text)?,
        Some(path) => std::fs::write(path, text)?,
        None => io::stdout().lock().write_all(text.as_bytes())?,
    }
    if !arguments.quiet {
        for left in &left_out {
            crate::report("left out", left);
        }
    }
    Ok(Exit::Clean)
}

/// The text of the file, and what was left out of it.
async fn exported(
    arguments: &Arguments,
    opened: &Opened,
    format: EstateFormat,
) -> Result<(String, Vec<String>), Failure> {
    if let Some(service) = opened.service().await? {
        let name = match format {
            EstateFormat::Json => "json",
            EstateFormat::Toml => "toml",
            _ => "yaml",
        };
        let include: Vec<_> = arguments.include.iter().map(|what| what.name()).collect();
        if let Some(found) = service.export(name, &include).await? {
            return Ok((found.file, found.left_out));
        }
    }
    let observed = ObservedEstate::read_all(opened.access()).await;
    let observed = observed.map_err(|error| opened.failed(error))?;
    let includes = |what| arguments.include.contains(&what);
    let options = ExportOptions::default()
        .with_variables(includes(Include::Variables))
        .with_hooks(includes(Include::Hooks))
        .with_users(includes(Include::Users));
    let exported = observed.export(&options);
    let text = exported.estate.to_text(format).map_err(Failure::failed)?;
    Ok((text, exported.left_out))
}
