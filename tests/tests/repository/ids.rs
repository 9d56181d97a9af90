//! What is an id of a fact, and what only looks like one.
//!
//! - `R-P2`: a rule, wherever it stands.
//! - `D7`, `R16`: a feature (A to L) or a promise (R), with one or two digits. It stands free: after a
//!   blank or an opening bracket, before a blank, a closing bracket or a mark of punctuation.
//! - `wire-facts 2.4`, `wire-facts 2.1, row 3`, `wire-facts 8.2, item 7`: a section, or a part of it.
//!   Several sections follow with commas, "and" and "to".
//! - `product.md#quirks`: a section without a number.
//!
//! "X to Y" stands for all ids from X to Y.

mod sections;
#[cfg(test)]
mod tests;

pub(crate) use sections::sections;

/// Where an id stands in a text, and the anchor of its entry.
pub(crate) type Found = (usize, String);

/// Rules: `R-P2`.
pub(crate) fn rules(text: &str) -> Vec<Found> {
    let starts = text.match_indices("R-").map(|(at, _)| at);
    let rules = starts.filter(|at| !text[..*at].ends_with(is_part_of_word)).filter_map(|at| {
        let family = text[at + 2..].chars().next().filter(char::is_ascii_uppercase)?;
        let (number, end) = number_at(text, at + 3)?;
        let free = !text[end..].starts_with(is_part_of_word);
        free.then(|| Code { at, end, family: format!("R-{family}"), number })
    });
    with_ranges(text, &rules.collect::<Vec<_>>())
}

/// Features and promises: `D7`, `R16`. The text is prose, without code.
pub(crate) fn codes(text: &str) -> Vec<Found> {
    let letters = text.match_indices(|c: char| matches!(c, 'A'..='L' | 'R'));
    let codes = letters.filter_map(|(at, letter)| {
        let before = text[..at].chars().next_back();
        let opens = before.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '['));
        let (number, end) = number_at(text, at + 1).filter(|_| opens)?;
        stands_free(&text[end..]).then(|| Code { at, end, family: letter.to_owned(), number })
    });
    with_ranges(text, &codes.collect::<Vec<_>>())
}

/// Sections without a number: `product.md#quirks`.
pub(crate) fn pages(text: &str) -> Vec<Found> {
    let page = |(at, page): (usize, &str)| {
        // The target of a link is held against its page where links are.
        let before = text[..at].trim_end_matches(|c: char| is_part_of_word(c) || "./".contains(c));
        if before.ends_with("](") {
            return None;
        }
        let anchor = &text[at + page.len()..];
        let end = anchor.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '.');
        let anchor = anchor[..end.unwrap_or(anchor.len())].trim_end_matches('.');
        anchor.chars().all(|c| c.is_ascii_lowercase()).then(|| (at, anchor.to_owned()))
    };
    text.match_indices("product.md#").filter_map(page).collect()
}

struct Code {
    at: usize,
    end: usize,
    family: String,
    number: u32,
}

/// The codes, and those between the two of "X to Y".
fn with_ranges(text: &str, codes: &[Code]) -> Vec<Found> {
    let mut found = Vec::new();
    for (index, code) in codes.iter().enumerate() {
        let last = codes.get(index + 1).filter(|next| {
            next.family == code.family && text[code.end..next.at].trim_matches('`').trim() == "to"
        });
        // The last one is found by itself.
        let numbers = code.number..last.map_or(code.number + 1, |last| last.number);
        found.extend(numbers.map(|number| (code.at, format!("{}{number}", code.family))));
    }
    found
}

/// A number of one or two digits, without a zero before, and where it ends.
fn number_at(text: &str, at: usize) -> Option<(u32, usize)> {
    let digits = text[at..].bytes().take_while(u8::is_ascii_digit).count();
    let number = &text[at..at + digits];
    let fits = (1..=2).contains(&digits) && !number.starts_with('0');
    number.parse().ok().filter(|_| fits).map(|number| (number, at + digits))
}

fn is_part_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

/// Whether a word ends before this.
fn stands_free(rest: &str) -> bool {
    let mut rest = rest.chars();
    match rest.next() {
        None => true,
        Some('.' | ':' | ',' | ';') => !rest.next().is_some_and(is_part_of_word),
        Some(c) => c.is_whitespace() || matches!(c, ')' | ']' | '?' | '!'),
    }
}
