//! Lines of LDIF, without comments and with folded lines joined.

use super::{LdifError, LdifFault};

/// A logical line, and the number of its first line.
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) bytes: Vec<u8>,
}

pub(super) fn lines(text: &[u8]) -> Result<Vec<Line>, LdifError> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut lines: Vec<Line> = Vec::new();
    // What a continuation line continues: a line, a comment, or nothing.
    let mut last = Last::Nothing;
    for (index, raw) in text.split(|byte| *byte == b'\n').enumerate() {
        let number = index + 1;
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        match (raw.first(), last) {
            (Some(b' '), Last::Comment) => {}
            (Some(b' '), Last::Line) => {
                if let Some(line) = lines.last_mut() {
                    line.bytes.extend_from_slice(raw.get(1..).unwrap_or_default());
                }
            }
            (Some(b' '), Last::Nothing) => {
                return Err(LdifError { line: number, fault: LdifFault::NothingToContinue });
            }
            (Some(b'#'), _) => last = Last::Comment,
            (None, _) => {
                lines.push(Line { number, bytes: Vec::new() });
                last = Last::Nothing;
            }
            (Some(_), _) => {
                lines.push(Line { number, bytes: raw.to_vec() });
                last = Last::Line;
            }
        }
    }
    Ok(lines)
}

#[derive(Clone, Copy)]
enum Last {
    Line,
    Comment,
    Nothing,
}
