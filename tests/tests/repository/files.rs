//! The text files of the repository.

use std::path::{Path, PathBuf};

const FOLDERS: [&str; 4] = ["crates", "docs", "examples", "tests"];
const SINGLE: [&str; 2] = ["README.md", "Cargo.toml"];
const KINDS: [&str; 8] = ["rs", "md", "toml", "py", "sh", "html", "js", "css"];
/// What programs write, and bytes that are inputs of tests.
const PASSED_OVER: [&str; 5] = ["target", "seeds", "corpus", "artifacts", "__pycache__"];

/// A text file, by its path below the top.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// A file that is not on the disk.
    #[cfg(test)]
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}

/// The top of the repository.
pub(crate) fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// One file, by its path below the top.
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(top().join(path)).unwrap()
}

/// All text files that people write.
pub(crate) fn all() -> Vec<File> {
    let mut paths: Vec<PathBuf> = SINGLE.iter().map(PathBuf::from).collect();
    for folder in FOLDERS {
        collect(Path::new(folder), &mut paths);
    }
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(top().join(&path)).unwrap();
        File { path: path.to_str().unwrap().to_owned(), text }
    };
    paths.into_iter().map(read).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(top().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = folder.join(&name);
        if name.starts_with('.') || PASSED_OVER.contains(&name.as_str()) {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|kind| KINDS.iter().any(|known| kind == *known)) {
            paths.push(path);
        }
    }
}
