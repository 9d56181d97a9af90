//! Words that the glossary has replaced, in what users read.

use crate::files::File;

/// Each with the word to write instead.
const REPLACED: [(&str, &str); 14] = [
    ("told", "reported, returned or said"),
    ("tells", "reports, returns or says"),
    ("mend", "fix, or hint"),
    ("mends", "fixes"),
    ("mended", "fixed"),
    ("errand", "manual step"),
    ("errands", "manual steps"),
    ("deed", "action"),
    ("deeds", "actions"),
    ("hindrance", "blocker"),
    ("lexicon", "interner"),
    ("outlook", "import rules"),
    ("surroundings", "environment"),
    ("landscape", "parity scope"),
];

/// Whether users read the file: pages, sources and templates, without tests and the history of changes.
pub(crate) fn is_read(path: &str) -> bool {
    let page = path.ends_with(".md") && path != "docs/changelog.md";
    let source = path.ends_with(".rs") || path.ends_with(".html");
    let is_test =
        path.contains("/tests/") || path.starts_with("tests/") || path.ends_with("tests.rs");
    (page || source) && !is_test
}

/// Each replaced word of a file, with its line. Names of test functions are sentences and may keep them.
pub(crate) fn replaced(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for (index, line) in file.text.lines().enumerate().filter(|(_, line)| !line.contains("fn ")) {
        let words = line.split(|character: char| !character.is_alphanumeric() && character != '_');
        for word in words {
            if let Some((old, new)) =
                REPLACED.iter().find(|(old, _)| word.eq_ignore_ascii_case(old))
            {
                found.push(format!("{}:{}: `{old}`, write {new}", file.path, index + 1));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_word_is_found_by_its_line() {
        let text = "// Nothing is said.\n// What was Told.\nfn nothing_is_told() {}\n// retold\n";
        let file = File { path: "src/x.rs".to_owned(), text: text.to_owned() };
        assert_eq!(replaced(&file), ["src/x.rs:2: `told`, write reported, returned or said"]);
        assert!(is_read("docs/parity.md") && is_read("crates/a/src/b.rs"));
        assert!(!is_read("docs/changelog.md") && !is_read("crates/a/src/b/tests.rs"));
    }
}
