use super::error::NameFault;

/// Some writers start every name with the current directory.
const HERE: &str = "./";

/// Checks that a name does not lead outside on any system.
pub(super) fn check(raw: &[u8]) -> Result<&str, NameFault> {
    let name = str::from_utf8(raw).map_err(|_| NameFault::NotUtf8)?;
    if name.is_empty() {
        return Err(NameFault::Empty);
    }
    let is_control = |byte: u8| byte.is_ascii_control();
    // Control characters outside ASCII are searched only in names that are not ASCII.
    if name.bytes().any(is_control) || (!name.is_ascii() && name.chars().any(char::is_control)) {
        return Err(NameFault::ControlCharacter);
    }
    if name.contains('\\') {
        return Err(NameFault::Backslash);
    }
    if name.starts_with('/') {
        return Err(NameFault::Absolute);
    }
    let path = path(name);
    if has_drive_letter(path) {
        return Err(NameFault::DriveLetter);
    }
    if path.split('/').any(|part| part == "..") {
        return Err(NameFault::GoesUp);
    }
    if name != HERE && path.split('/').any(|part| matches!(part, "" | ".")) {
        return Err(NameFault::Roundabout);
    }
    Ok(name)
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
