use project_deployer_core::problem::{ProblemCode, Problems};

use super::error::{BundleError, shown};

/// The number of problems that are kept per document; the others are counted.
const KEPT: usize = 100;

/// The problems of one document.
#[derive(Default)]
pub(super) struct Noted {
    problems: Problems,
    kept: usize,
    more: usize,
}

impl Noted {
    /// Notes a problem. The path is built only for problems that are kept.
    pub(super) fn note(&mut self, path: &str, code: ProblemCode, what: &str) {
        if self.kept == KEPT {
            self.more += 1;
            return;
        }
        self.kept += 1;
        self.problems.note(path, code, what, "use the format of the design node");
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kept == 0
    }

    /// The error for the document with these problems.
    pub(super) fn into_error(self, entry: &str) -> BundleError {
        BundleError::Document { entry: shown(entry), problems: self.problems, more: self.more }
    }
}
