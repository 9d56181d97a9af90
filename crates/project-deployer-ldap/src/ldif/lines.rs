//! Lines of LDIF, with folded lines joined. Comments are left out, except those that `ldapsearch` writes
//! for references.

use super::{LdifError, LdifFault};

/// What `ldapsearch -L` writes for a reference, without a colon.
pub(super) const REFERENCE: &[u8] = b"# ref";

/// A logical line, and the number of its first line.
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) bytes: Vec<u8>,
}

pub(super) fn lines(text: &[u8]) -> Result<Vec<Line>, LdifError> {
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
            (Some(b'#'), _) if !raw.starts_with(REFERENCE) => last = Last::Comment,
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
