use super::{Read, Tokens};

/// Where the names of the fields of an object stand, each up to its colon, and what the fields are. Objects
/// of a list mostly have the same fields in the same order: what comes next need not be looked for then,
/// only compared. The text must stay the same meanwhile.
#[derive(Debug)]
pub struct Names<T>(Vec<(usize, usize, T)>);

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl Tokens<'_> {
    /// Reads an object of a list: hands on what each field is by its name, and its value must then be read.
    /// The object before must stand in the same text.
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

    /// Passes what is the same as from `start` to `end`.
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
