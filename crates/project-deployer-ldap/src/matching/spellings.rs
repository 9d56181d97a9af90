//! Logins that differ in case, or in a domain that only one of them has.

use super::interner::LoginInterner;
use super::similar::SimilarityKind;
use crate::texts::{Groups, Interner, NONE, number, position};

/// Classes of logins that are equal without case. A login with a domain also belongs to a second class, by
/// its text without the domain.
#[derive(Default)]
pub(super) struct Spellings {
    /// For each login its class, and its class without domain.
    classes: Vec<(u32, u32)>,
    /// The logins of each class, and those that belong to it without their domain.
    whole: Groups,
    bare: Groups,
}

/// The class of a login without a similar one.
const ALONE: u32 = NONE - 1;

/// For each class the members that are in a given set of logins: the first two, and the first that belongs
/// to the class without its domain.
pub(super) struct Firsts(Vec<[u32; 3]>);

impl Spellings {
    pub(super) fn of(interner: &LoginInterner) -> Self {
        let mut pool = Interner::default();
        let mut classes = vec![(NONE, NONE); interner.len()];
        for (login, slot) in interner.logins().zip(&mut classes) {
            let text = interner.text(login);
            if !is_plain(text) {
                slot.0 = pool.intern(text.to_lowercase().as_bytes());
                if let Some(bare) = without_domain(text) {
                    slot.1 = pool.intern(bare.to_lowercase().as_bytes());
                }
            }
        }
        // A plain login belongs to the class with its own text, if there is one.
        for (class, login) in (0..).zip(interner.find_all(&pool)) {
            if let Some(slot) = login.and_then(|login| classes.get_mut(position(login))) {
                slot.0 = class;
            }
        }
        let groups = |class: fn(&(u32, u32)) -> u32| {
            let pairs = interner.logins().zip(&classes);
            Groups::of(pool.len(), pairs.map(|(login, classes)| (class(classes), login)))
        };
        let (whole, bare) = (groups(|classes| classes.0), groups(|classes| classes.1));
        let alone = |class: u32| {
            let members = whole.get(class).len();
            members == 0 || (members == 1 && bare.get(class).is_empty())
        };
        for slot in &mut classes {
            for class in [&mut slot.0, &mut slot.1] {
                if *class != NONE && alone(*class) {
                    *class = ALONE;
                }
            }
        }
        Self { classes, whole, bare }
    }

    /// Whether this login has a similar one.
    pub(super) fn has_similar(&self, login: u32) -> bool {
        let (whole, bare) = self.classes_of(login);
        whole < ALONE || bare < ALONE
    }

    fn classes_of(&self, login: u32) -> (u32, u32) {
        self.classes.get(position(login)).copied().unwrap_or((NONE, NONE))
    }

    /// The members of each class that are in a set of logins.
    pub(super) fn firsts(&self, has: impl Fn(u32) -> bool) -> Firsts {
        let of_class = |class: u32| {
            let mut whole = self.whole.get(class).iter().copied().filter(|login| has(*login));
            let mut bare = self.bare.get(class).iter().copied().filter(|login| has(*login));
            let mut next = || whole.next().unwrap_or(NONE);
            [next(), next(), bare.next().unwrap_or(NONE)]
        };
        Firsts((0..number(self.whole.len())).map(of_class).collect())
    }

    /// A similar login in a set: first one that differs in case, then one that differs in domain. Of
    /// several, the first by name.
    pub(super) fn similar(&self, login: u32, firsts: &Firsts) -> Option<(u32, SimilarityKind)> {
        let (class, without_domain) = self.classes_of(login);
        let other = |class| firsts.whole(class).into_iter().find(|found| *found != login);
        let by_case = other(class).map(|found| (found, SimilarityKind::Case));
        by_case.or_else(|| {
            let found = match without_domain {
                NONE => firsts.bare(class),
                class => other(class),
            };
            found.map(|found| (found, SimilarityKind::DomainSuffix))
        })
    }
}

impl Firsts {
    fn whole(&self, class: u32) -> impl IntoIterator<Item = u32> + use<> {
        let [first, second, _] = self.at(class);
        [first, second].into_iter().filter(|login| *login != NONE)
    }

    fn bare(&self, class: u32) -> Option<u32> {
        let [_, _, bare] = self.at(class);
        (bare != NONE).then_some(bare)
    }

    fn at(&self, class: u32) -> [u32; 3] {
        self.0.get(position(class)).copied().unwrap_or([NONE; 3])
    }
}

/// Whether a login equals the text of its class: it has no upper case and no domain.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii() && !matches!(byte, b'A'..=b'Z' | b'@' | b'\\'))
}

/// `ann` of `ann@example.test` or `EXAMPLE\ann`.
pub(crate) fn without_domain(login: &str) -> Option<&str> {
    let by_suffix = login.rsplit_once('@');
    let by_prefix = login.split_once('\\').map(|(domain, bare)| (bare, domain));
    let (bare, domain) = by_suffix.or(by_prefix)?;
    (!bare.is_empty() && !domain.is_empty()).then_some(bare)
}
