//! The list that was written last. A change leaves most of a list as it was, and to copy a part takes a small part of the time
//! that it takes to write it.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde::Serialize;

/// Writes lists as JSON. What an item says depends on the item alone, so it does not matter for whom the last list was.
pub(crate) struct LastList<T> {
    most_bytes: usize,
    /// The memory of the list.
    bytes: Arc<AtomicUsize>,
    last: Mutex<Option<Arc<Written<T>>>>,
}

/// A list with its text.
struct Written<T> {
    items: Vec<T>,
    text: Bytes,
    /// Where the text of each item ends.
    ends: Vec<usize>,
    /// How many items have their text from the list before.
    copied: usize,
}

impl<T: Serialize + Eq> LastList<T> {
    /// Keeps a list of so many bytes at most, with its items.
    pub(super) fn new(most_bytes: usize) -> Self {
        Self { most_bytes, bytes: Arc::default(), last: Mutex::default() }
    }

    /// How many bytes it has at each moment.
    pub(super) fn bytes(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.bytes)
    }

    /// The text of a list in the order of a key, which no two items share.
    ///
    /// # Errors
    ///
    /// An item cannot be written.
    pub(crate) fn text<K: Ord + ?Sized>(
        &self,
        items: Vec<T>,
        key: impl Fn(&T) -> &K,
    ) -> serde_json::Result<Bytes> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let written = Written::new(items, last.as_deref(), key)?;
        let text = written.text.clone();
        let bytes = written.bytes();
        if bytes <= self.most_bytes && written.replaces(last.as_deref()) {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            *last = Some(Arc::new(written));
            self.bytes.store(bytes, Ordering::Relaxed);
        }
        Ok(text)
    }
}

impl<T: Serialize + Eq> Written<T> {
    fn new<K: Ord + ?Sized>(
        items: Vec<T>,
        last: Option<&Self>,
        key: impl Fn(&T) -> &K,
    ) -> serde_json::Result<Self> {
        let mut before = last.into_iter().flat_map(Self::parts).peekable();
        let mut text = Vec::with_capacity(last.map_or(0, |last| last.expected(items.len())));
        let (mut ends, mut copied) = (Vec::with_capacity(items.len()), 0);
        text.push(b'[');
        for item in &items {
            if !ends.is_empty() {
                text.push(b',');
            }
            while before.next_if(|(old, _)| key(old) < key(item)).is_some() {}
            match before.next_if(|(old, _)| *old == item) {
                Some((_, part)) => {
                    text.extend_from_slice(part);
                    copied += 1;
                }
                None => serde_json::to_writer(&mut text, item)?,
            }
            ends.push(text.len());
        }
        text.push(b']');
        // It may be kept, and may have twice the memory that it needs.
        text.shrink_to_fit();
        Ok(Self { items, text: text.into(), ends, copied })
    }

    /// The length of the text of so many items, if they are as long as these on the average.
    fn expected(&self, items: usize) -> usize {
        let each = self.text.len() / self.items.len().max(1) + 1;
        each.saturating_mul(items).min(self.text.len()) + 1024
    }

    /// An estimate of its memory. What an item says in texts of its own is in the text of the list as well.
    fn bytes(&self) -> usize {
        let each = std::mem::size_of::<T>() + std::mem::size_of::<usize>();
        self.items.len().saturating_mul(each).saturating_add(2 * self.text.len())
    }

    /// The items with their texts.
    fn parts(&self) -> impl Iterator<Item = (&T, &[u8])> {
        let begins = std::iter::once(1).chain(self.ends.iter().map(|end| end + 1));
        let texts = begins.zip(&self.ends).map(|(begin, end)| &self.text[begin..*end]);
        self.items.iter().zip(texts)
    }

    /// Whether more is to be expected of this list: it has as many items, or the last one helped with less than half of them.
    fn replaces(&self, last: Option<&Self>) -> bool {
        let most = last.map_or(0, |last| last.items.len());
        self.items.len() >= most || self.copied < self.items.len() / 2
    }
}

impl<T> fmt::Debug for LastList<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LastList").field("most_bytes", &self.most_bytes).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An item with a key and something to say.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
    struct Item(u8, String);

    fn items(of: &[(u8, &str)]) -> Vec<Item> {
        of.iter().map(|(key, says)| Item(*key, (*says).to_owned())).collect()
    }

    fn copied(list: &LastList<Item>) -> Option<(usize, usize)> {
        let last = list.last.lock().unwrap();
        last.as_ref().map(|last| (last.items.len(), last.copied))
    }

    /// What a list takes of so many items and bytes of text.
    fn memory(items: usize, text: usize) -> usize {
        items * (std::mem::size_of::<Item>() + std::mem::size_of::<usize>()) + 2 * text
    }

    /// The text, which is that of a plain program.
    fn written(list: &LastList<Item>, of: &[(u8, &str)]) {
        let text = list.text(items(of), |item| &item.0).unwrap();
        assert_eq!(text, serde_json::to_vec(&items(of)).unwrap());
    }

    #[test]
    fn only_what_changed_is_written_anew() {
        let list = LastList::new(1000);
        written(&list, &[]);
        written(&list, &[(1, "a"), (3, "\"c\""), (5, "e")]);
        assert_eq!(copied(&list), Some((3, 0)));
        written(&list, &[(1, "a"), (3, "\"c\""), (5, "e")]);
        assert_eq!(copied(&list), Some((3, 3)));
        written(&list, &[(0, "new"), (1, "a"), (2, "new"), (3, "other"), (5, "e"), (6, "")]);
        assert_eq!(copied(&list), Some((6, 2)));
        // An item with the key of another, and one that moved.
        written(&list, &[(0, "a"), (1, "new"), (2, "new"), (3, "e"), (5, ""), (6, "e")]);
        assert_eq!(copied(&list), Some((6, 1)));
    }

    #[test]
    fn a_short_list_does_not_replace_a_long_one_that_helps() {
        let list = LastList::new(1000);
        written(&list, &[(1, "a"), (2, "b"), (3, "c"), (4, "d")]);
        written(&list, &[(2, "b"), (3, "c")]);
        assert_eq!(copied(&list), Some((4, 0)));
        written(&list, &[(2, "x"), (3, "y")]);
        assert_eq!(copied(&list), Some((2, 0)));
    }

    #[test]
    fn a_list_that_is_too_long_is_not_kept() {
        let list = LastList::new(memory(1, 9));
        written(&list, &[(1, "a")]);
        assert_eq!(list.bytes().load(Ordering::Relaxed), memory(1, 9));
        written(&list, &[(1, "ab")]);
        assert_eq!(copied(&list), Some((1, 0)));
        written(&list, &[(1, "abc"), (2, "")]);
        assert_eq!(copied(&list), Some((1, 0)));
        assert_eq!(list.bytes().load(Ordering::Relaxed), memory(1, 9));
    }

    #[test]
    fn no_more_is_reserved_than_the_items_need() {
        let last = Written::new(items(&[(1, "aaaa"), (2, "bbbb")]), None, |item| &item.0).unwrap();
        assert_eq!(last.text.len(), 23);
        assert_eq!([0, 1, 2, 1000].map(|items| last.expected(items)), [1024, 1036, 1047, 1047]);
    }

    #[test]
    fn any_lists_are_written_as_by_a_plain_program() {
        let (mut random, list) = (fastrand::Rng::with_seed(11), LastList::new(2000));
        let mut many = 0;
        for _ in 0..2000 {
            let texts: Vec<(u8, String)> =
                (0..random.u8(..30)).map(|key| (key, random.u8(..3).to_string())).collect();
            let kept: Vec<_> = texts.iter().filter(|_| random.u8(..4) > 0).collect();
            let of: Vec<_> = kept.iter().map(|(key, says)| (*key, says.as_str())).collect();
            written(&list, &of);
            many += copied(&list).map_or(0, |(_, copied)| copied);
        }
        assert!(many > 1000, "{many}");
    }
}
