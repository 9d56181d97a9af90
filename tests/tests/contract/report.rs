//! `docs/contract.md`: what was found, for people.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::contract::{Contract, Found};
use crate::official::{Outcome, variable};
use crate::table::{Row, Table};

const UPDATE: &str = "UPDATE_CONTRACT";

const HEAD: &str = "# The contract with the official Python client

This page is written by `UPDATE_CONTRACT=1 cargo test -p project-deployer-tests --test contract`, and
checked by every run of those tests. It shows for every operation (by its section of [the wire](product/wire.md)) what
came of it when the official client (`dataiku-api-client`) called it on the mocks of the testkit, and
where the request of our own client is another one. Columns named service show the same for our own service
(`project-deployer-server`), over real nodes of the testkit.

| word | meaning |
|---|---|
| works | the official client succeeds; where ours has the operation, it reads the same response |
| not served | the mock has no such operation yet; the requests were compared nevertheless |
| accepted | the mock does not do it, for the reason in the last column |
| absent | this version of the official client has no such call |
| refused | our service does not do it, for the reason in the last column, and says so |
| - | one of the clients, or our service, has no such operation |

Requests are the same when method, path, query, JSON body and the names of multipart parts are. Which
prefix the API has, slashes that are repeated or at the end, the spelling of `true` and `false`,
percent-encoding, boundaries and headers make no difference.
";

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/contract.md")
}

/// Writes the page, or fails when it is not what it should be.
pub(crate) fn check(table: &Table, contracts: &[Contract]) {
    let wanted = written(table, contracts);
    if variable(UPDATE).as_deref() == Some("1") {
        std::fs::write(page(), wanted).unwrap();
        return;
    }
    let had = std::fs::read_to_string(page()).unwrap_or_default();
    assert!(had == wanted, "docs/contract.md is stale: run the contract tests with {UPDATE}=1");
}

fn written(table: &Table, contracts: &[Contract]) -> String {
    let mut text = HEAD.to_owned();
    counts(&mut text, table, contracts);
    let versions: Vec<_> = contracts.iter().map(|contract| contract.version.number).collect();
    let columns = versions.iter().map(|number| format!("{number} | {number}, service"));
    let columns = columns.collect::<Vec<_>>().join(" | ");
    let line = "---|".repeat(2 * versions.len());
    writeln!(text, "\n## Operations\n\n| facts | operation | {columns} | our request | remark |")
        .unwrap();
    writeln!(text, "|---|---|{line}---|---|").unwrap();
    for row in table.rows() {
        let results = contracts.iter().map(|contract| {
            let found = &contract.found[&row.operation];
            format!("{} | {}", result(row, found), served(found))
        });
        let results = results.collect::<Vec<_>>().join(" | ");
        let (request, remark) = (request(row, contracts), remark(row));
        writeln!(
            text,
            "| {} | `{}` | {results} | {request} | {remark} |",
            row.facts, row.operation
        )
        .unwrap();
    }
    text
}

fn counts(text: &mut String, table: &Table, contracts: &[Contract]) {
    writeln!(text, "\n## Counts\n").unwrap();
    writeln!(text, "| version | works | not served | accepted | absent | requests compared | of them with differences | answers read by ours |").unwrap();
    writeln!(text, "|---|---|---|---|---|---|---|---|").unwrap();
    for contract in contracts {
        let of = |word: &str| {
            let rows =
                table.rows().filter(|row| result(row, &contract.found[&row.operation]) == word);
            rows.count()
        };
        let compared: Vec<_> =
            contract.found.values().filter_map(|found| found.differences.as_ref()).collect();
        let other = compared.iter().filter(|differences| !differences.is_empty()).count();
        let read = contract.found.values().filter(|found| found.read == Some(true)).count();
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {other} | {read} |",
            contract.version.number,
            of("works"),
            of("not served"),
            of("accepted"),
            of("absent"),
            compared.len(),
        )
        .unwrap();
    }
}

fn result(row: &Row, found: &Found) -> &'static str {
    match found.outcome {
        None => "-",
        Some(Outcome::Works) => "works",
        Some(Outcome::Absent) => "absent",
        Some(Outcome::Refused | Outcome::Broken) if row.is_not_served() => "not served",
        Some(Outcome::Refused | Outcome::Broken) => "accepted",
    }
}

fn served(found: &Found) -> &'static str {
    match found.served {
        None => "-",
        Some(Outcome::Works) => "works",
        Some(Outcome::Absent) => "absent",
        Some(Outcome::Refused | Outcome::Broken) => "refused",
    }
}

fn request(row: &Row, contracts: &[Contract]) -> &'static str {
    let mut compared =
        contracts.iter().filter_map(|contract| contract.found[&row.operation].differences.as_ref());
    match (compared.clone().count(), compared.all(|differences| differences.is_empty())) {
        (0, _) => "-",
        (_, true) => "same",
        (_, false) => "differs",
    }
}

fn remark(row: &Row) -> String {
    let mut remarks: Vec<_> =
        row.differences.iter().map(|(place, why)| format!("`{place}`: {why}")).collect();
    let whole = [&row.reason, &row.only_official, &row.unread];
    remarks.extend(whole.into_iter().flatten().cloned());
    let by_service = row.refused_by_service.iter();
    remarks.extend(by_service.map(|why| format!("the service refuses it: {why}")));
    remarks.extend(row.refused.clone().filter(|_| !row.is_not_served()));
    remarks.join("; ")
}
