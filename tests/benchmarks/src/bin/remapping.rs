//! Remapping rules, applied to 20,000 logins: five rules as administrators write them. The peer is the `regex` crate,
//! which finds the same with these rules, and has not the meaning of Java's expressions with others.

use std::borrow::Cow;
use std::error::Error;
use std::hint::black_box;
use std::io;
use std::time::Instant;

use project_deployer_benchmarks::rounds::{Contender, medians};
use project_deployer_benchmarks::table::Row;
use project_deployer_core::accounts::RemappingRule;
use project_deployer_ldap::remapping::LoginRemapping;
use regex::Regex;

const LOGINS: usize = 20_000;

/// The same replacement in the syntax of Java and of the crate.
const RULES: [(&str, &str, &str); 5] = [
    (r"^(.+)@[^@]+$", "$1", "${1}"),
    (r"^[A-Z]+\\", "", ""),
    (r"[\s_]+", "-", "-"),
    (r"^(\w)\w*\.(\w+)$", "$1$2", "${1}${2}"),
    (r"-(ext|adm|tmp)$", "", ""),
];

fn main() -> Result<(), Box<dyn Error>> {
    let logins: Vec<String> = (0..LOGINS).map(login).collect();
    let ours = RULES.map(|(from, to, _)| RemappingRule::new(from, to));
    let ours = LoginRemapping::compile(&ours)?;
    let mut peers = Vec::new();
    for (from, _, to) in RULES {
        peers.push((Regex::new(from)?, to));
    }
    let by_peer = |login: &str| {
        peers.iter().fold(login.to_owned(), |login, (rule, to)| {
            match rule.replace_all(&login, *to) {
                Cow::Borrowed(_) => login,
                Cow::Owned(changed) => changed,
            }
        })
    };
    for login in &logins {
        let (ours, peer) = (ours.apply(login)?, by_peer(login));
        if ours != peer {
            return Err(format!("`{login}` becomes `{ours}` and `{peer}`").into());
        }
    }
    let contenders = [
        Contender::new(|| {
            timed(&logins, |login| ours.apply(login).map(drop).map_err(io::Error::other))
        }),
        Contender::new(|| {
            timed(&logins, |login| {
                black_box(by_peer(login));
                Ok(())
            })
        }),
    ];
    let [ours, peer] = medians(contenders)?;
    let what = "20,000 logins by five rules";
    println!("{}", Row::ratio(what, ours, "`regex`", peer, None));
    Ok(())
}

fn login(number: usize) -> String {
    match number % 4 {
        0 => format!("ann{number}.lee@example.org"),
        1 => format!("CORP\\bob_{number}"),
        2 => format!("carol{number}-ext"),
        _ => format!("dave{number}"),
    }
}

fn timed(logins: &[String], apply: impl Fn(&str) -> io::Result<()>) -> io::Result<f64> {
    let start = Instant::now();
    logins.iter().try_for_each(|login| apply(login))?;
    Ok(start.elapsed().as_secs_f64())
}
