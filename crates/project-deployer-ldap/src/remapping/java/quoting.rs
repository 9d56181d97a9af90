//! `\Q` and `\E`, which Java replaces by escapes before it reads the pattern.

/// A character of the pattern and its place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Symbol {
    pub(super) code: char,
    pub(super) at: usize,
}

/// The pattern without quotations. In a quotation, letters and everything beyond ASCII stand for themselves;
/// a leading digit becomes an escape, so that it does not continue an escape before the quotation.
pub(super) fn without_quotations(pattern: &str) -> Vec<Symbol> {
    let text: Vec<char> = pattern.chars().collect();
    let mut symbols = Vec::with_capacity(text.len());
    let mut quoted = false;
    let mut first = false;
    let mut at = 0;
    while let Some(&code) = text.get(at) {
        let next = text.get(at + 1).copied();
        let mut push = |code| symbols.push(Symbol { code, at });
        let mut width = 1;
        match (code, next) {
            ('\\', Some('E')) if quoted => {
                quoted = false;
                width = 2;
            }
            ('\\', Some('Q')) if !quoted => {
                quoted = true;
                first = true;
                at += 2;
                continue;
            }
            ('\\', Some(escaped)) if !quoted => {
                push(code);
                push(escaped);
                width = 2;
            }
            _ if !quoted || !code.is_ascii() || code.is_ascii_alphabetic() => push(code),
            _ if code.is_ascii_digit() => {
                if first {
                    ['\\', 'x', '3'].into_iter().for_each(&mut push);
                }
                push(code);
            }
            _ => {
                push('\\');
                push(code);
            }
        }
        first = false;
        at += width;
    }
    symbols
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unquoted(pattern: &str) -> String {
        without_quotations(pattern).into_iter().map(|symbol| symbol.code).collect()
    }

    #[test]
    fn a_quotation_becomes_escapes() {
        for (pattern, read) in [
            (r"\Qa.b\Ec+", r"a\.bc+"),
            (r"^\QCORP\\E", r"^CORP\\"),
            (r"\Q1\E2", r"\x312"),
            (r"\Qa1", "a1"),
            (r"\\Q.", r"\\Q."),
            (r"a\", r"a\"),
            (r"\Q\Q\E", r"\\Q"),
        ] {
            assert_eq!(unquoted(pattern), read, "{pattern}");
        }
    }
}
