/// Which calls something happens to.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    method: Option<String>,
    pattern: String,
}

impl Target {
    /// `*` is any method and one segment, `**` at the end of a path any number of them.
    pub(crate) fn new(method: &str, path: impl Into<String>) -> Self {
        let method = (method != "*").then(|| method.to_ascii_uppercase());
        Self { method, pattern: path.into() }
    }

    pub(crate) fn concerns(&self, method: &str, path: &str) -> bool {
        let fits_method = self.method.as_ref().is_none_or(|wanted| wanted == method);
        fits_method && crate::pattern::fits(&self.pattern, path)
    }
}

/// Every call.
impl Default for Target {
    fn default() -> Self {
        Self::new("*", "**")
    }
}
