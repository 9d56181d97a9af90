use project_deployer_ldap::Dn;

use crate::shown::assert_fit_to_show;

/// A name is written as what it was read as, and stands where its parts say.
pub fn dn(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let name = match Dn::parse(&text) {
        Ok(name) => name,
        Err(error) => return assert_fit_to_show(&error, 1_000),
    };
    let written = name.to_string();
    // What is escaped takes three times as much.
    if let Some(again) = (written.len() <= 10_000).then(|| Dn::parse(&written).unwrap()) {
        assert_eq!(again, name);
        assert_eq!(again.depth(), name.depth());
        assert_eq!(again.to_string(), written);
    }
    assert!(name.is_within(&name) && name.is_within(&Dn::root()));
    if let (Some(parent), Some(step)) = (name.parent(), name.leading()) {
        assert_eq!(parent.depth() + 1, name.depth());
        assert!(name.is_within(&parent) && !parent.is_within(&name));
        assert_eq!(parent.child(step.clone()), name);
    } else {
        assert_eq!(name, Dn::root());
    }
}
