use super::error::NameFault;

/// Checks that a name leads nowhere else on any system, and returns it without the slash that marks a
/// directory.
pub(super) fn check(raw: &[u8]) -> Result<&str, NameFault> {
    let name = str::from_utf8(raw).map_err(|_| NameFault::NotUtf8)?;
    if name.is_empty() {
        return Err(NameFault::Empty);
    }
    let is_control = |byte: u8| byte.is_ascii_control();
    // Control characters beyond ASCII are looked for where there is something beyond ASCII.
    if name.bytes().any(is_control) || (!name.is_ascii() && name.chars().any(char::is_control)) {
        return Err(NameFault::ControlCharacter);
    }
    if name.contains('\\') {
        return Err(NameFault::Backslash);
    }
    if name.starts_with('/') {
        return Err(NameFault::Absolute);
    }
    if has_drive_letter(name) {
        return Err(NameFault::DriveLetter);
    }
    let path = name.strip_suffix('/').unwrap_or(name);
    if path.split('/').any(|part| part == "..") {
        return Err(NameFault::GoesUp);
    }
    if path.split('/').any(|part| matches!(part, "" | ".")) {
        return Err(NameFault::Roundabout);
    }
    Ok(path)
}

fn has_drive_letter(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && characters.next() == Some(':')
}
