//! The product's answer.

use project_deployer_core::accounts::RemappingRule;
use project_deployer_ldap::remapping::LoginRemapping;

use crate::generator::Triple;

pub(crate) enum Answer {
    Result(String),
    /// The rule is refused, or has no result for the login.
    Refused,
}

pub(crate) fn answer(triple: &Triple) -> Answer {
    let rule = RemappingRule::new(&triple.pattern, &triple.replacement);
    let result = LoginRemapping::compile(&[rule]).and_then(|rules| rules.apply(&triple.login));
    result.map_or(Answer::Refused, Answer::Result)
}
