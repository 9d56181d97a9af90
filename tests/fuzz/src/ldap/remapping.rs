use project_deployer_core::accounts::RemappingRule;
use project_deployer_ldap::remapping::LoginRemapping;

use crate::shown::assert_fit_to_show;

/// A pattern, its replacement, a login, with a NUL between them. Any rule comes to an end on any login,
/// and what it makes of it is no longer than a login can be.
pub fn remapping(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.split('\0').map(str::to_owned);
    let mut next = || parts.next().unwrap_or_default();
    let rule = RemappingRule::new(next(), next());
    let login = next();
    let remapping = match LoginRemapping::compile(std::slice::from_ref(&rule)) {
        Ok(remapping) => remapping,
        Err(error) => {
            assert_eq!(error.number(), 1);
            return assert_fit_to_show(&error, 6_000);
        }
    };
    match remapping.apply(&login) {
        Ok(result) => {
            assert!(result.len() <= login.len().max(1_000), "{} bytes", result.len());
            // The order of rules: a second one that does nothing changes nothing.
            let idle = RemappingRule::new("\\A(?!)", "");
            let both = LoginRemapping::compile(&[rule, idle]).unwrap();
            assert_eq!(both.apply(&login).unwrap(), result);
        }
        Err(error) => assert_fit_to_show(&error, 6_000),
    }
}
