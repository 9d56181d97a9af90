//! That a public type can grow without a break, or is listed as one that stays as it is.

use std::collections::BTreeSet;

use crate::files::{self, File};

const SECTION: &str = "## Types that stay as they are";

/// Public enums, and public structs whose fields are all public, without `#[non_exhaustive]`.
fn open_types(file: &File) -> Vec<String> {
    let lines: Vec<&str> = file.text.lines().collect();
    let found = lines.iter().enumerate().filter_map(|(index, line)| {
        let rest = line.strip_prefix("pub ")?.strip_suffix(" {")?;
        let (kind, rest) = rest.split_once(' ')?;
        let name = rest.split(|c: char| !c.is_alphanumeric()).next()?;
        let open = kind == "enum" || kind == "struct" && has_only_public_fields(&lines[index..]);
        (open && !is_marked(&lines[..index])).then(|| name.to_owned())
    });
    found.collect()
}

fn has_only_public_fields(body: &[&str]) -> bool {
    let body = body.iter().skip(1).take_while(|line| **line != "}");
    let mut fields = body.filter(|line| line.starts_with("    ") && is_field(line)).peekable();
    fields.peek().is_some() && fields.all(|field| field.starts_with("    pub "))
}

fn is_field(line: &str) -> bool {
    let declared = line.trim_start_matches(|c: char| c.is_alphanumeric() || "_() ".contains(c));
    declared.starts_with(": ")
}

fn is_marked(before: &[&str]) -> bool {
    let attributes = before.iter().rev().take_while(|line| !line.is_empty() && **line != "}");
    attributes.into_iter().any(|line| line.trim() == "#[non_exhaustive]")
}

fn is_published(file: &File) -> bool {
    let path = &file.path;
    let library = path.starts_with("crates/project-deployer") && path.contains("/src/");
    library && path.ends_with(".rs") && !path.contains("-cli/") && !path.contains("/tests")
}

/// The names in backticks at the start of the lines of the section.
fn listed() -> BTreeSet<String> {
    let page = files::read("docs/choices.md");
    let (_, section) = page.split_once(SECTION).unwrap();
    let section = section.split("\n## ").next().unwrap_or_default();
    let lines = section.lines().filter_map(|line| line.strip_prefix("- ")?.split_once(": "));
    let names = lines.flat_map(|(names, _)| names.split('`').skip(1).step_by(2));
    names.map(str::to_owned).collect()
}

#[test]
fn a_public_type_can_grow_or_is_listed_as_one_that_stays() {
    let open = files::all().iter().filter(|file| is_published(file)).flat_map(open_types).collect();
    let listed = listed();
    let difference: Vec<_> = listed.symmetric_difference(&open).collect();
    assert!(
        difference.is_empty(),
        "mark the type with #[non_exhaustive] and give it a constructor, or list it in docs/choices.md \
         with the reason; a listed type has to be there: {difference:?}"
    );
}

#[test]
fn a_type_counts_as_open_unless_it_is_marked_or_has_a_private_field() {
    let text = "/// One.\n#[derive(Debug)]\npub struct Open {\n    pub a: u8,\n}\n\n#[non_exhaustive]\npub \
                struct Marked {\n    pub a: u8,\n}\n\npub struct Private<T> {\n    pub a: T,\n    \
                pub(crate) b: u8,\n}\n\npub enum Words {\n    A,\n}\n\npub(crate) enum Inner {\n    A,\n}\n";
    assert_eq!(open_types(&File::new("a.rs", text)), ["Open", "Words"]);
}
