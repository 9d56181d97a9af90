use serde::de::IgnoredAny;

use super::{NOTHING, Read, Stopped, Tokens};

impl Tokens<'_> {
    /// Reads a value that is not kept, and may nest as deep as this.
    #[inline]
    pub(crate) fn pass(&mut self, depth: usize) -> Read<()> {
        match self.peek() {
            b'"' => self.pass_text(),
            b'0'..=b'9' | b'-' => self.pass_number(),
            _ => self.pass_other(depth),
        }
    }

    fn pass_other(&mut self, depth: usize) -> Read<()> {
        match self.peek() {
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            b'{' => {
                let below = depth.checked_sub(1).ok_or(Stopped::Unexpected)?;
                self.sequence(b'{', b'}', |tokens| {
                    tokens.pass_text()?;
                    tokens.take(b':')?;
                    tokens.pass(below)
                })
            }
            b'[' => {
                let below = depth.checked_sub(1).ok_or(Stopped::Unexpected)?;
                self.items(|tokens| tokens.pass(below))
            }
            _ => Err(self.stopped()),
        }
    }

    #[inline]
    fn pass_text(&mut self) -> Read<()> {
        let start = self.plain_text()?;
        if self.here() != b'"' {
            return self.escaped(start).map(|_: IgnoredAny| ());
        }
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn pass_number(&mut self) -> Read<()> {
        let start = self.at;
        self.at += plain_digits(self.rest());
        match self.here() {
            byte if is_of_number(byte) => self.odd_number(start),
            // The number may continue.
            NOTHING => Err(self.stopped()),
            _ => Ok(()),
        }
    }

    #[cold]
    fn odd_number(&mut self, start: usize) -> Read<()> {
        self.at += self.rest().iter().take_while(|byte| is_of_number(**byte)).count();
        match self.here() {
            NOTHING => Err(self.stopped()),
            _ => self.left_to_serde(start).map(|_: IgnoredAny| ()),
        }
    }
}

/// How many bytes an integer takes that begins there: none where there is no digit, or a zero before
/// others.
#[inline]
fn plain_digits(bytes: &[u8]) -> usize {
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let digits = bytes.iter().skip(sign).take_while(|byte| byte.is_ascii_digit()).count();
    match (digits, bytes.get(sign)) {
        (0, _) | (2.., Some(b'0')) => 0,
        _ => sign + digits,
    }
}

fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')
}
