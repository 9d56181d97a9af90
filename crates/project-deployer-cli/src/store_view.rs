//! Results about the stored state of a Deployer, as the command shows them.

use project_deployer::state_admin::State;
use project_deployer::{Clock as _, SystemClock};
use serde::Serialize;

use crate::output::{SCHEMA_VERSION, SheetPage, Shown, aligned};
use crate::status::Tone;

/// The result of an action on a state, with where and when.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoreView<R> {
    schema_version: u32,
    /// When.
    read_at: String,
    /// Which action.
    command: &'static str,
    /// The URL of the state.
    store: String,
    #[serde(flatten)]
    pub(crate) result: R,
}

/// What an action on a state found or did.
pub(crate) trait StoreResult: Serialize {
    /// The title of its page.
    const TITLE: &'static str;

    /// The names of the columns.
    fn head(&self) -> &'static [&'static str];

    /// The rows of a sheet.
    fn rows(&self) -> Vec<Vec<String>>;

    /// The text for a terminal, before the verdict.
    fn text(&self) -> String {
        aligned(&self.rows())
    }

    /// The result in one sentence.
    fn verdict(&self, command: &str, store: &str) -> (Tone, String);
}

impl<R: StoreResult> StoreView<R> {
    /// The result of an action just now.
    pub(crate) fn now(command: &'static str, state: &State, result: R) -> Self {
        let (read_at, store) = (SystemClock.now().to_string(), state.name().to_owned());
        Self { schema_version: SCHEMA_VERSION, read_at, command, store, result }
    }

    fn verdict(&self) -> (Tone, String) {
        self.result.verdict(self.command, &self.store)
    }
}

impl<R: StoreResult> Shown for StoreView<R> {
    fn table(&self) -> String {
        let (_, verdict) = self.verdict();
        format!("{}{verdict}\n", self.result.text())
    }

    fn sheet(&self) -> Vec<Vec<String>> {
        let head = self.result.head().iter().map(|name| (*name).to_owned()).collect();
        std::iter::once(head).chain(self.result.rows()).collect()
    }

    fn page(&self) -> Result<String, askama::Error> {
        SheetPage::render_of(R::TITLE, &self.read_at, self.verdict(), &self.sheet())
    }
}
