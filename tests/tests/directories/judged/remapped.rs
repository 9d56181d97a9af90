//! Random people, filters and remapping rules: no verdict on a remapped login differs from what the server
//! answers to the logins that people may type.

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::Login;
use project_deployer_core::accounts::{LdapSettings, RemappingRule};
use project_deployer_ldap::remapping::LoginRemapping;
use project_deployer_testkit::MockDirectory;
use project_deployer_testkit::servers::{
    DirectoryServer, DirectoryServer389, OpenLdap, SambaDomain,
};

use super::installation::{Installation, add, place, settings};
use super::kinds::{DOMAIN, Kind, OPEN_LDAP, UNIX};
use super::oracle::{self, Verdict, reported};
use super::random::{Dice, entries, node_settings, remove};
use crate::servers::started;

/// Rules, some of which make one login of several.
const RULES: [(&str, &str); 9] = [
    ("^(.*)$", "x-$1"),
    ("-.*", ""),
    ("^ann$", "bob"),
    ("^DEE$", "cy"),
    ("\\*$", ""),
    ("e$", ""),
    (" .*$", ""),
    ("^(.*)n$", "$1m"),
    ("(.*)y", "$1o"),
];

/// Logins of nodes that remap.
const LOGINS: [&str; 22] = [
    "x-ann", "x-ANN", "x-bob", "x-Bob", "x-cy", "x-ghost", "bob", "Bob", "cy", "co", "ann", "ANN",
    "anm", "a", "A", "li", "li-po", "fim", "eve", "de", "dee", "ghost",
];

const NODES: usize = 12;

/// Every text of which the rules make a login, among the values of the directory and their other cases.
fn typed(kind: &Kind, own: &LdapSettings, login: &str) -> Vec<String> {
    let rules = LoginRemapping::compile(&own.remapping_rules).unwrap();
    let all = kind.values.iter().chain(&LOGINS).flat_map(|text| {
        let small = text.to_lowercase();
        let mut rest = small.chars();
        let first = rest.next().unwrap().to_uppercase().chain(rest).collect();
        let longer = ["e", "*", "*e", "e*", "y"].map(|end| format!("{text}{end}"));
        let cases = [(*text).to_owned(), text.to_uppercase(), small.clone(), first];
        let shorter = text.strip_prefix("x-").unwrap_or_default().to_owned();
        cases.into_iter().chain(longer).chain([shorter])
    });
    let made: BTreeSet<String> = all.filter(|text| rules.apply(text).unwrap() == login).collect();
    made.into_iter().collect()
}

#[expect(clippy::print_stdout, reason = "the share of unknown is a figure to look at")]
async fn no_verdict_is_wrong(server: &dyn DirectoryServer, kind: &Kind, worlds: usize, seed: u64) {
    let mut dice = Dice(seed);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for number in 0..worlds {
        let base = format!("ou=r{number},{}", server.base());
        let entries = entries(kind, &mut dice, &base);
        add(server, &entries);
        let rules = |dice: &mut Dice| (0..1 + dice.roll(2)).map(|_| dice.pick(&RULES)).collect();
        let nodes: Vec<LdapSettings> = (0..NODES)
            .map(|_| {
                let rules: Vec<(&str, &str)> = rules(&mut dice);
                (node_settings(kind, &mut dice, settings(server, &base))).with_remapping_rules(
                    rules.iter().map(|(from, to)| RemappingRule::new(*from, *to)).collect(),
                )
            })
            .collect();
        let mut installation = Installation::listed(server, &nodes, LOGINS).await;
        for is_settled in [false, true] {
            for (number, own) in nodes.iter().enumerate() {
                for login in LOGINS {
                    let typed = typed(kind, own, login);
                    let typed: Vec<&str> = typed.iter().map(String::as_str).collect();
                    let asked =
                        oracle::remapped(&*installation.directory, own, login, &typed).await;
                    let parsed = Login::parse(login).unwrap();
                    let presence = installation.report.presence(&parsed, &place(number)).unwrap();
                    let found = reported(presence);
                    assert!(
                        [asked, Verdict::Unknown].contains(&found),
                        "settled {is_settled}, {presence}, asked {asked:?} {typed:?}: `{login}` in {own:#?}\n{entries}"
                    );
                    let is_plain = kind.user_filters[..2].contains(&own.user_filter.as_str());
                    let filter = if is_plain { "plain" } else { "other" };
                    let known = match (found, asked) {
                        (Verdict::Unknown, Verdict::Unknown) => "unknown to the server",
                        (Verdict::Unknown, _) => "unknown",
                        _ => "known",
                    };
                    *counts
                        .entry(format!("settled {is_settled}, {filter}: {known}"))
                        .or_default() += 1;
                }
            }
            installation.settle().await;
        }
        remove(server, &entries);
    }
    println!("{counts:?}");
    let count = |name: &str| counts.get(name).copied().unwrap_or_default();
    let (known, unknown) = ("settled true, plain: known", "settled true, plain: unknown");
    // Rules that cannot be inverted leave open whether the filter leaves out somebody.
    assert!(count(known) > 2 * count(unknown), "{counts:?}");
}

#[tokio::test]
async fn no_verdict_on_a_remapped_login_differs_from_open_ldaps_answer() {
    // R-L9
    let Some(server) = started(OpenLdap::start(&MockDirectory::new())) else { return };
    no_verdict_is_wrong(&server, &OPEN_LDAP, 3, 11).await;
}

#[tokio::test]
async fn no_verdict_on_a_remapped_login_differs_from_directory_server_389s_answer() {
    // R-L9
    let Some(server) = started(DirectoryServer389::start(&MockDirectory::new())) else { return };
    no_verdict_is_wrong(&server, &UNIX, 3, 12).await;
}

#[tokio::test]
async fn no_verdict_on_a_remapped_login_differs_from_a_domains_answer() {
    // R-L9
    let Some(server) = started(SambaDomain::start(&MockDirectory::new())) else { return };
    no_verdict_is_wrong(&server, &DOMAIN, 1, 13).await;
}
