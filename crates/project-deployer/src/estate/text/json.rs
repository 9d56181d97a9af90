use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Kind, Lines, Located, MAX_DEPTH, Position, malformed, too_deep};
use crate::estate::problem::EstateProblem;

/// Reads JSON. Each value is read from its own piece of the text, so that its place is known.
pub(super) fn read(text: &str) -> Result<Located, EstateProblem> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| {
        let at = Position { line: error.line() as u64, column: error.column() as u64 };
        malformed("JSON", Some(at))
    })?;
    Pieces { start: text.as_ptr() as usize, lines: Lines::of(text) }.located(raw, MAX_DEPTH)
}

struct Pieces {
    /// Where the text is in memory.
    start: usize,
    lines: Lines,
}

impl Pieces {
    fn located(&self, raw: &RawValue, left: usize) -> Result<Located, EstateProblem> {
        let text = raw.get();
        let at = self.lines.position((text.as_ptr() as usize).saturating_sub(self.start));
        let Some(left) = left.checked_sub(1) else { return Err(too_deep(Some(at))) };
        let broken = |_| malformed("JSON", Some(at));
        let kind = match text.as_bytes().first() {
            Some(b'{') => {
                let Pairs(pairs) = serde_json::from_str(text).map_err(broken)?;
                let read = |(name, raw)| Ok((name, self.located(raw, left)?));
                Kind::Fields(pairs.into_iter().map(read).collect::<Result<_, _>>()?)
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text).map_err(broken)?;
                let read = |raw| self.located(raw, left);
                Kind::List(items.into_iter().map(read).collect::<Result<_, _>>()?)
            }
            Some(b'"') => Kind::Text(serde_json::from_str(text).map_err(broken)?),
            Some(b't' | b'f') => Kind::Flag(serde_json::from_str(text).map_err(broken)?),
            Some(b'n') => Kind::Null,
            _ => Kind::Number(serde_json::from_str(text).map_err(broken)?),
        };
        Ok(Located { kind, at: Some(at) })
    }
}

/// The fields of an object in order. One that stands twice stays twice.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_map(InOrder).map(Pairs)
    }
}
