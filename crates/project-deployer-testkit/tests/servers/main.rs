//! Real directory servers: each starts, answers an independent client with exactly the people described,
//! and leaves nothing behind.
#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod directory_server_389;
mod ending;
mod facts;
mod open_ldap;
mod posix;
mod samba_domain;
mod tools;
