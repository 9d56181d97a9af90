//! The text of a file that people read, as one line per paragraph, and the ids in it.

use crate::files::File;
use crate::ids;

/// Every id of a file, with its line.
pub(crate) fn ids_of(file: &File) -> Vec<(usize, String)> {
    let mut comments = Paragraphs::default();
    let mut prose = Paragraphs::default();
    let mut found = Vec::new();
    let mut fenced = false;
    for (index, line) in file.text.lines().enumerate() {
        let (code, comment) = parts(&file.path, line);
        found.extend(ids::rules(code).into_iter().map(|(_, id)| (index + 1, id)));
        let fence = comment.is_some_and(|comment| comment.starts_with("```"));
        fenced = comment.is_some() && fenced ^ fence;
        let comment = comment.filter(|_| !fence && !fenced);
        let alone = code.trim().is_empty() && comment.is_some_and(|comment| !comment.is_empty());
        comments.add(comment.unwrap_or_default(), alone);
        prose.add(&without_spans(comment.unwrap_or_default()), alone);
    }
    let text = &comments.text;
    for (at, id) in [ids::rules(text), ids::sections(text), ids::pages(text)].concat() {
        found.push((comments.line_of(at), id));
    }
    found.extend(ids::codes(&prose.text).into_iter().map(|(at, id)| (prose.line_of(at), id)));
    found.sort();
    found
}

/// Text whose lines are joined where they belong together, and where each of them starts.
#[derive(Debug, Default)]
struct Paragraphs {
    text: String,
    starts: Vec<usize>,
}

impl Paragraphs {
    /// Adds the next line; one that is not alone belongs to neither neighbour.
    fn add(&mut self, line: &str, alone: bool) {
        if !alone {
            self.text.push('\n');
        }
        self.starts.push(self.text.len());
        self.text.push_str(line);
        self.text.push(if alone { ' ' } else { '\n' });
    }

    fn line_of(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }
}

/// The code of a line, and the comment behind it. A page has nothing but text.
fn parts<'a>(path: &str, line: &'a str) -> (&'a str, Option<&'a str>) {
    let mark = match path.rsplit('.').next() {
        Some("md") => return ("", Some(line.trim())),
        Some("rs") => "//",
        Some("py" | "toml" | "sh") => "#",
        _ => return (line, None),
    };
    let in_text = |at: &usize| line[..*at].replace("\\\"", "").matches('"').count() % 2 == 1;
    let start = line.match_indices(mark).map(|(at, _)| at).find(|at| !in_text(at));
    let Some(start) = start else { return (line, None) };
    let comment = line[start..].trim_start_matches(['/', '!', '#']);
    (&line[..start], Some(comment.trim()))
}

/// A line with something else in the place of `code`.
fn without_spans(line: &str) -> String {
    let pairs = line.matches('`').count() / 2;
    let parts = line.split('`').enumerate();
    let kept = parts.map(|(index, part)| {
        let is_code = index % 2 == 1 && index < 2 * pairs;
        if is_code { "x".repeat(part.len()) } else { part.to_owned() }
    });
    kept.collect::<Vec<_>>().join("`")
}

#[cfg(test)]
mod tests {
    use super::ids_of;
    use crate::files::File;

    fn found(path: &str, text: &str) -> Vec<(usize, String)> {
        ids_of(&File::new(path, text))
    }

    fn at(line: usize, id: &str) -> (usize, String) {
        (line, id.to_owned())
    }

    #[test]
    fn an_id_in_a_comment_is_found_with_its_line() {
        let text = "fn a() {\n    // D7, R-P2\n    let a = A1; // R6: b\n}\n";
        assert_eq!(found("a.rs", text), [at(2, "D7"), at(2, "R-P2"), at(3, "R6")]);
    }

    #[test]
    fn code_has_rules_and_no_codes() {
        let text = "assert!(a, \"R-D3: D7\");\nlet url = \"http://a/ R6\";\nlet b = [A1, B2];\n";
        assert_eq!(found("a.rs", text), [at(1, "R-D3")]);
    }

    #[test]
    fn a_list_of_sections_goes_on_on_the_next_line() {
        let text = "//! Resources (wire-facts 3.3 to 3.4, 5.1 to\n//! 5.2).\nuse a;\n";
        let ids = ["3.3", "3.4", "5.1", "5.2"].map(|n| at(1, &format!("wire-facts-{n}")));
        assert_eq!(found("a.rs", text), ids);
        let broken = "/// Templates (wire-facts\n/// 7.9).\n";
        assert_eq!(found("a.rs", broken), [at(1, "wire-facts-7.9")]);
    }

    #[test]
    fn code_spans_and_fences_of_a_page_have_no_codes() {
        let text = "Cell `A1` and D7.\n\n```\nD8\n```\n\nA rule `R-P2` and R6.\n";
        assert_eq!(found("a.md", text), [at(1, "D7"), at(7, "R-P2"), at(7, "R6")]);
    }

    #[test]
    fn settings_and_scripts_have_comments_too() {
        assert_eq!(found("a.toml", "a = \"D7 # D8\" # D9\n"), [at(1, "D9")]);
        assert_eq!(found("a.py", "# D7\nA1 = 3\n"), [at(1, "D7")]);
    }
}
