use super::entry::Entry;
use super::error::{BundleError, shown};

/// Refuses names that would become one file on a file system that ignores case, and a file that is
/// the directory of another entry.
pub(super) fn check(entries: &[Entry]) -> Result<(), BundleError> {
    let mut keys: Vec<(String, &Entry)> = entries.iter().map(|entry| (key(entry), entry)).collect();
    keys.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
    for pair in keys.windows(2) {
        let [(first_key, first), (second_key, second)] = pair else { continue };
        let below = second_key.strip_prefix(first_key.as_str());
        let collide = match below {
            Some("") => true,
            Some(rest) => rest.starts_with(SEPARATOR) && !first.is_directory,
            None => false,
        };
        if collide {
            let (first, second) = (shown(&first.path), shown(&second.path));
            return Err(BundleError::CollidingNames { first, second });
        }
    }
    Ok(())
}

/// Sorts before every character of a name, so that what is below an entry follows it at once.
const SEPARATOR: char = '\u{1}';

/// Upper case first: some letters have one upper case and two lower cases.
fn key(entry: &Entry) -> String {
    entry.path.to_uppercase().to_lowercase().replace('/', "\u{1}")
}
