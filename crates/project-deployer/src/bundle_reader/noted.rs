use project_deployer_core::problem::{ProblemCode, Problems};

use super::error::{BundleError, shown};

/// So many problems of one document are kept; the others are counted.
const KEPT: usize = 100;

/// What is wrong with one document, as far as anybody reads on.
#[derive(Default)]
pub(super) struct Noted {
    problems: Problems,
    kept: usize,
    more: usize,
}

impl Noted {
    /// Notes a problem. The path is made for those only that are kept.
    pub(super) fn note(&mut self, path: &str, code: ProblemCode, what: &str) {
        if self.kept == KEPT {
            self.more += 1;
            return;
        }
        self.kept += 1;
        self.problems.note(path, code, what, "write it as the design node does");
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kept == 0
    }

    /// The error of the document that has these problems.
    pub(super) fn into_error(self, entry: &str) -> BundleError {
        BundleError::Document { entry: shown(entry), problems: self.problems, more: self.more }
    }
}
