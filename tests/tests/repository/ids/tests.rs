use super::{Found, codes, pages, rules, sections};

fn names(found: Vec<Found>) -> Vec<String> {
    found.into_iter().map(|(_, name)| name).collect()
}

#[test]
fn a_rule_is_found_wherever_it_stands() {
    let text = "(R-P2), `R-L10`: R-D4. \"R-S7\"";
    assert_eq!(names(rules(text)), ["R-P2", "R-L10", "R-D4", "R-S7"]);
}

#[test]
fn what_only_looks_like_a_rule_is_none() {
    for text in ["LDAR-P2", "R-P2x", "R-p2", "R-22", "R-P", "R-P123", "R-P02", "A-R-P2", "R-PP2"] {
        assert!(rules(text).is_empty(), "{text}");
    }
}

#[test]
fn a_range_of_ids_is_all_of_them() {
    assert_eq!(names(rules("R-P2 to R-P4, R-I1")), ["R-P2", "R-P3", "R-P4", "R-I1"]);
    assert_eq!(names(rules("`R-P2` to `R-P3`")), ["R-P2", "R-P3"]);
    assert_eq!(names(codes("R26 to R28")), ["R26", "R27", "R28"]);
    assert_eq!(names(rules("R-P2 to R-I4")), ["R-P2", "R-I4"]);
}

#[test]
fn a_code_stands_free() {
    let text = "D7, R10: (D11) and [I4]; R-L5, D3. R6";
    assert_eq!(names(codes(text)), ["D7", "R10", "D11", "I4", "D3", "R6"]);
}

#[test]
fn what_only_looks_like_a_code_is_none() {
    let looks = [
        "\\D7", "0xD7", "D7x", "D777", "D07", "D7-a", "A1.b", "V4", "S3", "T1", "%D7", "D7/2",
        "=A1", "a D", "ID7", "{D7}", "\"D7\"", "A1:B2", "r6", "U+00D7", "W17", "M20",
    ];
    for text in looks {
        assert!(codes(text).is_empty(), "{text}");
    }
}

#[test]
fn sections_are_listed_with_commas_and_words() {
    let text = "(wire-facts 1.9, 3.1, 3.10) and wire-facts 5.6 and 7.8; wire-facts 4.";
    let anchors = ["1.9", "3.1", "3.10", "5.6", "7.8", "4"].map(|n| format!("wire-facts-{n}"));
    assert_eq!(names(sections(text)), anchors);
}

#[test]
fn a_range_of_sections_is_all_of_them() {
    let anchors = ["3.3", "3.4", "3.5", "5.1"].map(|n| format!("wire-facts-{n}"));
    assert_eq!(names(sections("wire-facts 3.3 to 3.5, 5.1 of")), anchors);
    assert_eq!(names(sections("wire-facts 3.6 to 4")), ["wire-facts-3.6", "wire-facts-4"]);
}

#[test]
fn rows_and_items_are_parts_of_a_section() {
    let anchors = ["4", "4-1", "4-2", "4-3", "4-5"].map(|n| format!("wire-facts-{n}"));
    assert_eq!(names(sections("wire-facts 4, rows 1 to 3 and 5: x")), anchors);
    let anchors = ["1.7", "8.3", "8.3-3", "9.1"].map(|n| format!("wire-facts-{n}"));
    assert_eq!(names(sections("wire-facts 1.7, 8.3 item 3, 9.1, R-I7")), anchors);
    let anchors = ["8.2", "8.2-7"].map(|n| format!("wire-facts-{n}"));
    assert_eq!(names(sections("wire-facts 8.2, item 7; 3 more")), anchors);
}

#[test]
fn a_mention_without_a_section_is_one_without_an_entry() {
    assert_eq!(names(sections("as wire-facts say")), ["wire-facts without a section"]);
    assert!(sections("product/wire.md#wire-facts-2.4").is_empty(), "a link has its own test");
}

#[test]
fn a_page_section_is_found_by_its_anchor() {
    assert_eq!(
        names(pages("(docs/product.md#quirks, x) product.md#releases.")),
        ["quirks", "releases"]
    );
    assert!(pages("product.md#R-P2").is_empty(), "a rule is found as one");
    assert!(pages("[x](../product.md#sources)").is_empty(), "a link has its own test");
}
