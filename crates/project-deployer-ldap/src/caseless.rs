//! Comparison of texts as in a directory: case is ignored, and any run of blanks counts as one.

/// The form in which directories compare texts (`caseIgnoreMatch` of RFC 4517, with the lower case of
/// Unicode instead of the tables of RFC 4518).
pub(crate) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().flat_map(char::to_lowercase));
    }
    folded
}

/// A text for messages: at most 60 characters, control characters escaped.
pub(crate) fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().nth(60).is_some() {
        shown.push('…');
    }
    shown
}
