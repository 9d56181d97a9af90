//! Lists of deployments that are kept as text. To write the list of 10,000 deployments takes some ten times as long as to send
//! it, and frontends and scripts read it again and again.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use project_deployer::core::rights::Caller;
use tokio::sync::OnceCell;

/// How many lists are kept at most.
const MOST_LISTS: usize = 64;

/// The lists of the newest state that somebody asked for. Each was made for one caller with its rights in this state, and
/// nobody else gets it.
#[derive(Debug)]
pub(crate) struct KeptLists {
    most_bytes: usize,
    /// How many of the bytes something else has.
    beside: Arc<AtomicUsize>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// The number of the state.
    edition: u64,
    /// The last one is that which was asked for last.
    lists: Vec<KeptList>,
}

#[derive(Debug)]
struct KeptList {
    caller: Caller,
    text: Text,
}

/// Empty until the first request has written it. Those that come meanwhile wait for it.
type Text = Arc<OnceCell<Bytes>>;

impl KeptLists {
    /// Keeps so many bytes of text at most.
    pub(super) fn new(most_bytes: usize) -> Self {
        Self { most_bytes, beside: Arc::default(), kept: Mutex::default() }
    }

    /// Something else has so many of the bytes at each moment.
    pub(super) fn beside(self, beside: Arc<AtomicUsize>) -> Self {
        Self { beside, ..self }
    }

    /// The list that `write` makes, which depends on the number of the state and on the caller alone.
    pub(crate) async fn text<E>(
        &self,
        edition: u64,
        caller: &Caller,
        write: impl FnOnce() -> Result<Bytes, E>,
    ) -> Result<Bytes, E> {
        let written = match self.place(edition, caller) {
            None => write()?,
            Some(text) => {
                if let Some(text) = text.get() {
                    return Ok(text.clone());
                }
                text.get_or_try_init(|| async { write() }).await?.clone()
            }
        };
        // What else has of the bytes may have grown.
        self.lock().keep(self.most_bytes.saturating_sub(self.beside.load(Ordering::Relaxed)));
        Ok(written)
    }

    /// The place of a list; none if it is not to be kept.
    fn place(&self, edition: u64, caller: &Caller) -> Option<Text> {
        if self.most_bytes == 0 {
            return None;
        }
        let mut kept = self.lock();
        if edition < kept.edition {
            // The state changed after this request had read it.
            return None;
        }
        if edition > kept.edition {
            *kept = Kept { edition, lists: Vec::new() };
        }
        let place = kept.lists.iter().position(|list| list.caller == *caller);
        let list = match place {
            Some(place) => kept.lists.remove(place),
            None if kept.lists.len() < MOST_LISTS || kept.forget_one() => {
                KeptList { caller: caller.clone(), text: Text::default() }
            }
            None => return None,
        };
        let text = Arc::clone(&list.text);
        kept.lists.push(list);
        Some(text)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Forgets lists that are too long, and then those that were not asked for the longest.
    fn keep(&mut self, most_bytes: usize) {
        self.lists.retain(|list| list.bytes() <= most_bytes);
        // Others write meanwhile, so what is there is counted again.
        while self.lists.iter().map(KeptList::bytes).sum::<usize>() > most_bytes {
            if !self.forget_one() {
                break;
            }
        }
    }

    /// Forgets the list that was not asked for the longest. False if all are being written: those who wait for them
    /// would write them again.
    fn forget_one(&mut self) -> bool {
        let place = self.lists.iter().position(|list| !list.is_being_written());
        place.map(|place| self.lists.remove(place)).is_some()
    }
}

impl KeptList {
    fn bytes(&self) -> usize {
        self.text.get().map_or(0, Bytes::len)
    }

    /// Whether a request has the place of the text and has not filled it. One that failed has left it.
    fn is_being_written(&self) -> bool {
        !self.text.initialized() && Arc::strong_count(&self.text) > 1
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use project_deployer::core::Login;
    use project_deployer::core::rights::GlobalRight;

    use super::*;

    fn caller(login: &str) -> Caller {
        Caller::new(login.parse::<Login>().unwrap())
    }

    /// The list that is kept for a caller, or a new one with this text.
    async fn read(lists: &KeptLists, edition: u64, caller: &Caller, new: &str) -> String {
        let write = || Ok::<_, Infallible>(Bytes::copy_from_slice(new.as_bytes()));
        let Ok(text) = lists.text(edition, caller, write).await;
        String::from_utf8(text.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_list_is_kept_until_the_state_changes() {
        let (lists, dana) = (KeptLists::new(100), caller("dana"));
        assert_eq!(read(&lists, 7, &dana, "a").await, "a");
        assert_eq!(read(&lists, 7, &dana, "b").await, "a");
        assert_eq!(read(&lists, 8, &dana, "c").await, "c");
        assert_eq!(read(&lists, 8, &dana, "d").await, "c");
        // A request that read the state before it changed writes its own list, and nobody else gets that.
        assert_eq!(read(&lists, 7, &dana, "e").await, "e");
        assert_eq!(read(&lists, 8, &dana, "f").await, "c");
    }

    /// What happens next: the state changes, or a request takes its next step.
    #[derive(Debug, Clone, Copy)]
    enum Turn {
        Change,
        Request(usize),
    }

    /// Every order of these changes and of the two steps of these requests.
    fn orders(changes: usize, steps: &mut [usize; 3]) -> Vec<Vec<Turn>> {
        let mut all = Vec::new();
        let mut then = |turn, rest: Vec<Vec<Turn>>| {
            all.extend(rest.into_iter().map(|rest| [vec![turn], rest].concat()));
        };
        if changes > 0 {
            then(Turn::Change, orders(changes - 1, steps));
        }
        for request in 0..steps.len() {
            if steps[request] > 0 {
                steps[request] -= 1;
                then(Turn::Request(request), orders(changes, steps));
                steps[request] += 1;
            }
        }
        if all.is_empty() { vec![Vec::new()] } else { all }
    }

    #[tokio::test]
    async fn a_request_gets_the_list_of_the_state_that_it_read_in_every_order() {
        // R-P2: three requests of two callers and two changes. A request reads the state, and then its list.
        let callers = [caller("dana"), caller("zoe"), caller("dana")];
        let all = orders(2, &mut [2; 3]);
        assert_eq!(all.len(), 2_520);
        let (mut kept, mut own) = (0, 0);
        for order in all {
            let lists = KeptLists::new(1000);
            let (mut state, mut read_at) = (1, [None; 3]);
            for (at, turn) in order.iter().enumerate() {
                let Turn::Request(request) = *turn else {
                    state += 1;
                    continue;
                };
                let Some(edition) = read_at[request] else {
                    read_at[request] = Some(state);
                    continue;
                };
                let caller = &callers[request];
                let prefix = format!("{} {edition}", caller.login);
                let text = read(&lists, edition, caller, &format!("{prefix} {request}")).await;
                assert!(text.starts_with(&prefix), "{order:?} at {at}: {text}");
                match text.ends_with(&request.to_string()) {
                    true => own += 1,
                    false => kept += 1,
                }
            }
        }
        assert!(kept > 500 && own > 500, "{kept} kept lists and {own} others");
    }

    #[tokio::test]
    async fn nobody_gets_the_list_of_other_rights() {
        // R-P2
        let group = |name: &str| name.parse().unwrap();
        let callers = [
            caller("dana"),
            caller("zoe"),
            caller("dana").in_groups([group("a")]),
            caller("dana").in_groups([group("a"), group("b")]),
            caller("dana").with_right(GlobalRight::CreatePublishedProjects),
            Caller::administrator("dana".parse::<Login>().unwrap()),
        ];
        let lists = KeptLists::new(100);
        for (number, caller) in callers.iter().enumerate() {
            let own = number.to_string();
            assert_eq!(read(&lists, 1, caller, &own).await, own);
        }
        for (number, caller) in callers.iter().enumerate() {
            assert_eq!(read(&lists, 1, caller, "other").await, number.to_string());
        }
    }

    #[tokio::test]
    async fn what_is_kept_has_bounds() {
        let lists = KeptLists::new(10);
        let [first, second, third] = ["a", "b", "c"].map(caller);
        read(&lists, 1, &first, "1111").await;
        read(&lists, 1, &second, "2222").await;
        // The list that was not asked for the longest makes room.
        read(&lists, 1, &first, "").await;
        read(&lists, 1, &third, "3333").await;
        assert_eq!(read(&lists, 1, &first, "new").await, "1111");
        assert_eq!(read(&lists, 1, &second, "new").await, "new");
        // One that is too long makes none forgotten, and is not kept.
        let lists = KeptLists::new(10);
        read(&lists, 1, &first, "1111").await;
        read(&lists, 1, &second, "22222222222").await;
        assert_eq!(read(&lists, 1, &first, "new").await, "1111");
        assert_eq!(read(&lists, 1, &second, "new").await, "new");
        // However many callers there are.
        for number in 0..MOST_LISTS * 3 {
            read(&lists, 1, &caller(&format!("u{number}")), "").await;
        }
        assert_eq!(lists.lock().lists.len(), MOST_LISTS);
        let none = KeptLists::new(0);
        assert_eq!(read(&none, 1, &first, "a").await, "a");
        assert_eq!(read(&none, 1, &first, "b").await, "b");
    }

    #[tokio::test]
    async fn what_something_else_has_of_the_bytes_is_not_used() {
        let beside = Arc::new(AtomicUsize::new(0));
        let lists = KeptLists::new(10).beside(Arc::clone(&beside));
        let [first, second, third] = ["a", "b", "c"].map(caller);
        read(&lists, 1, &first, "1111").await;
        read(&lists, 1, &second, "2222").await;
        assert_eq!(read(&lists, 1, &first, "new").await, "1111");
        beside.store(5, Ordering::Relaxed);
        // It grows with a list that is not kept as well.
        read(&lists, 0, &third, "3333").await;
        let [first, second] =
            [read(&lists, 1, &first, "").await, read(&lists, 1, &second, "").await];
        assert_eq!((first.as_str(), second.as_str()), ("1111", ""));
    }

    #[tokio::test]
    async fn a_list_that_is_being_written_is_not_forgotten() {
        let (lists, dana) = (KeptLists::new(10), caller("dana"));
        let written = lists.place(1, &dana).unwrap();
        let is_there = || Arc::ptr_eq(&lists.place(1, &dana).unwrap(), &written);
        // Neither for the number of lists,
        for number in 0..MOST_LISTS * 2 {
            read(&lists, 1, &caller(&format!("u{number}")), "").await;
        }
        assert!(is_there());
        // nor for their bytes.
        for number in 0..3 {
            read(&lists, 1, &caller(&format!("b{number}")), "7777777").await;
        }
        assert!(is_there());
    }

    #[tokio::test]
    async fn where_all_lists_are_being_written_no_other_is_kept() {
        let (lists, dana) = (KeptLists::new(10), caller("dana"));
        let place = |number: usize| lists.place(1, &caller(&format!("u{number}"))).unwrap();
        let written: Vec<_> = (0..MOST_LISTS).map(place).collect();
        assert_eq!(read(&lists, 1, &dana, "a").await, "a");
        assert_eq!(read(&lists, 1, &dana, "b").await, "b");
        assert_eq!(lists.lock().lists.len(), MOST_LISTS);
        // Those that were given up make room.
        drop(written);
        assert_eq!(read(&lists, 1, &dana, "c").await, "c");
        assert_eq!(read(&lists, 1, &dana, "d").await, "c");
        assert_eq!(lists.lock().lists.len(), MOST_LISTS);
    }

    #[tokio::test]
    async fn a_list_that_could_not_be_written_is_written_again() {
        let (lists, dana) = (KeptLists::new(100), caller("dana"));
        assert_eq!(lists.text(1, &dana, || Err("no")).await, Err("no"));
        assert_eq!(read(&lists, 1, &dana, "a").await, "a");
    }
}
