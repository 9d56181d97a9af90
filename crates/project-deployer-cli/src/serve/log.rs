//! The log of the service, on standard error.

use std::io;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt, registry};

use super::traces::Traces;

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// One line of text for each event.
    Text,
    /// One JSON object in a line for each event. `span.request_id` and `span.update_id` say what it belongs to.
    Json,
}

/// What is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogLevel {
    /// What failed.
    Error,
    /// Also what needs attention, such as a refused attempt.
    Warn,
    /// Also each request, each update, and each block of the audit.
    Info,
    /// Also details for those who look for a fault.
    Debug,
}

/// Starts to log, and to send traces if there is where to.
pub(super) fn start(format: LogFormat, level: LogLevel, traces: &Traces) {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let log = fmt::layer().with_ansi(false).with_writer(io::stderr);
    let log = match format {
        LogFormat::Text => log.boxed(),
        LogFormat::Json => log.json().flatten_event(true).boxed(),
    };
    // What is traced does not depend on what is logged.
    let log = registry().with(log.with_filter(level));
    let started = match traces.layer() {
        Some(layer) => log.with(layer).try_init(),
        None => log.try_init(),
    };
    if let Err(error) = started {
        crate::report("warning", &format!("nothing is logged: {error}"));
    }
}
