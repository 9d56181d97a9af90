use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_saphyr::{Location, Spanned};

use super::{Kind, Located, Position, malformed, within_depth};
use crate::estate::problem::EstateProblem;

/// Reads YAML. Its parser refuses a key that stands twice, and bounds nesting and aliases.
///
/// As in YAML 1.2, only `true` and `false` are flags: a group `no` and a node `y` are texts, as editors show them.
pub(super) fn read(text: &str) -> Result<Located, EstateProblem> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        underscored_numbers_as_strings: true,
        leading_zero_numbers_as_strings: true,
    };
    let read: Result<Spanned<Node>, _> = serde_saphyr::from_str_with_options(text, options);
    let node = read.map_err(|error| malformed("YAML", error.location().and_then(position)))?;
    within_depth(located(node))
}

fn position(at: Location) -> Option<Position> {
    (at.line() > 0).then(|| Position { line: at.line(), column: at.column() })
}

fn located(node: Spanned<Node>) -> Located {
    Located { at: position(node.referenced), kind: node.value.0 }
}

struct Node(Kind);

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyNode).map(Node)
    }
}

struct AnyNode;

impl<'de> Visitor<'de> for AnyNode {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Kind, D::Error> {
        Node::deserialize(deserializer).map(|node| node.0)
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Kind, E> {
        Ok(Kind::Flag(flag))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Kind, E> {
        Ok(Kind::Number(number.into()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Kind, E> {
        Ok(Kind::Number(number.into()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Kind, E> {
        let kept = Number::from_f64(number).map(Kind::Number);
        Ok(kept.unwrap_or_else(|| Kind::Text(number.to_string())))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Kind, E> {
        Ok(Kind::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Kind, A::Error> {
        let mut read = Vec::new();
        while let Some(item) = items.next_element()? {
            read.push(located(item));
        }
        Ok(Kind::List(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Kind, A::Error> {
        let mut read = Vec::new();
        while let Some((name, value)) = fields.next_entry()? {
            read.push((name, located(value)));
        }
        Ok(Kind::Fields(read))
    }
}
