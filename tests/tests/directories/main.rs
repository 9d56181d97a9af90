//! Tests `LdapDirectory` with real directory servers: OpenLDAP, 389 Directory Server, and Samba as a domain
//! of Active Directory.

#![expect(clippy::unwrap_used, reason = "tests")]

mod blocked;
mod encryption;
mod exports;
mod judged;
mod left_out;
mod limits;
mod nested;
mod same_people;
mod servers;
mod suite;
