use super::error::NameFault;

/// Some writers start every name with the current directory.
const HERE: &str = "./";

/// Checks that a name does not lead outside on any system.
pub(super) fn check(raw: &[u8]) -> Result<&str, NameFault> {
    let name = str::from_utf8(raw).map_err(|_| NameFault::NotUtf8)?;
    if is_plain(raw) { Ok(name) } else { check_closely(name) }
}

fn check_closely(name: &str) -> Result<&str, NameFault> {
    if name.is_empty() {
        return Err(NameFault::Empty);
    }
    check_characters(name)?;
    if name.starts_with('/') {
        return Err(NameFault::Absolute);
    }
    let path = path(name);
    if has_drive_letter(path) {
        return Err(NameFault::DriveLetter);
    }
    if name == HERE { Ok(name) } else { check_parts(path).map(|()| name) }
}

/// Whether one pass shows that nothing is wrong: printable ASCII without backslash and colon, and no part that is
/// empty or begins with a dot.
fn is_plain(name: &[u8]) -> bool {
    let (mut odd, mut before) = (name.is_empty(), b'/');
    for byte in name {
        let begins_oddly = before == b'/' && matches!(byte, b'.' | b'/');
        odd |= begins_oddly || !matches!(byte, b' '..=b'~') || matches!(byte, b'\\' | b':');
        before = *byte;
    }
    !odd
}

/// In one pass over the bytes. Control characters outside ASCII are searched only in names that are
/// not ASCII.
fn check_characters(name: &str) -> Result<(), NameFault> {
    let (mut backslash, mut is_ascii) = (false, true);
    for byte in name.bytes() {
        if byte.is_ascii_control() {
            return Err(NameFault::ControlCharacter);
        }
        backslash |= byte == b'\\';
        is_ascii &= byte.is_ascii();
    }
    if !is_ascii && name.chars().any(char::is_control) {
        return Err(NameFault::ControlCharacter);
    }
    if backslash { Err(NameFault::Backslash) } else { Ok(()) }
}

/// `..` anywhere counts more than a part that is empty or `.`.
fn check_parts(path: &str) -> Result<(), NameFault> {
    let mut roundabout = false;
    for part in path.as_bytes().split(|byte| *byte == b'/') {
        match part {
            b".." => return Err(NameFault::GoesUp),
            b"" | b"." => roundabout = true,
            _ => {}
        }
    }
    if roundabout { Err(NameFault::Roundabout) } else { Ok(()) }
}

/// The path of a checked name, without a leading `./` and without the trailing slash of a
/// directory. It is empty for the entry `./` itself.
pub(super) fn path(name: &str) -> &str {
    let path = name.strip_prefix(HERE).unwrap_or(name);
    path.strip_suffix('/').unwrap_or(path)
}

fn has_drive_letter(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && characters.next() == Some(':')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_plain_name_is_sound(name in "[a./\\\\: \u{7f}\u{e9}\n]{0,6}") {
            prop_assert!(!is_plain(name.as_bytes()) || check_closely(&name).is_ok(), "{:?}", name);
        }
    }
}
