//! The log of the service, on standard error.

use std::io;

use tracing_subscriber::fmt::Subscriber;
use tracing_subscriber::util::SubscriberInitExt as _;

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

/// Starts to log.
pub(super) fn start(format: LogFormat, level: LogLevel) {
    let level = match level {
        LogLevel::Error => tracing::Level::ERROR,
        LogLevel::Warn => tracing::Level::WARN,
        LogLevel::Info => tracing::Level::INFO,
        LogLevel::Debug => tracing::Level::DEBUG,
    };
    let log = Subscriber::builder().with_max_level(level).with_ansi(false).with_writer(io::stderr);
    let started = match format {
        LogFormat::Text => log.finish().try_init(),
        LogFormat::Json => log.json().flatten_event(true).finish().try_init(),
    };
    if let Err(error) = started {
        crate::report("warning", &format!("nothing is logged: {error}"));
    }
}
