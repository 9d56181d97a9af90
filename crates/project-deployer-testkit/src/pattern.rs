/// Whether a path fits a pattern: `*` matches one segment, `**` at the end for all that follow.
///
/// Paths are compared as they were sent, without the API prefix: an id that was percent-encoded on
/// its way is percent-encoded in the pattern too.
pub(crate) fn fits(pattern: &str, path: &str) -> bool {
    let mut wanted = pattern.split('/').filter(|segment| !segment.is_empty());
    let mut given = path.split('/').filter(|segment| !segment.is_empty());
    loop {
        match (wanted.next(), given.next()) {
            (Some("**"), _) | (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_is_one_segment_and_two_are_the_rest() {
        assert!(fits("/projects/*/bundles/imported", "/projects/CHURN/bundles/imported"));
        assert!(!fits("/projects/*", "/projects/CHURN/bundles"));
        assert!(!fits("/projects/*", "/projects"));
        assert!(fits("/projects/**", "/projects/CHURN/bundles"));
        assert!(fits("**", "/instance-info"));
        assert!(!fits("/projects", "/projects/CHURN"));
    }
}
