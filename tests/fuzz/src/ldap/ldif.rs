use std::fmt::Write as _;

use project_deployer_ldap::{Entry, LdifDirectory};

use crate::shown::assert_fit_to_show;

/// The entries of a text can be written and read; a fault is on a line that the text has.
pub fn ldif(bytes: &[u8]) {
    let directory = match LdifDirectory::parse(bytes) {
        Ok(directory) => directory,
        Err(error) => {
            let lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).count();
            assert!((1..=lines).contains(&error.line()), "{error} of {lines} lines");
            return assert_fit_to_show(&error, 1_000);
        }
    };
    // What is written twice as long may be too long for a name.
    let short = directory.entries().iter().all(|entry| entry.dn.to_string().len() <= 10_000);
    if short {
        let again = LdifDirectory::parse(written(directory.entries()).as_bytes()).unwrap();
        assert_eq!(again.entries(), directory.entries());
    }
}

/// The entries with every value in base64.
fn written(entries: &[Entry]) -> String {
    let mut text = String::new();
    for entry in entries {
        writeln!(text, "dn:: {}", base64(entry.dn.to_string().as_bytes())).unwrap();
        for (name, values) in entry.attributes() {
            for value in values {
                writeln!(text, "{name}:: {}", base64(value.as_bytes())).unwrap();
            }
        }
        text.push('\n');
    }
    text
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for piece in bytes.chunks(3) {
        let bits = piece.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - piece.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= piece.len() { digit.into() } else { '=' });
        }
    }
    text
}
