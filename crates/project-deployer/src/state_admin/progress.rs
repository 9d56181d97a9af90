use std::fmt;

/// Where an operation reports what it does.
#[derive(Clone, Copy)]
pub struct Progress<'a>(Option<&'a (dyn Fn(&str) + Send + Sync)>);

impl<'a> Progress<'a> {
    /// Calls a function with each message.
    #[must_use]
    pub fn to(report: &'a (dyn Fn(&str) + Send + Sync)) -> Self {
        Self(Some(report))
    }

    /// Reports nothing.
    #[must_use]
    pub fn silent() -> Self {
        Self(None)
    }

    pub(super) fn report(self, what: impl fmt::Display) {
        if let Some(report) = self.0 {
            report(&what.to_string());
        }
    }
}

impl fmt::Debug for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Progress").field(&self.0.is_some()).finish()
    }
}
