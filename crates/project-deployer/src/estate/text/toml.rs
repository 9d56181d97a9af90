use serde_json::Number;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Kind, Lines, Located, Position, malformed, within_depth};
use crate::estate::problem::EstateProblem;

/// Reads TOML. Its parser refuses a key that stands twice.
pub(super) fn read(text: &str) -> Result<Located, EstateProblem> {
    let lines = Lines::of(text);
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map(|span| lines.position(span.start));
        malformed("TOML", at)
    })?;
    let at = lines.position(table.span().start);
    within_depth(Located { kind: fields(table.get_ref(), &lines), at: Some(at) })
}

fn fields(table: &DeTable<'_>, lines: &Lines) -> Kind {
    // The parser sorts keys.
    let mut named: Vec<_> = table.iter().collect();
    named.sort_by_key(|(name, _)| name.span().start);
    let located = |(name, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let name: &std::borrow::Cow<'_, str> = name.get_ref();
        (name.to_string(), located(value, lines))
    };
    Kind::Fields(named.into_iter().map(located).collect())
}

fn located(value: &Spanned<DeValue<'_>>, lines: &Lines) -> Located {
    let at: Position = lines.position(value.span().start);
    let kind = match value.get_ref() {
        DeValue::String(text) => Kind::Text(text.to_string()),
        DeValue::Integer(number) => {
            let parsed = i64::from_str_radix(number.as_str(), number.radix()).ok();
            parsed.map_or_else(|| Kind::Text(number.to_string()), |it| Kind::Number(it.into()))
        }
        DeValue::Float(number) => {
            let parsed = number.as_str().parse().ok().and_then(Number::from_f64);
            parsed.map_or_else(|| Kind::Text(number.to_string()), Kind::Number)
        }
        DeValue::Boolean(flag) => Kind::Flag(*flag),
        DeValue::Datetime(time) => Kind::Text(time.to_string()),
        DeValue::Array(items) => {
            Kind::List(items.iter().map(|it| self::located(it, lines)).collect())
        }
        DeValue::Table(table) => fields(table, lines),
    };
    Located { kind, at: Some(at) }
}
