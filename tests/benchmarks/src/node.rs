//! Clients of nodes, and the files that the receiver serves in place of a node.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use project_deployer_client::{HttpConnector, HttpNode, Identity};
use project_deployer_core::infra::NodeEntry;
use project_deployer_core::{ApiKeySecret, Login, NodeAddress};
use serde_json::{Value, json};

use crate::process::scratch;

/// A key in the format of nodes.
pub const KEY: &str = "aBcDeFgHiJkLmNoPqRsTuVwXyZ012345";

/// The number of users in the prepared list.
pub const USERS: usize = 200_000;

/// A client for the node at an address, built as an embedding program would. With a login it acts as that
/// user.
///
/// # Errors
///
/// The address is not valid for a node.
pub fn node(connector: &HttpConnector, url: &str, login: Option<&str>) -> io::Result<HttpNode> {
    let address = NodeAddress::parse(url).map_err(io::Error::other)?;
    let key = ApiKeySecret::new(KEY).map_err(io::Error::other)?;
    let acting = match login {
        Some(login) => Identity::Impersonate(Login::parse(login).map_err(io::Error::other)?),
        None => Identity::ApiKey,
    };
    let settings = NodeEntry::new(address, key).settings();
    let settings = settings.ok_or_else(|| io::Error::other("an address and a key are enough"))?;
    connector.node(&settings, &acting).map_err(io::Error::other)
}

/// A connector with the default timeouts.
///
/// # Errors
///
/// HTTP clients cannot be set up.
pub fn connector() -> io::Result<HttpConnector> {
    HttpConnector::builder().build().map_err(io::Error::other)
}

/// A file of this many bytes without repetition.
///
/// # Errors
///
/// It cannot be written.
pub fn archive(bytes: u64) -> io::Result<PathBuf> {
    let path = scratch()?.join(format!("archive-{bytes}.zip"));
    if fs::metadata(&path).is_ok_and(|found| found.len() == bytes) {
        return Ok(path);
    }
    let mut file = BufWriter::new(File::create(&path)?);
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for _ in 0..bytes / 8 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        file.write_all(&state.to_le_bytes())?;
    }
    file.flush()?;
    Ok(path)
}

/// The list of users of a large node, with the fields and about the length of a node's answer
/// (wire-facts 5.1).
///
/// # Errors
///
/// It cannot be written.
pub fn list_of_users() -> io::Result<PathBuf> {
    let path = scratch()?.join(format!("users-{USERS}.json"));
    let mut file = BufWriter::new(File::create(&path)?);
    for number in 0..USERS {
        file.write_all(if number == 0 { b"[" } else { b"," })?;
        serde_json::to_writer(&mut file, &user(number))?;
    }
    file.write_all(b"]")?;
    file.flush()?;
    Ok(path)
}

/// One user: most come from a directory, one in ten is local, some have secrets.
fn user(number: usize) -> Value {
    const UNITS: [&str; 8] =
        ["risk", "sales", "claims", "fraud", "pricing", "supply", "people", "audit"];
    let every = |nth| number.is_multiple_of(nth);
    let unit = UNITS[number % UNITS.len()];
    let login = format!("{unit}.analyst{number:06}");
    let groups: Vec<_> = (0..number % 6).map(|group| format!("{unit}-team-{group}")).collect();
    let secrets = if every(20) {
        json!([{"name": "warehouse", "value": "e:AES:0123456789abcdef", "secret": true}])
    } else {
        json!([])
    };
    json!({
        "login": login,
        "displayName": format!("Analyst {number} of {unit}"),
        "email": format!("{login}@example.org"),
        "groups": groups,
        "sourceType": if every(10) { "LOCAL" } else { "LDAP" },
        "userProfile": if every(3) { "FULL_DESIGNER" } else { "READER" },
        "enabled": !every(50),
        "codeAllowed": every(3),
        "creationDate": 1_600_000_000_000_u64 + number as u64 * 1000,
        "objectImgHash": number % 997,
        "activeWebSocketSesssions": 0,
        "trialStatus": {"exists": false, "expired": false, "valid": false},
        "userProperties": {},
        "adminProperties": {"costCentre": format!("{:05}", number % 3000)},
        "secrets": secrets,
        "credentials": {},
    })
}
