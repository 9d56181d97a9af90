use project_deployer_ldap::template::{FilterTemplate, TemplateKind};
use project_deployer_ldap::{Dn, Filter};

use super::filter::assert_survives;
use crate::shown::assert_fit_to_show;

/// R12: a template, a NUL, and what somebody typed. Whatever was typed, the filter has the form that it
/// has for anybody.
pub fn template(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (template, typed) = text.split_once('\0').unwrap_or((&text, "ann*)(uid=*"));
    for kind in [TemplateKind::User, TemplateKind::Group, TemplateKind::List] {
        match FilterTemplate::parse(template, kind) {
            Ok(template) => assert_same_form(&template, typed),
            Err(error) => assert_fit_to_show(&error, 1_000),
        }
    }
}

fn assert_same_form(template: &FilterTemplate, typed: &str) {
    let ann = Dn::parse("uid=ann,dc=test").unwrap();
    let name = Dn::parse(typed).unwrap_or_else(|_| ann.clone());
    let filled = template.fill(typed, &name);
    assert_eq!(form(&filled), form(&template.fill("ann", &ann)));
    // A part of a value that is empty is not written.
    if !typed.is_empty() && name != Dn::root() {
        assert_survives(&filled);
    }
}

/// The filter without its values.
fn form(filter: &Filter) -> String {
    let all = |sign: char, parts: &[Filter]| {
        format!("({sign}{})", parts.iter().map(form).collect::<String>())
    };
    match filter {
        Filter::And(parts) => all('&', parts),
        Filter::Or(parts) => all('|', parts),
        Filter::Not(part) => format!("(!{})", form(part)),
        Filter::Present(attribute) => format!("({attribute}=*)"),
        Filter::Compare { attribute, comparison, .. } => format!("({attribute}{comparison})"),
        Filter::Substrings { attribute, initial, any, last } => {
            let (initial, last) = (initial.is_some(), last.is_some());
            format!("({attribute} {initial} {} {last})", any.len())
        }
        Filter::Extensible(matching) => {
            format!("({:?} {} {:?})", matching.attribute, matching.dn_parts, matching.rule)
        }
    }
}
