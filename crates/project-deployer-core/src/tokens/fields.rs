use super::{Read, Tokens};

/// The positions of the field names of an object, each up to its colon, and the kinds of the fields. Objects
/// of a list usually have the same fields in the same order: the reader then only compares the next name.
/// The text must stay the same meanwhile.
#[derive(Debug)]
pub struct Names<T>(Vec<(usize, usize, T)>);

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl Tokens<'_> {
    /// Reads an object of a list. Passes on the kind of each field by its name; the caller must then read its
    /// value. The previous object must be in the same text.
    #[inline]
    pub(crate) fn fields<T: Copy>(
        &mut self,
        before: &mut Names<T>,
        known: impl Fn(&str) -> T,
        mut field: impl FnMut(&mut Self, T) -> Read<()>,
    ) -> Read<()> {
        let mut number = 0;
        self.sequence(b'{', b'}', |tokens| {
            tokens.peek();
            let what = match before.0.get(number) {
                Some((start, end, what)) if tokens.pass_same(*start, *end) => *what,
                _ => {
                    let start = tokens.at;
                    let what = known(&tokens.text()?);
                    tokens.take(b':')?;
                    before.0.truncate(number);
                    before.0.push((start, tokens.at, what));
                    what
                }
            };
            number += 1;
            field(tokens, what)
        })
    }

    /// Skips a text that equals the one from `start` to `end`.
    #[inline]
    fn pass_same(&mut self, start: usize, end: usize) -> bool {
        let known = self.text.as_bytes().get(start..end);
        let same = known.is_some_and(|known| self.rest().starts_with(known));
        if same {
            self.at += end - start;
        }
        same
    }
}
