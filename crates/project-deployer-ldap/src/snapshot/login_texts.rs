use super::entries::Texts;
use crate::texts::{NONE, SortKey, StrColumn, TextList, number, position, sort};

/// Logins: values of the directory, or the results of remapping.
#[derive(Debug, Clone)]
pub(crate) struct LoginTexts<'a> {
    texts: &'a Texts,
    /// For each login the number of a text of the directory, or, counted down from the end, of a remapped text.
    numbers: Vec<u32>,
    remapped: TextList,
}

impl<'a> LoginTexts<'a> {
    pub(super) fn new(texts: &'a Texts) -> Self {
        Self { texts, numbers: Vec::new(), remapped: TextList::default() }
    }

    /// An empty list for logins of the same directory.
    pub(super) fn emptied(&self) -> Self {
        Self::new(self.texts)
    }

    /// Adds the result of remapping a value.
    pub(super) fn push(&mut self, value: u32, login: &str) {
        if self.texts.bytes(value) == login.as_bytes() {
            return self.numbers.push(value);
        }
        self.numbers.push(NONE - number(self.remapped.len()));
        self.remapped.push(login);
    }

    /// Adds a login from another list of the same directory.
    pub(super) fn push_from(&mut self, from: &Self, at: usize) {
        match from.number(at) {
            value if position(value) < self.texts.len() => self.numbers.push(value),
            remapped => {
                self.numbers.push(NONE - number(self.remapped.len()));
                self.remapped.push(from.remapped.get(position(NONE - remapped)));
            }
        }
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.numbers.shrink_to_fit();
        self.remapped.shrink_to_fit();
    }

    fn number(&self, at: usize) -> u32 {
        self.numbers.get(at).copied().unwrap_or(NONE)
    }

    /// Whether two logins are the same text. Each text of the directory is stored once.
    pub(super) fn same(&self, one: usize, other: usize) -> bool {
        let of_directory = |number: u32| position(number) < self.texts.len();
        match (self.number(one), self.number(other)) {
            (one, other) if of_directory(one) && of_directory(other) => one == other,
            _ => self.at(one) == self.at(other),
        }
    }
}

impl StrColumn for LoginTexts<'_> {
    fn count(&self) -> usize {
        self.numbers.len()
    }

    fn at(&self, at: usize) -> &[u8] {
        let number = self.number(at);
        if position(number) < self.texts.len() {
            return self.texts.bytes(number);
        }
        self.remapped.at(position(NONE - number))
    }

    /// The texts of the directory have ranks already. Remapped texts are sorted and merged with them.
    fn order(&self) -> Vec<u32> {
        let mut ranked: Vec<(u32, u32)> = Vec::new();
        let mut others: Vec<SortKey> = Vec::new();
        for (at, value) in self.numbers.iter().enumerate() {
            match self.texts.rank(*value) {
                Some(rank) => ranked.push((rank, number(at))),
                None => others.push(SortKey::new(0, number(at))),
            }
        }
        ranked.sort_unstable();
        sort(&mut others, &|sort_key| self.at(position(sort_key.at())));
        let mut order = Vec::with_capacity(self.count());
        let mut others = others.iter().map(SortKey::at).peekable();
        for (_, at) in ranked {
            let text = |at: u32| (self.at(position(at)), at);
            while let Some(other) = others.next_if(|other| text(*other) < text(at)) {
                order.push(other);
            }
            order.push(at);
        }
        order.extend(others);
        order
    }
}
