//! Links of pages to files and anchors of this repository.

use std::path::{Component, Path, PathBuf};

use crate::entries::anchors;
use crate::files::{self, File};

/// The links of a page that lead nowhere.
pub(crate) fn broken(page: &File) -> Vec<String> {
    let folder = Path::new(&page.path).parent().unwrap_or(Path::new(""));
    let links = links(&page.text).into_iter().filter(|(_, target)| is_local(target));
    let broken = links.filter(|(_, target)| !leads_somewhere(page, folder, target));
    broken.map(|(line, target)| format!("{}:{line}: {target}", page.path)).collect()
}

/// The targets of `[text](target)`, with their lines.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut fenced = false;
    let mut links = Vec::new();
    for (line, text) in text.lines().enumerate() {
        if text.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        links.extend(targets.map(|(target, _)| (line + 1, target.to_owned())));
    }
    links
}

/// Neither an address elsewhere nor an item of a crate, which rustdoc looks up.
fn is_local(target: &str) -> bool {
    let elsewhere = ["http://", "https://", "mailto:"].iter().any(|at| target.starts_with(at));
    let is_name =
        target.starts_with(char::is_uppercase) && target.chars().all(char::is_alphanumeric);
    !elsewhere && !is_name && !target.contains("::")
}

fn leads_somewhere(page: &File, folder: &Path, target: &str) -> bool {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if path.is_empty() { PathBuf::from(&page.path) } else { within(&folder.join(path)) };
    let there = files::top().join(&path);
    there.exists() && (anchor.is_empty() || has_anchor(&std::fs::read_to_string(there), anchor))
}

/// The path without `..`.
fn within(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut path, part| {
        if part == Component::ParentDir {
            path.pop();
        } else {
            path.push(part);
        }
        path
    })
}

fn has_anchor(page: &std::io::Result<String>, anchor: &str) -> bool {
    let Ok(text) = page else { return false };
    let mut headings = text.lines().filter_map(|line| line.strip_prefix('#'));
    anchors(text).any(|id| id == anchor) || headings.any(|heading| slug(heading) == anchor)
}

/// The anchor that a heading gets: small letters, hyphens for blanks, no punctuation.
fn slug(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::{broken, links, slug};
    use crate::files::File;

    #[test]
    fn links_in_fences_are_none() {
        let text = "[a](b.md) and [c](d.md#e)\n```\n[f](g)\n```\n";
        assert_eq!(links(text), [(1, "b.md".to_owned()), (1, "d.md#e".to_owned())]);
    }

    #[test]
    fn a_link_to_nothing_is_broken() {
        let page = |target: &str| File::new("docs/a.md", &format!("[x]({target})\n"));
        for target in
            ["product.md", "../README.md", "product.md#R-P2", "product.md#sources", "https://a/b"]
        {
            assert!(broken(&page(target)).is_empty(), "{target}");
        }
        for target in ["nothing.md", "../nothing", "product.md#nothing", "#nothing"] {
            assert_eq!(broken(&page(target)).len(), 1, "{target}");
        }
    }

    #[test]
    fn a_heading_gets_its_anchor() {
        assert_eq!(slug("# Rules: what `is` there?"), "rules-what-is-there");
    }
}
