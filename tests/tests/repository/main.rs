//! What the files of this repository say of each other: ids lead to an entry, links to a file.
#![expect(clippy::unwrap_used, reason = "tests")]

mod entries;
mod files;
mod ids;
mod links;
mod map;
mod open_types;
mod prose;
mod rows;
mod words;

use entries::Entries;
use files::File;

/// What is wrong, one line each.
#[track_caller]
fn assert_none(wrong: &[String], hint: &str) {
    assert!(wrong.is_empty(), "{hint}\n{}\n", wrong.join("\n"));
}

#[test]
fn every_id_has_an_entry() {
    let entries = Entries::read();
    let wrong: Vec<_> =
        files::all().iter().flat_map(|file| without_entry(file, &entries)).collect();
    assert_none(
        &wrong,
        "Add an entry `<a id=\"ID\"></a>` to docs/product.md or docs/product/wire.md. Text that only \
         looks like an id belongs into `backticks`.",
    );
}

fn without_entry(file: &File, entries: &Entries) -> Vec<String> {
    let missing = |(line, id): (usize, String)| {
        let known = entries.has(&id);
        (!known).then(|| format!("{}:{line}: `{id}` has no entry", file.path))
    };
    prose::ids_of(file).into_iter().filter_map(missing).collect()
}

/// J1 and the others: how each feature is reached, or that it is not.
#[test]
fn every_feature_has_a_row() {
    let features = Entries::read();
    let letters = [
        ('A', 12),
        ('B', 9),
        ('C', 9),
        ('D', 11),
        ('E', 9),
        ('F', 22),
        ('G', 12),
        ('H', 10),
        ('I', 9),
        ('J', 9),
        ('K', 7),
        ('L', 5),
        ('M', 20),
    ];
    for (letter, last) in letters {
        for number in 1..=last {
            assert!(features.has(&format!("{letter}{number}")), "{letter}{number}");
        }
    }
}

#[test]
fn ids_are_found_throughout_the_repository() {
    let ids: Vec<_> = files::all().iter().flat_map(prose::ids_of).collect();
    for known in ["R-P2", "R-L5", "D7", "I4", "R6", "R16", "wire-facts-2.4", "wire-facts-2.1-3"] {
        assert!(ids.iter().any(|(_, id)| id == known), "{known}");
    }
    assert!(ids.len() > 600, "{} ids", ids.len());
}

/// Documents that the facts were gathered in; a reader cannot open them.
#[test]
fn no_file_names_a_document_that_is_not_here() {
    let names = ["wire-facts", "field", "design", "house-style", "field-reports"];
    let names = names.map(|stem| format!("{stem}.md"));
    let named = |file: &File| names.iter().any(|name| file.text.contains(name.as_str()));
    let wrong: Vec<_> = files::all().into_iter().filter(named).map(|file| file.path).collect();
    assert_none(
        &wrong,
        "Name the fact by its id: wire-facts and a section, a rule, docs/product.md.",
    );
}

#[test]
fn an_entry_is_there_once() {
    assert_none(&Entries::read().twice(), "An id with two entries leads to one of them only.");
}

#[test]
fn operations_of_the_contract_name_sections_that_are_there() {
    let entries = Entries::read();
    let operations = files::read("tests/tests/contract/operations.json");
    let sections: Vec<_> = operations
        .split("\"facts\": \"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap_or_default())
        .collect();
    assert!(sections.len() > 200, "{} sections", sections.len());
    for section in sections {
        assert!(entries.has(&format!("wire-facts-{section}")), "{section}");
    }
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    let pages: Vec<_> =
        files::all().into_iter().filter(|file| file.path.ends_with(".md")).collect();
    let wrong: Vec<_> = pages.iter().flat_map(links::broken).collect();
    assert_none(
        &wrong,
        "A link of a page leads to a file, and its anchor to a heading or an `<a id>`.",
    );
}

#[test]
fn replaced_words_stay_out_of_pages_and_sources() {
    let read = files::all().into_iter().filter(|file| words::is_read(&file.path));
    let found: Vec<_> = read.flat_map(|file| words::replaced(&file)).collect();
    assert_none(&found, "docs/glossary.md has the word to write instead.");
}
