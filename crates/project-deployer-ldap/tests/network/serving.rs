//! A server for a `MemoryDirectory`: it decodes requests to typed searches and encodes answers page by page.
//! On request it sends values in ranges as Active Directory does.

use std::collections::HashMap;

use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{
    LdapFilter, LdapMsg, LdapOp, LdapPartialAttribute, LdapResultCode, LdapSearchRequest,
    LdapSearchResultEntry, LdapSearchScope,
};
use project_deployer_ldap::filter::{Comparison, ExtensibleMatch, MatchingRule};
use project_deployer_ldap::{
    AttributeName, AttributeValue, Completeness, Directory, DirectoryError, Dn, Entry, Filter,
    MemoryDirectory, Scope,
};

use crate::server::{FakeServer, Line, cookie, done};

/// The behaviour of a server.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manner {
    /// It ignores the request for pages.
    pub(crate) without_pages: bool,
    /// The number of values of a range.
    pub(crate) values: Option<usize>,
}

pub(crate) async fn serve(directory: MemoryDirectory, manner: Manner) -> FakeServer {
    FakeServer::start(move |line| serve_line(line, directory.clone(), manner)).await
}

pub(crate) async fn serve_line(mut line: Line, directory: MemoryDirectory, manner: Manner) {
    line.bind().await;
    let mut open: HashMap<Vec<u8>, Vec<Entry>> = HashMap::new();
    while let Some(LdapMsg { msgid, op: LdapOp::SearchRequest(request), ctrl }) =
        line.request().await
    {
        let paging = ctrl.into_iter().find_map(|control| match control {
            LdapControl::SimplePagedResults { size, cookie } if !manner.without_pages => {
                Some((usize::try_from(size).unwrap(), cookie))
            }
            _ => None,
        });
        let resumed = paging.as_ref().and_then(|(_, cookie)| open.remove(cookie));
        let mut entries = match resumed {
            Some(entries) => entries,
            None => match found(&directory, &request).await {
                Ok(entries) => entries,
                Err(code) => {
                    line.say(msgid, done(code)).await;
                    continue;
                }
            },
        };
        let page = paging.as_ref().map_or(usize::MAX, |(size, _)| *size);
        let rest = entries.split_off(page.min(entries.len()));
        for entry in &entries {
            line.say(msgid, encoded(entry, &request.attrs, manner.values)).await;
        }
        let controls = match paging {
            None => vec![],
            Some(_) if rest.is_empty() => cookie(b""),
            Some(_) => {
                let name = rest.len().to_string().into_bytes();
                open.insert(name.clone(), rest);
                cookie(&name)
            }
        };
        line.say_with(msgid, done(LdapResultCode::Success), controls).await;
    }
}

async fn found(
    directory: &MemoryDirectory,
    request: &LdapSearchRequest,
) -> Result<Vec<Entry>, LdapResultCode> {
    let base = Dn::parse(&request.base).map_err(|_| LdapResultCode::InvalidDNSyntax)?;
    let scope = match request.scope {
        LdapSearchScope::Base => Scope::Base,
        LdapSearchScope::OneLevel => Scope::OneLevel,
        LdapSearchScope::Subtree => Scope::Subtree,
        LdapSearchScope::Children => return Err(LdapResultCode::ProtocolError),
    };
    let names: Vec<AttributeName> =
        request.attrs.iter().map(|name| name_of(name.split(";range=").next().unwrap())).collect();
    let answer = directory.search(&base, scope, &typed(&request.filter), &names).await;
    match answer {
        Ok(found) if found.completeness == Completeness::Complete => Ok(found.entries),
        Ok(_) => Err(LdapResultCode::SizeLimitExceeded),
        Err(DirectoryError::NoSuchBase { .. }) => Err(LdapResultCode::NoSuchObject),
        Err(_) => Err(LdapResultCode::Other),
    }
}

fn encoded(entry: &Entry, asked: &[String], limit: Option<usize>) -> LdapOp {
    let mut attributes = Vec::new();
    for (name, values) in entry.attributes() {
        let wanted = format!("{};range=", name.as_str().to_lowercase());
        let asked = asked.iter().map(|asked| asked.to_lowercase());
        let first =
            asked.filter_map(|asked| asked.strip_prefix(&wanted)?.split_once('-')?.0.parse().ok());
        attributes.extend(parts(name.as_str(), values, { first }.next().unwrap_or(0), limit));
    }
    LdapOp::SearchResultEntry(LdapSearchResultEntry { dn: entry.dn.to_string(), attributes })
}

/// The plain attribute; or, with too many values, the plain attribute without values, and a range.
fn parts(
    name: &str,
    values: &[AttributeValue],
    first: usize,
    limit: Option<usize>,
) -> Vec<LdapPartialAttribute> {
    let bytes =
        |values: &[AttributeValue]| values.iter().map(|value| value.as_bytes().to_vec()).collect();
    let plain = |vals| LdapPartialAttribute { atype: name.to_owned(), vals };
    let limit = limit.unwrap_or(usize::MAX);
    if first == 0 && values.len() <= limit {
        return vec![plain(bytes(values))];
    }
    let end = first.saturating_add(limit).min(values.len());
    let last = if end == values.len() { "*".to_owned() } else { (end - 1).to_string() };
    let atype = format!("{name};range={first}-{last}");
    let ranged = LdapPartialAttribute { atype, vals: bytes(&values[first.min(end)..end]) };
    vec![plain(vec![]), ranged]
}

fn name_of(text: &str) -> AttributeName {
    AttributeName::parse(text).unwrap()
}

/// The filter of a request.
pub(crate) fn typed(filter: &LdapFilter) -> Filter {
    let compare = |name: &str, comparison, value: &str| Filter::Compare {
        attribute: name_of(name),
        comparison,
        value: AttributeValue::from(value),
    };
    let value = |text: &String| AttributeValue::from(text.as_str());
    match filter {
        LdapFilter::And(parts) => Filter::And(parts.iter().map(typed).collect()),
        LdapFilter::Or(parts) => Filter::Or(parts.iter().map(typed).collect()),
        LdapFilter::Not(part) => Filter::Not(Box::new(typed(part))),
        LdapFilter::Equality(name, value) => compare(name, Comparison::Equal, value),
        LdapFilter::GreaterOrEqual(name, value) => compare(name, Comparison::AtLeast, value),
        LdapFilter::LessOrEqual(name, value) => compare(name, Comparison::AtMost, value),
        LdapFilter::Approx(name, value) => compare(name, Comparison::Approximate, value),
        LdapFilter::Present(name) => Filter::Present(name_of(name)),
        LdapFilter::Substring(name, parts) => Filter::Substrings {
            attribute: name_of(name),
            initial: parts.initial.as_ref().map(value),
            any: parts.any.iter().map(value).collect(),
            last: parts.final_.as_ref().map(value),
        },
        LdapFilter::Extensible(matching) => Filter::Extensible(ExtensibleMatch {
            attribute: matching.type_.as_deref().map(name_of),
            dn_parts: matching.dn_attributes,
            rule: matching.matching_rule.as_deref().map(|rule| MatchingRule::parse(rule).unwrap()),
            value: value(&matching.match_value),
        }),
    }
}
