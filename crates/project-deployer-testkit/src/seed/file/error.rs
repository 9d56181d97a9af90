use std::fmt;
use std::path::PathBuf;

/// Why a seed file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SeedFileError {
    /// It cannot be read.
    #[error("the seed `{}` cannot be read; name a text file that is there and may be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// It is not JSON.
    #[error("the seed `{}` is not JSON; fix it where the reason says", path.display())]
    NotJson {
        /// The file.
        path: PathBuf,
        /// What and where.
        #[source]
        source: serde_json::Error,
    },
    /// Fields are not as they should be.
    #[error("the seed cannot be used; fix these fields:{}", lines(problems))]
    Wrong {
        /// All of them, in the order in which they were looked at.
        problems: Vec<SeedProblem>,
    },
}

/// A field of a seed file that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeedProblem {
    /// The file.
    pub path: PathBuf,
    /// The field, such as `users[0].groups`; empty for the whole file.
    pub field: String,
    /// What is wrong, and what to write.
    pub reason: String,
}

impl fmt::Display for SeedProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.path.display())?;
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.reason)
    }
}

fn lines(problems: &[SeedProblem]) -> String {
    problems.iter().map(|problem| format!("\n  {problem}")).collect()
}
