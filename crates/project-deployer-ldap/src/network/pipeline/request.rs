//! Writes requests (RFC 4511, 4.2 and 4.5.1). Values are data: nothing in them is read as syntax (R12).

use super::Asked;
use crate::attribute::{AttributeName, AttributeValue};
use crate::directory::Scope;
use crate::filter::{Comparison, Filter};
use crate::network::ber::tag;

const BIND: u8 = 0x60;
const SEARCH: u8 = 0x63;
const SIMPLE: u8 = 0x80;

/// The rest of a search: aliases are not followed, this client has its own limits, and values are wanted.
const OPTIONS: &[u8] = b"\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00";

/// A simple bind with this name and password.
pub(super) fn bind(name: &str, password: &str) -> Vec<u8> {
    let mut content = vec![tag::INTEGER, 1, 3];
    put(&mut content, tag::OCTETS, name.as_bytes());
    put(&mut content, SIMPLE, password.as_bytes());
    element(BIND, &content)
}

/// A search.
pub(super) fn search(asked: Asked<'_>) -> Vec<u8> {
    let mut content = Vec::with_capacity(512);
    put(&mut content, tag::OCTETS, asked.base.to_string().as_bytes());
    let scope = match asked.scope {
        Scope::Base => 0,
        Scope::OneLevel => 1,
        Scope::Subtree => 2,
    };
    put(&mut content, tag::ENUMERATED, &[scope]);
    content.extend_from_slice(OPTIONS);
    content.extend(filter(asked.filter));
    let mut names = Vec::new();
    asked.attributes.iter().for_each(|name| put_name(&mut names, tag::OCTETS, name));
    put(&mut content, tag::SEQUENCE, &names);
    element(SEARCH, &content)
}

/// A message with this id.
pub(super) fn put_message(into: &mut Vec<u8>, id: u32, operation: &[u8]) {
    let mut content = Vec::with_capacity(operation.len() + 6);
    // Ids stay below the sign bit.
    put(&mut content, tag::INTEGER, &id.to_be_bytes());
    content.extend_from_slice(operation);
    put(into, tag::SEQUENCE, &content);
}

pub(super) fn filter(filter: &Filter) -> Vec<u8> {
    let list = |parts: &[Filter]| -> Vec<u8> { parts.iter().flat_map(self::filter).collect() };
    match filter {
        Filter::And(parts) => element(0xa0, &list(parts)),
        Filter::Or(parts) => element(0xa1, &list(parts)),
        Filter::Not(part) => element(0xa2, &self::filter(part)),
        Filter::Present(attribute) => element(0x87, attribute.as_str().as_bytes()),
        Filter::Compare { attribute, comparison, value } => {
            let kind = match comparison {
                Comparison::Equal => 0xa3,
                Comparison::AtLeast => 0xa5,
                Comparison::AtMost => 0xa6,
                Comparison::Approximate => 0xa8,
            };
            let mut content = Vec::new();
            put_name(&mut content, tag::OCTETS, attribute);
            put_value(&mut content, tag::OCTETS, value);
            element(kind, &content)
        }
        Filter::Substrings { attribute, initial, any, last } => {
            let mut parts = Vec::new();
            initial.iter().for_each(|value| put_value(&mut parts, 0x80, value));
            any.iter().for_each(|value| put_value(&mut parts, 0x81, value));
            last.iter().for_each(|value| put_value(&mut parts, 0x82, value));
            let mut content = Vec::new();
            put_name(&mut content, tag::OCTETS, attribute);
            put(&mut content, tag::SEQUENCE, &parts);
            element(0xa4, &content)
        }
        Filter::Extensible(matching) => {
            let mut content = Vec::new();
            let rule = matching.rule.iter();
            rule.for_each(|rule| put(&mut content, 0x81, rule.as_str().as_bytes()));
            matching.attribute.iter().for_each(|name| put_name(&mut content, 0x82, name));
            put_value(&mut content, 0x83, &matching.value);
            if matching.dn_parts {
                put(&mut content, 0x84, &[0xff]);
            }
            element(0xa9, &content)
        }
    }
}

fn put_name(into: &mut Vec<u8>, tag: u8, name: &AttributeName) {
    put(into, tag, name.as_str().as_bytes());
}

fn put_value(into: &mut Vec<u8>, tag: u8, value: &AttributeValue) {
    put(into, tag, value.as_bytes());
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(content.len() + 6);
    put(&mut bytes, tag, content);
    bytes
}

fn put(into: &mut Vec<u8>, tag: u8, content: &[u8]) {
    into.push(tag);
    match u8::try_from(content.len()) {
        Ok(short @ 0..0x80) => into.push(short),
        _ => {
            let length = content.len().to_be_bytes();
            let used = length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1);
            let length = length.get(used..).unwrap_or_default();
            into.push(0x80 | u8::try_from(length.len()).unwrap_or_default());
            into.extend_from_slice(length);
        }
    }
    into.extend_from_slice(content);
}
