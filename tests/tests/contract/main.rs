//! The contract with the official Python client: it is content with our mocks, our requests are its
//! requests, and our client reads what it reads.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod asked;
mod contract;
mod coverage;
mod official;
mod ours;
mod recorder;
mod report;
mod service;
mod table;

use contract::Contract;
use official::VERSIONS;
use table::Table;

#[tokio::test]
async fn the_contract_holds_with_every_version() {
    let table = Table::read();
    let mut contracts = Vec::new();
    for version in VERSIONS {
        if let Some(called) = version.call_all().await {
            let served = service::call_service(version).await.unwrap_or_default();
            contracts.push(Contract::of(&table, version, called, served).await);
        }
    }
    let breaches: Vec<_> = contracts.iter().flat_map(Contract::breaches).collect();
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
    // The page is about all versions: without one of them it cannot be checked.
    if contracts.len() == VERSIONS.len() {
        report::check(&table, &contracts);
    }
}
