//! Random small cases for the code under test and the reference.

use super::reference::is_login;
use super::*;

const LOGINS: &[&str] =
    &["ann", "Ann", "ann@x", "X\\ann", "bob", "bob@x", "p-ann", "p-bob", "cy", "p-p-ann"];
const UIDS: &[&str] = &["ann", "ANN", "bob@x", "bob", "cy", "p-ann", "ann@x"];
/// Other scripts, one text in two normal forms, which are two logins (`\u{e9}` and `e\u{301}`); characters
/// with a meaning in filters, names and LDIF; a text that is not a login; and long ones.
const UNUSUAL: &[&str] = &[
    "\u{dc}nal",
    "\u{fc}nal",
    "zo\u{e9}",
    "zoe\u{301}",
    "o'neil, (jr) \"*\"",
    "\u{41e}\u{43b}\u{44f}@x",
    "nul\0",
    // Equal in more bytes than a comparison key holds.
    "department-of-risk.analyst-a@x",
    "department-of-risk.analyst-b@x",
    "department-of-risk.analyst-b",
];
const GROUPS: &[&str] = &["ops", "apps", "OPS", "ghost"];
const SOURCES: &[SourceType] = &[
    SourceType::Local,
    SourceType::LocalNoAuth,
    SourceType::Ldap,
    SourceType::Ldap,
    SourceType::Sso,
    SourceType::AzureAd,
];

/// A linear congruential generator: the same seed makes the same case on every machine (R27).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.roll(chances) == 0
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())].clone()
    }

    fn some<T: Clone>(&mut self, from: &[T]) -> Vec<T> {
        from.iter().filter(|_| self.roll(3) == 0).cloned().collect()
    }
}

/// A directory: people by number, with their uids, and the members of `ops` and `apps`.
#[derive(Debug)]
pub(super) struct Town {
    pub(super) people: Vec<Vec<&'static str>>,
    pub(super) ops: Vec<usize>,
    pub(super) apps: Vec<usize>,
    /// `ops` is a member of `apps`.
    pub(super) nested: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Style {
    Direct,
    Chain,
    ByUid,
    OfUser,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Remap {
    None,
    StripDomain,
    Prefix,
    Merge,
    Broken,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fault {
    None,
    Error,
    Cut,
}

#[derive(Debug)]
pub(super) struct Plug {
    pub(super) town: usize,
    pub(super) style: Style,
    pub(super) authorized: Vec<&'static str>,
    pub(super) import: bool,
    pub(super) demand: bool,
    pub(super) remap: Remap,
    pub(super) fault: Fault,
}

#[derive(Debug)]
pub(super) enum Ldap {
    Unknown,
    Off,
    On(Plug),
}

#[derive(Debug)]
pub(super) struct Spot {
    pub(super) users: Option<Vec<User>>,
    pub(super) ldap: Ldap,
    pub(super) azure: bool,
}

#[derive(Debug)]
pub(super) struct Case {
    pub(super) towns: Vec<Town>,
    pub(super) spots: Vec<Spot>,
    pub(super) needs: Vec<&'static str>,
}

pub(super) fn case(dice: &mut Dice) -> Case {
    let towns = (0..2).map(|_| town(dice)).collect();
    let spots = (0..1 + dice.roll(3)).map(|_| spot(dice)).collect();
    let needs = dice.some(LOGINS).into_iter().chain(dice.one_in(2).then_some("zo\u{e9}"));
    Case { towns, spots, needs: needs.collect() }
}

fn town(dice: &mut Dice) -> Town {
    let people: Vec<Vec<&str>> = (0..dice.roll(5)).map(|_| uids(dice)).collect();
    let all: Vec<usize> = (0..people.len()).collect();
    Town { ops: dice.some(&all), apps: dice.some(&all), nested: dice.one_in(2), people }
}

/// Most people have one uid, some none, some two, which may be the same.
fn uids(dice: &mut Dice) -> Vec<&'static str> {
    let many = [1, 1, 1, 1, 1, 1, 0, 2][dice.roll(8)];
    let uids = (0..many).map(|_| if dice.one_in(4) { dice.pick(UNUSUAL) } else { dice.pick(UIDS) });
    uids.collect()
}

fn spot(dice: &mut Dice) -> Spot {
    let mut logins = dice.some(LOGINS);
    logins.extend(dice.some(UNUSUAL).into_iter().filter(|text| is_login(text)));
    let users =
        logins.into_iter().map(|text| user(text, dice.pick(SOURCES)).with_enabled(!dice.one_in(5)));
    let users: Vec<User> = users.collect();
    let ldap = match dice.roll(10) {
        0 => Ldap::Unknown,
        1 => Ldap::Off,
        _ => Ldap::On(Plug {
            town: usize::from(dice.one_in(4)),
            style: dice.pick(&[Style::Direct, Style::Chain, Style::ByUid, Style::OfUser]),
            authorized: dice.some(GROUPS),
            import: dice.one_in(2),
            demand: dice.one_in(3),
            remap: dice.pick(&[
                Remap::None,
                Remap::None,
                Remap::None,
                Remap::StripDomain,
                Remap::Prefix,
                Remap::Merge,
                Remap::Broken,
            ]),
            fault: dice.pick(&[
                Fault::None,
                Fault::None,
                Fault::None,
                Fault::None,
                Fault::Error,
                Fault::Cut,
            ]),
        }),
    };
    Spot { users: (!dice.one_in(8)).then_some(users), ldap, azure: dice.one_in(3) }
}
