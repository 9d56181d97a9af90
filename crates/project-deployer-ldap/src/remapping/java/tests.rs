use super::super::replacement::Replacement;
use super::*;

/// Rules, logins and what Java makes of them.
const CASES: &str = include_str!("../../../tests/remapping.txt");

fn units(field: &str) -> Vec<u16> {
    let mut rest = field.encode_utf16();
    let mut units = Vec::new();
    while let Some(unit) = rest.next() {
        if unit == u16::from(b'%') {
            let digits: Vec<u16> = rest.by_ref().take(4).collect();
            units.push(u16::from_str_radix(&String::from_utf16(&digits).unwrap(), 16).unwrap());
        } else {
            units.push(unit);
        }
    }
    units
}

fn plain(field: &str) -> String {
    String::from_utf16(&units(field)).unwrap()
}

/// The result; None for a refusal.
fn replaced(pattern: &str, replacement: &str, login: &[u16]) -> Option<Vec<u16>> {
    let pattern = Pattern::parse(pattern).ok()?;
    let replacement = Replacement::parse(replacement, &pattern).ok()?;
    let mut result = Vec::new();
    let mut copied = 0;
    for groups in pattern.find_all(login).ok()? {
        let (begin, end) = groups[0].unwrap();
        result.extend_from_slice(&login[copied..begin]);
        replacement.expand(login, &groups, &mut result);
        copied = end;
    }
    result.extend_from_slice(&login[copied..]);
    Some(result)
}

#[test]
fn every_case_has_the_result_of_java_or_is_refused() {
    let mut same = 0;
    let mut cases = 0;
    for line in CASES.lines().filter(|line| !line.starts_with("# ")) {
        let fields: Vec<&str> = line.split('\t').collect();
        let result = replaced(&plain(fields[0]), &plain(fields[1]), &units(fields[2]));
        cases += 1;
        if let Some(result) = result {
            // What Java refuses has no result.
            assert_eq!(fields[3], "ok", "{line}");
            assert_eq!(result, units(fields[4]), "{line}");
            same += 1;
        }
    }
    assert!(cases >= 150 && same >= 135, "{same} of {cases}");
}

#[test]
fn ordinary_rules_are_taken() {
    for (pattern, login, result) in [
        (r"[\s-_]", "ann.li", "ann.li"),
        (r"[\w-.]", "a.b-c@x", "@"),
        (r"^[\w-\.]+@([\w-]+\.)+[\w-]{2,4}$", "ann.li@ex-a.test", ""),
        (r"^\QCORP\\E", r"CORP\bob", "bob"),
        (r"\p{InCombiningDiacriticalMarks}", "a\u{301}b", "ab"),
        (r"\p{Punct}", "a$+<=>^`|~b", "ab"),
        (r"[^\p{Alnum}]", "René", "Ren"),
    ] {
        let login: Vec<u16> = login.encode_utf16().collect();
        let wanted: Vec<u16> = result.encode_utf16().collect();
        assert_eq!(replaced(pattern, "", &login), Some(wanted), "{pattern}");
    }
}

#[test]
fn what_depends_on_the_version_of_java_is_refused() {
    for (pattern, login) in
        [(r"\b", "é"), (r"\p{L}", "\u{A7CB}"), (r"(?iu)a", "\u{A7CB}"), (r"(?U)\w", "\u{363}")]
    {
        let login: Vec<u16> = login.encode_utf16().collect();
        assert_eq!(
            Pattern::parse(pattern).unwrap().find_all(&login),
            Err(Stop::Version),
            "{pattern}"
        );
    }
    let plain: Vec<u16> = "ann".encode_utf16().collect();
    assert_eq!(Pattern::parse(r"\b").unwrap().find_all(&plain).unwrap().len(), 2);
}

#[test]
fn no_letter_is_cut_in_two() {
    let login: Vec<u16> = "\u{1F600}b".encode_utf16().collect();
    assert_eq!(Pattern::parse("x*").unwrap().find_all(&login), Err(Stop::Half));
    // Java counts units or letters there, by what stands in the pattern after it.
    assert_eq!(Pattern::parse("(?<=b)c").unwrap().find_all(&login), Err(Stop::Half));
    assert_eq!(Pattern::parse(".").unwrap().find_all(&login).unwrap().len(), 2);
}

#[test]
fn a_search_has_a_budget_of_steps() {
    let login: Vec<u16> = vec![u16::from(b'a'); 40];
    assert_eq!(Pattern::parse("(a|aa)+b").unwrap().find_all(&login), Err(Stop::Steps));
}
