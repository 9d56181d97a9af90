//! `docs/errors.md`: the errors of calls to a node, generated from the code.
#![expect(clippy::unwrap_used, reason = "tests")]

// Outside its crate the enum is `non_exhaustive`. Here it is a part of this test, so a kind that `name`
// leaves out does not compile.
#[path = "../src/error.rs"]
#[expect(dead_code, unreachable_pub, reason = "the page needs the kinds only")]
mod error;
#[path = "../src/tls_problem.rs"]
#[expect(dead_code, unreachable_pub, reason = "the page needs one problem only")]
mod tls_problem;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use error::{NodeErrorKind, Retry, SideEffect};
use project_deployer_core::AddressRange;
use project_deployer_core::messages::InfoMessages;
use tls_problem::TlsProblem;

const UPDATE: &str = "UPDATE_ERRORS";
/// What follows is written by hand; a test of the service compares it with its codes.
const REST: &str = "\n## Errors of the service\n";
const SOURCE: &str = include_str!("../src/error.rs");

const HEAD: &str = "# Errors of calls to a node

`UPDATE_ERRORS=1 cargo test -p project-deployer-client --test errors_page` writes this page, and every run of that test
checks it. It lists every `NodeErrorKind`; [the end](#errors-of-the-service) has the codes of the service. A `NodeError`
also names the node and the operation. The code (`code()`) is for programs: it stays the same when a text changes.

- *repeated*: whether and when the same call may be repeated (`retry()`). A call that may have had its effect
  is repeated only if its operation is safe to repeat.
- *effect*: whether the failed call may have had its effect nevertheless (`side_effect()`). Where it is unknown,
  read the state of the node first.
- *what to do*: the fix (`hint()`). For `Tls` it depends on the problem; the table shows that of an unknown
  authority.

| kind | code | meaning | repeated | effect | what to do |
|---|---|---|---|---|---|
";

/// One of each kind. The fields of a kind change no column, except the hint of `Tls` and the pause of `Busy`.
fn kinds() -> Vec<NodeErrorKind> {
    let text = String::new;
    vec![
        NodeErrorKind::Unreachable,
        NodeErrorKind::Tls(TlsProblem::UnknownAuthority),
        NodeErrorKind::AddressRefused(AddressRange::Metadata),
        NodeErrorKind::TimedOut(Duration::ZERO),
        NodeErrorKind::Interrupted,
        NodeErrorKind::Unauthorized(text()),
        NodeErrorKind::Forbidden(text()),
        NodeErrorKind::NotFound(text()),
        NodeErrorKind::Refused { status: 400, message: text() },
        NodeErrorKind::Busy(Some(Duration::ZERO)),
        NodeErrorKind::Failed { status: 500, message: text() },
        NodeErrorKind::Redirected(text()),
        NodeErrorKind::UnexpectedServer(text()),
        NodeErrorKind::Malformed(text()),
        NodeErrorKind::Empty,
        NodeErrorKind::TooLarge(0),
        NodeErrorKind::ErrorInSuccessResponse(text()),
        NodeErrorKind::Reported(InfoMessages(Vec::new())),
        NodeErrorKind::Aborted,
        NodeErrorKind::Lost,
        NodeErrorKind::Archive(text()),
        NodeErrorKind::InvalidRequest(text()),
    ]
}

fn name(kind: &NodeErrorKind) -> &'static str {
    match kind {
        NodeErrorKind::Unreachable => "Unreachable",
        NodeErrorKind::Tls(_) => "Tls",
        NodeErrorKind::AddressRefused(_) => "AddressRefused",
        NodeErrorKind::TimedOut(_) => "TimedOut",
        NodeErrorKind::Interrupted => "Interrupted",
        NodeErrorKind::Unauthorized(_) => "Unauthorized",
        NodeErrorKind::Forbidden(_) => "Forbidden",
        NodeErrorKind::NotFound(_) => "NotFound",
        NodeErrorKind::Refused { .. } => "Refused",
        NodeErrorKind::Busy(_) => "Busy",
        NodeErrorKind::Failed { .. } => "Failed",
        NodeErrorKind::Redirected(_) => "Redirected",
        NodeErrorKind::UnexpectedServer(_) => "UnexpectedServer",
        NodeErrorKind::Malformed(_) => "Malformed",
        NodeErrorKind::Empty => "Empty",
        NodeErrorKind::TooLarge(_) => "TooLarge",
        NodeErrorKind::ErrorInSuccessResponse(_) => "ErrorInSuccessResponse",
        NodeErrorKind::Reported(_) => "Reported",
        NodeErrorKind::Aborted => "Aborted",
        NodeErrorKind::Lost => "Lost",
        NodeErrorKind::Archive(_) => "Archive",
        NodeErrorKind::InvalidRequest(_) => "InvalidRequest",
    }
}

/// The variants of the enum in the source, each with its documentation.
fn documented() -> Vec<(String, String)> {
    let (_, body) = SOURCE.split_once("pub enum NodeErrorKind {\n").unwrap();
    let (body, _) = body.split_once("\n}\n").unwrap();
    let mut found = Vec::new();
    let mut meaning = Vec::new();
    for line in body.lines().filter_map(|line| line.strip_prefix("    ")) {
        if let Some(text) = line.strip_prefix("/// ") {
            meaning.push(text);
        } else if line.starts_with(char::is_uppercase) {
            let end = line.find(|c: char| !c.is_alphanumeric()).unwrap();
            found.push((line[..end].to_owned(), without_repeats(&meaning.join(" "))));
            meaning.clear();
        }
    }
    found
}

/// Without the last sentence, which is about repeats: they have their own column.
fn without_repeats(text: &str) -> String {
    let last = [" Not repeated.", " Repeated"].iter().filter_map(|start| text.rfind(start)).max();
    last.map_or(text, |last| &text[..last]).to_owned()
}

fn repeated(kind: &NodeErrorKind) -> &'static str {
    match kind.retry() {
        Retry::Never => "no",
        Retry::Backoff => "after a growing pause",
        Retry::After(_) => "after the time that the node names, else after a growing pause",
    }
}

fn effect(kind: &NodeErrorKind) -> &'static str {
    match kind.side_effect() {
        SideEffect::None => "none",
        SideEffect::Unknown => "unknown",
    }
}

fn written() -> String {
    let mut text = HEAD.to_owned();
    for (kind, (variant, meaning)) in kinds().iter().zip(documented()) {
        assert_eq!(name(kind), variant);
        let (code, repeated, effect, hint) =
            (kind.code(), repeated(kind), effect(kind), kind.hint());
        writeln!(text, "| `{variant}` | `{code}` | {meaning} | {repeated} | {effect} | {hint} |")
            .unwrap();
    }
    text
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors.md")
}

#[test]
fn every_kind_of_the_source_is_on_the_page_with_its_meaning_and_mend() {
    let names: Vec<_> = kinds().iter().map(name).collect();
    let found = documented();
    assert_eq!(names, found.iter().map(|(variant, _)| variant).collect::<Vec<_>>());
    assert!(found.iter().all(|(_, meaning)| meaning.ends_with('.')), "{found:?}");
    assert!(kinds().iter().all(|kind| !kind.hint().is_empty()));
}

#[expect(clippy::disallowed_methods, reason = "where this test reads the environment")]
#[test]
fn the_page_is_what_the_code_says() {
    let had = std::fs::read_to_string(page()).unwrap_or_default();
    let (generated, rest) = had.split_at(had.find(REST).unwrap_or(had.len()));
    let wanted = written();
    if std::env::var(UPDATE).as_deref() == Ok("1") {
        std::fs::write(page(), wanted + rest).unwrap();
        return;
    }
    assert!(generated == wanted, "docs/errors.md is stale: run this test with {UPDATE}=1");
}
