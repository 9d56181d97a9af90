use std::fmt;

use serde_json::{Deserializer, Value};

use super::{Unreadable, read_account};
use crate::accounts::user::{ListedField, UserScratch};
use crate::document::{MAX_DEPTH, within_depth};
use crate::tokens::{Layout, Names, Stopped, Tokens};

mod collection;

pub use collection::UserCollection;

/// Reads the users of a node (wire-facts 5.1) while their text arrives, as
/// [`read_users`](super::read_users) reads a whole answer. It keeps only the unfinished piece and the
/// unfinished entry of the text. The users become a [`Vec`], or a
/// [`UserList`](super::super::UserList) for login matching.
///
/// ```
/// use project_deployer_core::accounts::{StreamingUserParser, User};
/// let mut users = StreamingUserParser::<Vec<User>>::default();
/// users.take(br#"[{"login": "mi"#)?;
/// users.take(br#"na"}, {"login": 7}]"#)?;
/// let (users, unreadable) = users.end()?;
/// assert_eq!(users[0].login.as_str(), "mina");
/// assert!(unreadable[0].to_string().contains("`[1].login`"), "{}", unreadable[0]);
/// # Ok::<(), project_deployer_core::accounts::BrokenList>(())
/// ```
#[derive(Debug, Default)]
pub struct StreamingUserParser<C> {
    /// The text of unfinished entries.
    pending: Pending,
    next: Next,
    position: usize,
    scratch: UserScratch,
    users: C,
    unreadable: Vec<Unreadable>,
}

/// Why a text is not a list of users. Entries that were read before are void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BrokenList {
    /// It is another kind of JSON, or empty.
    #[error("it is not a list")]
    NotAList,
    /// It ends before the list ends.
    #[error("it ends after {bytes} bytes in the middle")]
    CutOff {
        /// Its length.
        bytes: u64,
    },
    /// It is not JSON.
    #[error("it is not JSON (entry {entry}, from byte {byte} on)")]
    NotJson {
        /// The entry, counted from 0.
        entry: usize,
        /// The start of the entry, or of the text in its place.
        byte: u64,
    },
    /// An entry exceeds the limit.
    #[error("its entry {entry} is longer than {} MiB", MOST_OF_AN_ENTRY >> 20)]
    EndlessEntry {
        /// The entry, counted from 0.
        entry: usize,
    },
    /// Too many entries cannot be read for a list of users.
    #[error("more than {MOST_UNREADABLE} of its entries cannot be read")]
    TooManyOdd,
}

/// The maximum size of an entry; no real user or other document has as many bytes. An entry is read when it
/// is complete.
const MOST_OF_AN_ENTRY: usize = 16 << 20;

/// Each unreadable entry takes much more memory than its text.
const MOST_UNREADABLE: usize = 10_000;

/// The expected next token.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Next {
    #[default]
    List,
    EntryOrEnd,
    Entry,
    CommaOrEnd,
    Nothing,
}

impl<C: UserCollection> StreamingUserParser<C> {
    /// Takes the next piece of the text.
    ///
    /// # Errors
    ///
    /// The text is not a list.
    pub fn take(&mut self, piece: &[u8]) -> Result<(), BrokenList> {
        self.pending.take(piece);
        self.read()?;
        if self.pending.rest().len() > MOST_OF_AN_ENTRY {
            return Err(BrokenList::EndlessEntry { entry: self.position });
        }
        if self.pending.broken { Err(self.not_json()) } else { Ok(()) }
    }

    /// The users that can be read, and the entries that cannot.
    ///
    /// # Errors
    ///
    /// The text is not a list, or ends before the list does.
    pub fn end(mut self) -> Result<(C, Vec<Unreadable>), BrokenList> {
        self.pending.enough = 0;
        self.read()?;
        if self.next == Next::Nothing && self.pending.tail.is_empty() {
            self.users.end();
            return Ok((self.users, self.unreadable));
        }
        Err(BrokenList::CutOff { bytes: self.pending.end() })
    }

    fn read(&mut self) -> Result<(), BrokenList> {
        // The pending text stays in place meanwhile.
        let mut before = Names::default();
        while let Some(first) = self.pending.first() {
            self.next = match (self.next, first) {
                (Next::List, b'[') => self.pending.pass(1, Next::EntryOrEnd),
                (Next::List, _) => return Err(BrokenList::NotAList),
                (Next::EntryOrEnd | Next::CommaOrEnd, b']') => self.pending.pass(1, Next::Nothing),
                (Next::CommaOrEnd, b',') => self.pending.pass(1, Next::Entry),
                (Next::CommaOrEnd | Next::Nothing, _) => return Err(self.not_json()),
                (Next::EntryOrEnd | Next::Entry, _) => match self.entry(&mut before)? {
                    Some(length) => self.pending.pass(length, Next::CommaOrEnd),
                    None => return Ok(()),
                },
            }
        }
        Ok(())
    }

    /// Reads the next entry; its length, if it is complete.
    fn entry(&mut self, before: &mut Names<ListedField>) -> Result<Option<usize>, BrokenList> {
        if self.pending.rest().len() < self.pending.enough {
            return Ok(None);
        }
        let mut tokens = self.pending.tokens();
        let length = match self.users.take_plain(&mut tokens, &mut self.scratch, before) {
            Ok(()) => tokens.at() - self.pending.read,
            Err(Stopped::CutOff) => return Ok(self.pending.wait()),
            Err(Stopped::Unexpected) => match self.odd_entry()? {
                Some(length) => length,
                None => return Ok(None),
            },
        };
        self.position += 1;
        Ok(Some(length))
    }

    /// Reads an entry with all its problems.
    fn odd_entry(&mut self) -> Result<Option<usize>, BrokenList> {
        let text = self.pending.rest();
        let mut values = Deserializer::from_str(text).into_iter::<Value>();
        let (entry, length) = match values.next() {
            // A number may continue in the next piece.
            Some(Ok(entry)) if values.byte_offset() < text.len() => (entry, values.byte_offset()),
            Some(Err(error)) if !error.is_eof() => return Err(self.not_json()),
            Some(_) | None => return Ok(self.pending.wait()),
        };
        let position = self.position;
        let entry = within_depth(entry, MAX_DEPTH - 1)
            .map_err(|problems| Unreadable { position, name: None, problems })
            .and_then(|entry| read_account(position, entry, "login"));
        match entry {
            Ok(user) => self.users.extend([user]),
            Err(_) if self.unreadable.len() >= MOST_UNREADABLE => {
                return Err(BrokenList::TooManyOdd);
            }
            Err(entry) => self.unreadable.push(entry),
        }
        Ok(Some(length))
    }

    fn not_json(&self) -> BrokenList {
        BrokenList::NotJson { entry: self.position, byte: self.pending.place() }
    }
}

/// Text that arrived and is not read yet.
#[derive(Default)]
struct Pending {
    text: String,
    layout: Layout,
    /// The number of its bytes that were read.
    read: usize,
    /// The number of bytes before it.
    dropped: u64,
    /// The start of an incomplete character.
    tail: Vec<u8>,
    /// The following bytes are not UTF-8.
    broken: bool,
    /// An incomplete entry is read again when this much text is there, so an entry in a thousand pieces is
    /// not read a thousand times.
    enough: usize,
}

impl Pending {
    fn take(&mut self, piece: &[u8]) {
        self.text.drain(..self.read);
        self.dropped += self.read as u64;
        self.read = 0;
        if self.text.is_empty() {
            self.layout = Layout::Compact;
        }
        if self.tail.is_empty() {
            self.append(piece);
        } else {
            self.tail.extend_from_slice(piece);
            let joined = std::mem::take(&mut self.tail);
            self.append(&joined);
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        match str::from_utf8(bytes) {
            Ok(text) => self.push(text),
            Err(error) => {
                let (text, rest) = bytes.split_at(error.valid_up_to());
                self.push(str::from_utf8(text).unwrap_or_default());
                self.tail = rest.to_vec();
                self.broken = error.error_len().is_some();
                if self.broken {
                    self.enough = 0;
                }
            }
        }
    }

    fn push(&mut self, text: &str) {
        self.layout = self.layout.max(Layout::of(text));
        self.text.push_str(text);
    }

    fn tokens(&self) -> Tokens<'_> {
        Tokens::new(&self.text, self.read, self.layout)
    }

    fn rest(&self) -> &str {
        self.text.get(self.read..).unwrap_or_default()
    }

    /// The start of the rest in the whole text.
    fn place(&self) -> u64 {
        self.dropped + self.read as u64
    }

    /// The length of the whole text so far.
    fn end(&self) -> u64 {
        self.dropped + (self.text.len() + self.tail.len()) as u64
    }

    /// The next byte that is no blank.
    fn first(&mut self) -> Option<u8> {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        self.read += self.rest().bytes().take_while(blank).count();
        self.rest().bytes().next()
    }

    fn pass(&mut self, bytes: usize, next: Next) -> Next {
        self.read += bytes;
        self.enough = 0;
        next
    }

    fn wait<T>(&mut self) -> Option<T> {
        self.enough = self.rest().len() * 2;
        None
    }
}

/// Pending text may be secret.
impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("bytes", &self.rest().len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
