use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::read;

const MANIFEST: &str = "export-manifest.json";
const PATHS: [&str; 5] = [
    "project_config/params.json",
    "project_config/datasets/orders.json",
    "project_config/recipes/clean.json",
    "project_config/webapps/board.json",
    "project_config/scenarios/NIGHTLY.json",
];

/// The documents of a bundle, one after the other with a NUL between them, in a sound archive: the
/// manifest, then one of each kind. What the bundle then says of itself, its manifest said.
pub fn bundle_documents(bytes: &[u8]) {
    let mut texts = bytes.split(|byte| *byte == 0);
    let manifest = texts.next().unwrap_or_default();
    let documents = [(MANIFEST, manifest)].into_iter().chain(PATHS.into_iter().zip(texts));
    let Ok(contents) = read(&packed(documents)) else { return };
    let manifest: serde_json::Value = serde_json::from_slice(manifest).unwrap();
    assert_eq!(manifest["projectKey"], contents.project_key.as_str());
    assert_eq!(manifest["bundleId"], contents.bundle_id.as_str());
}

fn packed<'a>(documents: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, text) in documents {
        zip.start_file(path, options).unwrap();
        zip.write_all(text).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
