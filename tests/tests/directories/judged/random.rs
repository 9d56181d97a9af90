//! Random settings, people, groups and logins: no verdict of a listing, and none that was settled, differs
//! from what the server answers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use futures::stream::{self, StreamExt as _};
use project_deployer_core::Login;
use project_deployer_core::accounts::LdapSettings;
use project_deployer_testkit::MockDirectory;
use project_deployer_testkit::servers::{
    DirectoryServer, DirectoryServer389, OpenLdap, SambaDomain,
};

use super::installation::{Installation, add, place, settings};
use super::kinds::{DOMAIN, Kind, OPEN_LDAP, UNIX};
use super::oracle::{self, Verdict, reported};
use crate::servers::started;

/// A linear congruential generator: the same seed makes the same installation on every machine.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    pub(super) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())].clone()
    }
}

const LOGINS: [&str; 22] = [
    "ann",
    "ANN",
    "bob",
    "Bob",
    "cy",
    "dee",
    "Dee",
    "li-po",
    "lipo",
    "a b",
    "a  b",
    "eve*",
    "eve",
    "fin",
    "\u{fb01}n",
    "zo\u{eb}",
    "zoe",
    "strasse",
    "sam",
    "ghost",
    "o'neil (jr)",
    "staff",
];

/// The spelling of a member's name.
fn spelled(dice: &mut Dice, dn: &str) -> String {
    match dice.roll(8) {
        0 => dn.to_uppercase(),
        1 => dn.replace(',', ", "),
        2 => dn.replacen("cn=", "commonName=", 1),
        3 => in_quotes(dn),
        4 => dn.replacen("cn=p", "cn=\\70", 1),
        _ => dn.to_owned(),
    }
}

fn in_quotes(dn: &str) -> String {
    let end = dn.find(",ou=").unwrap();
    let value = dn[3..end].replace('\\', "");
    format!("cn=\"{value}\"{}", &dn[end..])
}

/// People and groups below a base.
pub(super) fn entries(kind: &Kind, dice: &mut Dice, base: &str) -> String {
    let unit = base.split([',', '=']).nth(1).unwrap();
    let mut text = format!("dn: {base}\nobjectClass: organizationalUnit\nou: {unit}\n\n");
    let mut people = Vec::new();
    let is_domain = !kind.member_by_login;
    for (number, login) in kind.values.iter().enumerate() {
        let name = match dice.roll(6) {
            0 => format!("Li\\, Ann {number}"),
            _ => format!("p{number}"),
        };
        let dn = format!("cn={name},{base}");
        let more = dice.pick(kind.more);
        let plain = name.replace('\\', "");
        // A domain has each login once, and each name of a domain account belongs to one entry.
        let also = match is_domain {
            true if number == 2 => "userPrincipalName: ann@x.test\n".to_owned(),
            true => String::new(),
            false => format!("cn: {plain}\n"),
        };
        write!(text, "dn: {dn}\n{}{also}{}: {login}\n{more}\n", kind.person, kind.login).unwrap();
        people.push((dn, *login));
    }
    for name in ["staff", "ops", "ghosts"] {
        let class = dice.pick(kind.groups);
        let by_login = class.contains("posixGroup");
        let also = if is_domain {
            format!("sAMAccountName: {name}-{}\n", base.len())
        } else {
            format!("cn: {name}\n")
        };
        write!(text, "dn: cn={name},{base}\n{class}{also}").unwrap();
        let mut members = std::collections::BTreeSet::new();
        for _ in 0..1 + dice.roll(5) {
            let (dn, login) = dice.pick(&people);
            // The syntax of `memberUid` is ASCII.
            if by_login && !login.is_ascii() {
                continue;
            }
            // Two spellings of one member are refused as one value twice.
            let same = if by_login { login.to_lowercase() } else { dn.clone() };
            if !members.insert(same) {
                continue;
            }
            let member = if by_login {
                let login = if dice.roll(4) == 0 { login.to_uppercase() } else { login.to_owned() };
                format!("memberUid: {login}\n")
            } else {
                format!("member: {}\n", if is_domain { dn } else { spelled(dice, &dn) })
            };
            text.push_str(&member);
        }
        if dice.roll(3) == 0 {
            text.push_str("description: closed\n");
        }
        text.push('\n');
    }
    text
}

pub(super) fn node_settings(kind: &Kind, dice: &mut Dice, own: LdapSettings) -> LdapSettings {
    let authorized: [&[&str]; 6] =
        [&[], &["staff"], &["ops"], &["staff", "none"], &["Ops"], &["none"]];
    own.with_user_filter(dice.pick(kind.user_filters).to_owned())
        .with_group_filter(Some(dice.pick(kind.group_filters).to_owned()))
        .with_authorized_groups(
            dice.pick(&authorized).iter().map(|&group| group.to_owned()).collect(),
        )
        .with_username_attribute(kind.login.to_owned())
}

/// Removes the entries again: a domain has each login once.
pub(super) fn remove(server: &dyn DirectoryServer, entries: &str) {
    let names = entries.lines().filter_map(|line| line.strip_prefix("dn: "));
    let mut names: Vec<&str> = names.collect();
    names.reverse();
    let deletion = |name: &str| format!("dn: {name}\nchangetype: delete\n\n");
    add(server, &names.into_iter().map(deletion).collect::<String>());
}

/// How many logins are tried at the same time.
const AT_ONCE: usize = 8;

const NODES: usize = 12;
const OF_EACH: usize = 11;

/// Compares at least so many pairs of settings and logins.
#[expect(clippy::print_stdout, reason = "the share of unknown is a figure to look at")]
async fn no_verdict_is_wrong(server: &dyn DirectoryServer, kind: &Kind, pairs: usize, seed: u64) {
    let mut dice = Dice(seed);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut compared = 0;
    let mut world_number = 0;
    while compared < pairs {
        let base = format!("ou=w{world_number},{}", server.base());
        world_number += 1;
        let entries = entries(kind, &mut dice, &base);
        add(server, &entries);
        let all: Vec<LdapSettings> =
            (0..NODES).map(|_| node_settings(kind, &mut dice, settings(server, &base))).collect();
        let mut logins: Vec<&str> = (0..OF_EACH).map(|_| dice.pick(&LOGINS)).collect();
        logins.sort_unstable();
        logins.dedup();
        let mut installation = Installation::listed(server, &all, logins.iter().copied()).await;
        let pairs = all.iter().enumerate();
        let pairs =
            pairs.flat_map(|(number, own)| logins.iter().map(move |login| (number, own, *login)));
        let asked = stream::iter(pairs).map(async |(number, own, login)| {
            ((number, login), oracle::login(&*installation.directory, own, login).await)
        });
        let expected: BTreeMap<(usize, &str), Verdict> =
            asked.buffer_unordered(AT_ONCE).collect().await;
        for (number, own) in all.iter().enumerate() {
            for login in &logins {
                let asked = expected[&(number, *login)];
                let found = verdict(&installation, number, login);
                assert!(
                    [asked, Verdict::Unknown].contains(&found),
                    "listed {found:?}, asked {asked:?}: `{login}` in {own:#?} of\n{entries}"
                );
                *counts
                    .entry(if found == Verdict::Unknown { "open" } else { "proven" })
                    .or_default() += 1;
            }
        }
        installation.settle().await;
        for ((number, login), asked) in &expected {
            let found = verdict(&installation, *number, login);
            assert!(
                [*asked, Verdict::Unknown].contains(&found),
                "settled {found:?}, asked {asked:?}: `{login}` in {:#?} of\n{entries}",
                all[*number]
            );
            let unknown = found == Verdict::Unknown;
            *counts.entry(if unknown { "unknown" } else { "settled" }).or_default() += 1;
            *counts
                .entry(if *asked == Verdict::Unknown { "server" } else { "answers" })
                .or_default() += 1;
            compared += 1;
        }
        remove(server, &entries);
    }
    println!("{compared} pairs: {counts:?}");
    let count = |name: &str| counts.get(name).copied().unwrap_or_default();
    // Absence is left to the directory wherever a filter has a condition, and most of these have.
    assert!(count("proven") * 20 > compared, "{counts:?}");
    // What the server can answer is known in the end.
    assert!(count("unknown") <= count("server"), "{counts:?}");
}

fn verdict(installation: &Installation, number: usize, login: &str) -> Verdict {
    let login = Login::parse(login).unwrap();
    reported(installation.report.presence(&login, &place(number)).unwrap())
}

async fn on_open_ldap(pairs: usize, seed: u64) {
    let Some(server) = started(OpenLdap::start(&MockDirectory::new())) else { return };
    no_verdict_is_wrong(&server, &OPEN_LDAP, pairs, seed).await;
}

async fn on_389(pairs: usize, seed: u64) {
    let Some(server) = started(DirectoryServer389::start(&MockDirectory::new())) else { return };
    no_verdict_is_wrong(&server, &UNIX, pairs, seed).await;
}

async fn on_a_domain(pairs: usize, seed: u64) {
    let Some(server) = started(SambaDomain::start(&MockDirectory::new())) else { return };
    no_verdict_is_wrong(&server, &DOMAIN, pairs, seed).await;
}

#[tokio::test]
async fn no_verdict_on_open_ldap_differs_from_its_answer() {
    on_open_ldap(500, 1).await;
}

#[tokio::test]
async fn no_verdict_on_directory_server_389_differs_from_its_answer() {
    on_389(500, 2).await;
}

#[tokio::test]
async fn no_verdict_on_a_domain_differs_from_its_answer() {
    on_a_domain(500, 3).await;
}

#[tokio::test]
#[ignore = "minutes: ten thousand pairs"]
async fn no_verdict_of_ten_thousand_on_open_ldap_differs_from_its_answer() {
    on_open_ldap(10_000, 4).await;
}

#[tokio::test]
#[ignore = "minutes: ten thousand pairs"]
async fn no_verdict_of_ten_thousand_on_directory_server_389_differs_from_its_answer() {
    on_389(10_000, 5).await;
}

#[tokio::test]
#[ignore = "minutes: ten thousand pairs"]
async fn no_verdict_of_ten_thousand_on_a_domain_differs_from_its_answer() {
    on_a_domain(10_000, 6).await;
}
