use std::collections::BTreeSet;

use askama::Template;
use project_deployer::ldap::matching::Actor;

use crate::output::counted;
use crate::status::{Status, Tone};
use crate::view::{LoginView, ParityView};

/// A report of login parity as one page.
#[derive(Template)]
#[template(path = "parity.html")]
pub(super) struct Page<'a> {
    view: &'a ParityView,
    verdict: Verdict,
    size: String,
    read_at: &'a str,
    statuses: BTreeSet<Status>,
    groups: BTreeSet<&'a str>,
    rows: Vec<Row<'a>>,
    steps: Vec<Step<'a>>,
}

struct Verdict {
    tone: Tone,
    text: String,
}

struct Row<'a> {
    login: &'a LoginView,
    groups: String,
}

struct Step<'a> {
    tone: Tone,
    who: &'static str,
    remedy: &'a str,
    logins: String,
    locations: String,
}

impl<'a> Page<'a> {
    /// The page of a report.
    pub(super) fn of(view: &'a ParityView) -> Self {
        let groups = view.logins.iter().flat_map(|login| &login.groups);
        let cells = view.logins.iter().flat_map(|login| &login.at);
        Self {
            verdict: Verdict::of(view),
            size: format!(
                "{} and {}",
                counted(view.logins.len(), "login"),
                counted(view.locations.len(), "location")
            ),
            read_at: &view.read_at,
            statuses: cells.map(|cell| cell.status).collect(),
            groups: groups.map(String::as_str).collect(),
            rows: view.logins.iter().map(Row::of).collect(),
            steps: view.remedies.iter().map(Step::of).collect(),
            view,
        }
    }
}

impl Verdict {
    fn of(view: &ParityView) -> Self {
        let (bad, unknown) = (view.count(Tone::Bad), view.count(Tone::Unknown));
        let waiting = view.count(Tone::Waiting);
        let (tone, text) = if bad > 0 {
            (Tone::Bad, format!("{} will fail somewhere", counted(bad, "login")))
        } else if unknown > 0 {
            (Tone::Unknown, format!("{} with an unknown status", counted(unknown, "login")))
        } else if waiting > 0 {
            (Tone::Waiting, format!("{} to be created somewhere", counted(waiting, "login")))
        } else if view.has_findings() {
            (Tone::Bad, "There are findings".to_owned())
        } else {
            (Tone::Good, "Every login exists where it is needed".to_owned())
        };
        Self { tone, text }
    }
}

impl<'a> Row<'a> {
    fn of(login: &'a LoginView) -> Self {
        // The script of the page parses it. The template escapes it as an attribute.
        let groups = serde_json::Value::from(login.groups.as_slice()).to_string();
        Self { login, groups }
    }
}

impl<'a> Step<'a> {
    fn of(step: &'a crate::view::StepView) -> Self {
        let (tone, who) = match step.actor {
            Actor::System => (Tone::Good, "automatic"),
            Actor::Person => (Tone::Waiting, "manual"),
        };
        Self {
            tone,
            who,
            remedy: &step.remedy,
            logins: step.logins.join(", "),
            locations: step.locations.join(", "),
        }
    }
}
