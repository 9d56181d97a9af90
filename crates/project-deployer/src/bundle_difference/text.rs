use std::fmt;

use super::{BundleDifference, FieldDifference, ItemChange, PartDifference};

impl fmt::Display for BundleDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return write!(f, "bundles `{}` and `{}` have the same content", self.from, self.to);
        }
        write!(f, "bundle `{}` compared with `{}`:", self.to, self.from)?;
        self.parts.iter().try_for_each(|part| write!(f, "\n{part}"))
    }
}

impl fmt::Display for PartDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [(self.added, "added"), (self.removed, "removed"), (self.changed, "changed")];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        let counts: Vec<_> = counts.map(|(count, word)| format!("{count} {word}")).collect();
        write!(f, "{}: {}", self.part, counts.join(", "))?;
        for item in &self.items {
            let mark = match item.change {
                ItemChange::Added => '+',
                ItemChange::Removed => '-',
                ItemChange::Changed => '~',
            };
            write!(f, "\n  {mark} {}", printable(&item.name))?;
            let fields: Vec<_> = item.fields.iter().map(ToString::to_string).collect();
            if !fields.is_empty() {
                write!(f, " ({})", fields.join("; "))?;
            }
        }
        match self.more() {
            0 => Ok(()),
            more => write!(f, "\n  … and {more} more"),
        }
    }
}

impl fmt::Display for FieldDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<String>| value.as_deref().map_or("(none)".into(), printable);
        match (&self.from, &self.to) {
            (None, None) => f.write_str(&self.field),
            (from, to) => write!(f, "{}: {} -> {}", self.field, shown(from), shown(to)),
        }
    }
}

/// Texts of a bundle are untrusted: a control character could change a terminal.
fn printable(text: &str) -> String {
    let shown = |one: char| if one.is_control() { char::REPLACEMENT_CHARACTER } else { one };
    text.chars().map(shown).collect()
}
