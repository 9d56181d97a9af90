use std::borrow::Borrow;
use std::sync::Arc;

/// The most entries of a chunk.
const MOST: usize = 64;

/// A chunk that shrinks to this is joined with the next one, if both fit into one.
const FEW: usize = MOST / 4;

/// A sorted map in chunks. A clone is one pointer. A change after it copies one chunk and the list of chunks;
/// the clone keeps the old ones. So a snapshot costs nothing, and whoever reads it blocks nobody.
pub(super) struct Sorted<K, V> {
    /// In order, none of them empty.
    chunks: Arc<Vec<Chunk<K, V>>>,
}

type Chunk<K, V> = Arc<Vec<(K, V)>>;

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Self { chunks: Arc::default() }
    }
}

impl<K, V> Clone for Sorted<K, V> {
    fn clone(&self) -> Self {
        Self { chunks: Arc::clone(&self.chunks) }
    }
}

/// Where a key is, or where it belongs.
struct Place {
    chunk: usize,
    within: Result<usize, usize>,
}

impl<K, V> Sorted<K, V> {
    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The number of entries.
    pub(super) fn len(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.len()).sum()
    }

    /// All entries, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.chunks.iter().flat_map(|chunk| chunk.iter()).map(|(key, value)| (key, value))
    }
}

impl<K: Ord, V> Sorted<K, V> {
    pub(super) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.entry(key).map(|(_, value)| value)
    }

    /// The key of an entry as the map has it.
    pub(super) fn key<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&K>
    where
        K: Borrow<Q>,
    {
        self.entry(key).map(|(key, _)| key)
    }

    /// An entry with its key as the map has it.
    pub(super) fn entry<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key);
        let chunk = self.chunks.get(place.chunk)?;
        chunk.get(place.within.ok()?).map(|(key, value)| (key, value))
    }

    /// The entries from a key on, in order.
    pub(super) fn from<'a, Q: Ord + ?Sized>(
        &'a self,
        key: &Q,
    ) -> impl Iterator<Item = (&'a K, &'a V)> + use<'a, K, V, Q>
    where
        K: Borrow<Q>,
    {
        let Place { chunk, within: Ok(within) | Err(within) } = self.place(key);
        let rest = self.chunks.get(chunk..).unwrap_or_default().iter();
        rest.flat_map(|chunk| chunk.iter()).skip(within).map(|(key, value)| (key, value))
    }

    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Place
    where
        K: Borrow<Q>,
    {
        // Documents are listed in order, so most keys of a new map belong to its end.
        if let Some(last) = self.chunks.last()
            && last.last().is_some_and(|(last, _)| last.borrow() < key)
        {
            return Place { chunk: self.chunks.len() - 1, within: Err(last.len()) };
        }
        let begins =
            |chunk: &Chunk<K, V>| chunk.first().is_some_and(|(first, _)| first.borrow() <= key);
        let chunk = self.chunks.partition_point(begins).saturating_sub(1);
        let within = self
            .chunks
            .get(chunk)
            .map_or(Err(0), |chunk| chunk.binary_search_by(|(known, _)| known.borrow().cmp(key)));
        Place { chunk, within }
    }
}

impl<K: Ord + Clone, V: Clone> Sorted<K, V> {
    /// Writes an entry in the place of one with the same key.
    pub(super) fn insert(&mut self, key: K, value: V) {
        self.change(key, |known| *known = value.clone(), || value.clone());
    }

    /// Changes the entry of a key; first adds the default one if there is none.
    pub(super) fn update(&mut self, key: K, change: impl Fn(&mut V))
    where
        V: Default,
    {
        let new = || {
            let mut value = V::default();
            change(&mut value);
            value
        };
        self.change(key, &change, new);
    }

    pub(super) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
    {
        let Place { chunk: number, within: Ok(within) } = self.place(key) else { return };
        let chunks = Arc::make_mut(&mut self.chunks);
        let Some(shared) = chunks.get_mut(number) else { return };
        let chunk = Arc::make_mut(shared);
        chunk.remove(within);
        if chunk.is_empty() {
            chunks.remove(number);
        } else if chunk.len() <= FEW {
            join_with_next(chunks, number);
        }
    }

    fn change(&mut self, key: K, change: impl Fn(&mut V), new: impl Fn() -> V) {
        let Place { chunk: number, within } = self.place(&key);
        let chunks = Arc::make_mut(&mut self.chunks);
        let Some(shared) = chunks.get_mut(number) else {
            chunks.push(Arc::new(vec![(key, new())]));
            return;
        };
        let chunk = Arc::make_mut(shared);
        match within {
            Ok(known) => chunk.get_mut(known).into_iter().for_each(|(_, value)| change(value)),
            Err(place) => {
                chunk.insert(place, (key, new()));
                if chunk.len() > MOST {
                    // Keys that arrive in order fill the last chunk, so little of it goes on.
                    let half = if place == MOST { MOST } else { MOST / 2 };
                    let rest = chunk.split_off(half);
                    chunks.insert(number + 1, Arc::new(rest));
                }
            }
        }
    }
}

fn join_with_next<T: Clone>(chunks: &mut Vec<Arc<Vec<T>>>, number: usize) {
    let len = |number: usize| chunks.get(number).map_or(MOST, |chunk| chunk.len());
    if len(number) + len(number + 1) > MOST {
        return;
    }
    let next = chunks.remove(number + 1);
    if let Some(chunk) = chunks.get_mut(number) {
        Arc::make_mut(chunk).extend(next.iter().cloned());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Sorted;

    #[test]
    fn it_is_a_map_and_its_clones_stay_as_they_were() {
        let mut random = fastrand::Rng::with_seed(7);
        for keys in [3, 40, 500, 3_000_u32] {
            let (mut sorted, mut oracle) = (Sorted::default(), BTreeMap::new());
            let mut clones = Vec::new();
            for step in 0..6_000_u32 {
                let key = random.u32(..keys);
                match random.u32(..if step < 3_000 { 4 } else { 2 }) {
                    0 => {
                        sorted.remove(&key);
                        oracle.remove(&key);
                    }
                    1 => {
                        sorted.update(key, |value| *value += 1);
                        *oracle.entry(key).or_default() += 1;
                    }
                    _ => {
                        sorted.insert(key, step);
                        oracle.insert(key, step);
                    }
                }
                assert_eq!(sorted.get(&key), oracle.get(&key));
                if step % 1_000 == 0 {
                    clones.push((sorted.clone(), oracle.clone()));
                }
            }
            clones.push((sorted, oracle));
            for (sorted, oracle) in clones {
                assert!(sorted.iter().eq(oracle.iter()));
                assert_eq!(sorted.len(), oracle.len());
                assert_eq!(sorted.is_empty(), oracle.is_empty());
                assert!(oracle.keys().all(|key| sorted.key(key) == Some(key)));
                let from = random.u32(..keys);
                assert!(sorted.from(&from).eq(oracle.range(from..)));
            }
        }
    }

    #[test]
    fn keys_in_order_fill_their_chunks() {
        let mut sorted = Sorted::default();
        (0..640_u32).for_each(|key| sorted.insert(key, ()));
        assert_eq!(sorted.chunks.len(), 10);
    }
}
