//! One bundle, written by common programs.

use std::fs;
use std::path::Path;

use project_deployer_testkit::BundleBuilder;

use crate::environment::{java, python};

/// The archives by name; the name of an archive that gets a note says so.
pub(crate) fn all() -> Vec<(String, Vec<u8>)> {
    let place = tempfile::tempdir().unwrap();
    let mut programs = vec![python("writers.py")];
    programs.extend(java().map(|mut java| {
        java.arg("write");
        java
    }));
    for mut program in programs {
        let output = program.arg(place.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let mut archives = archives_in(place.path());
    let builder = BundleBuilder::new("CHURN", "v1").connection("sql", "PostgreSQL");
    archives.push(("rust".to_owned(), builder.file("data/a", "a,b").build().unwrap()));
    archives.sort();
    archives
}

fn archives_in(place: &Path) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "zip"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        })
        .collect()
}
