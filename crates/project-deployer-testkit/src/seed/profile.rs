/// A major release of the product, as far as public material distinguishes releases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Profile {
    /// 12: global keys are returned in clear text, imported bundles cannot be deleted, and there are no test
    /// scenarios.
    V12,
    /// 13: keys may be stored hashed (13.1), imported bundles can be deleted (13.5), and there are test
    /// scenarios (13.3).
    V13,
    /// 14: bundles have release notes and Project Standards checks (14.1).
    V14,
    /// 15: creation from a bundle fails on missing users and groups, where it ignored them before.
    #[default]
    V15,
}

impl Profile {
    /// The release that a node of this profile reports.
    #[must_use]
    pub fn version(self) -> &'static str {
        match self {
            Self::V12 => "12.6.0",
            Self::V13 => "13.5.3",
            Self::V14 => "14.2.2",
            Self::V15 => "15.2.0",
        }
    }
}
