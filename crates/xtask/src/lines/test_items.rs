//! Finds the items behind `#[cfg(test)]` in a Rust file that rustfmt has formatted.

/// The test-only items of a file.
pub(super) struct TestItems {
    pub(super) path: String,
    /// The number of their lines.
    pub(super) lines: usize,
    /// The modules among them that are files, by path without `.rs`.
    pub(super) modules: Vec<String>,
}

impl TestItems {
    pub(super) fn of(path: &str, text: &str) -> Self {
        let mut found = Self { path: path.to_owned(), lines: 0, modules: Vec::new() };
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if line.trim() != "#[cfg(test)]" {
                continue;
            }
            found.lines += 1;
            let indent = indent(line);
            for line in lines.by_ref() {
                found.lines += 1;
                if let Some(module) = module_file(line) {
                    found.modules.push(format!("{}/{module}", folder_of_modules(path)));
                }
                if ends_item(line, indent) {
                    break;
                }
            }
        }
        found
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Whether an item with this indent ends here. Its content has a deeper indent.
fn ends_item(line: &str, of: usize) -> bool {
    indent(line) == of && line.ends_with([';', '}', ','])
}

/// The name in `pub(crate) mod name;`.
fn module_file(line: &str) -> Option<&str> {
    let (before, name) = line.trim().strip_suffix(';')?.rsplit_once(' ')?;
    (before == "mod" || before.ends_with(" mod")).then_some(name)
}

/// Where the modules of a file are.
fn folder_of_modules(path: &str) -> &str {
    let module = path.trim_end_matches(".rs");
    match module.rsplit_once('/') {
        Some((folder, "lib" | "main" | "mod")) => folder,
        _ => module,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_of_tests_goes_to_the_end_of_its_block() {
        let text = "fn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn b() {\n    }\n}\n\nfn c() {}\n";
        assert_eq!(TestItems::of("src/x.rs", text).lines, 5);
    }

    #[test]
    fn an_item_of_tests_may_be_a_line_a_member_or_have_more_attributes() {
        let line = "#[cfg(test)]\npub(crate) use file::PIECE;\nfn a() {}\n";
        assert_eq!(TestItems::of("src/x.rs", line).lines, 2);
        let member = "impl A {\n    #[cfg(test)]\n    fn b(\n        c: u8,\n    ) {\n    }\n    fn d() {}\n}\n";
        assert_eq!(TestItems::of("src/x.rs", member).lines, 5);
        let attributes = "#[cfg(test)]\n#[expect(dead_code)]\nfn a() {\n}\nfn b() {}\n";
        assert_eq!(TestItems::of("src/x.rs", attributes).lines, 4);
    }

    #[test]
    fn modules_of_tests_are_found_where_they_are() {
        let text = "#[cfg(test)]\npub(crate) mod held;\n";
        assert_eq!(TestItems::of("src/upload.rs", text).modules, ["src/upload/held"]);
        assert_eq!(TestItems::of("src/lib.rs", text).modules, ["src/held"]);
        let other = "#[cfg(any(test, feature = \"test-support\"))]\nmod conformance;\n";
        assert!(TestItems::of("src/lib.rs", other).modules.is_empty());
    }
}
