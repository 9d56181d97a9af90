//! A bill of materials from the metadata of cargo: every dependency of a published crate, on any platform and with any
//! feature, without dependencies of tests.

use std::collections::{BTreeMap, BTreeSet};

use cyclonedx_bom::models::component::Classification;
use cyclonedx_bom::models::dependency::{Dependencies, Dependency};
use cyclonedx_bom::models::hash::{Hash, HashAlgorithm, HashValue, Hashes};
use cyclonedx_bom::models::license::{LicenseChoice, Licenses};
use cyclonedx_bom::prelude::{
    Bom, Component, Components, Metadata, NormalizedString, Purl, SpecVersion,
};
use serde_json::Value;

/// Names the product in the document.
const PRODUCT: &str = "project-deployer-workspace";

/// The document, from `cargo metadata`, `Cargo.lock` and the names of the published crates. It has neither a time nor
/// a random number, so the same input gives the same document.
pub(super) fn of(metadata: &str, lock: &str, published: &[String]) -> Result<Bom, String> {
    let metadata: Value = serde_json::from_str(metadata).map_err(|error| error.to_string())?;
    let packages = by_id(&metadata["packages"]);
    let nodes = by_id(&metadata["resolve"]["nodes"]);
    let roots: Vec<&str> = packages
        .iter()
        .filter(|(_, package)| package["source"].is_null())
        .filter(|(_, package)| published.iter().any(|name| package["name"] == name.as_str()))
        .map(|(id, _)| *id)
        .collect();
    let digests = digests(lock)?;
    let mut components = Vec::new();
    let mut dependencies = vec![Dependency {
        dependency_ref: PRODUCT.to_owned(),
        dependencies: roots.iter().map(|id| reference(id, &packages)).collect(),
    }];
    for id in below(&roots, &nodes) {
        let package =
            packages.get(id).ok_or_else(|| format!("the metadata of cargo has no package {id}"))?;
        components.push(component(package, &digests)?);
        let needs = needs(id, &nodes).map(|id| reference(id, &packages)).collect::<BTreeSet<_>>();
        dependencies.push(Dependency {
            dependency_ref: reference(id, &packages),
            dependencies: needs.into_iter().collect(),
        });
    }
    let version = roots.first().and_then(|id| packages.get(id)).map_or("", |p| text(p, "version"));
    Ok(Bom {
        serial_number: None,
        metadata: Some(described(version)),
        components: Some(Components(components)),
        dependencies: Some(Dependencies(dependencies)),
        spec_version: SpecVersion::V1_5,
        ..Bom::default()
    })
}

fn described(version: &str) -> Metadata {
    let product =
        Component::new(Classification::Application, PRODUCT, version, Some(PRODUCT.to_owned()));
    Metadata { component: Some(product), ..Metadata::default() }
}

fn component(package: &Value, digests: &BTreeMap<String, String>) -> Result<Component, String> {
    let (name, version) = (text(package, "name"), text(package, "version"));
    let reference = format!("{name}@{version}");
    let digest = digests.get(&reference);
    let mut component = Component::new(Classification::Library, name, version, Some(reference));
    component.purl = Some(Purl::new("cargo", name, version).map_err(|error| error.to_string())?);
    component.description = package["description"].as_str().map(NormalizedString::new);
    // Old manifests write `MIT/Apache-2.0`, which is not an SPDX expression.
    let license = package["license"].as_str().map(|license| license.replace('/', " OR "));
    component.licenses = license.map(|license| Licenses(vec![LicenseChoice::expression(&license)]));
    component.hashes = digest.map(|digest| {
        Hashes(vec![Hash { alg: HashAlgorithm::SHA_256, content: HashValue(digest.clone()) }])
    });
    Ok(component)
}

/// The SHA-256 of packages from registries, by name and version.
fn digests(lock: &str) -> Result<BTreeMap<String, String>, String> {
    let lock: toml::Table = lock.parse().map_err(|error| format!("Cargo.lock: {error}"))?;
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let digest = |package: &toml::Value| {
        let field = |name| package.get(name).and_then(toml::Value::as_str);
        Some((format!("{}@{}", field("name")?, field("version")?), field("checksum")?.to_owned()))
    };
    Ok(packages.into_iter().flatten().filter_map(digest).collect())
}

/// The ids of these packages and of all their dependencies.
fn below<'a>(roots: &[&'a str], nodes: &BTreeMap<&'a str, &'a Value>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open = roots.to_vec();
    while let Some(id) = open.pop() {
        if found.insert(id) {
            open.extend(needs(id, nodes));
        }
    }
    found
}

/// The dependencies of a package, without those of its tests (`dev`).
fn needs<'a>(id: &str, nodes: &BTreeMap<&'a str, &'a Value>) -> impl Iterator<Item = &'a str> {
    let dependencies = nodes.get(id).and_then(|node| node["deps"].as_array());
    let built = |dependency: &&Value| {
        let kinds = dependency["dep_kinds"].as_array();
        kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"] != "dev"))
    };
    dependencies.into_iter().flatten().filter(built).filter_map(|needed| needed["pkg"].as_str())
}

fn reference(id: &str, packages: &BTreeMap<&str, &Value>) -> String {
    let package = packages.get(id);
    package.map_or_else(|| id.to_owned(), |p| format!("{}@{}", text(p, "name"), text(p, "version")))
}

fn by_id(list: &Value) -> BTreeMap<&str, &Value> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(|entry| Some((entry["id"].as_str()?, entry))).collect()
}

fn text<'a>(package: &'a Value, field: &str) -> &'a str {
    package[field].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LOCK: &str = "version = 4\n[[package]]\nname = \"serde\"\nversion = \"1.0.1\"\nchecksum = \"\
        9e0d8dffbae3d840f64bda38e28391faef673a7b5a6017840f2a106c8145a869\"\n";

    fn package(id: &str, name: &str, version: &str, source: &Value) -> Value {
        json!({"id": id, "name": name, "version": version, "license": "MIT/Apache-2.0", "source": source})
    }

    fn needed(id: &str, kind: &Value) -> Value {
        json!({"pkg": id, "dep_kinds": [{"kind": kind}]})
    }

    fn bill() -> Bom {
        let registry = json!("registry");
        let metadata = json!({
            "packages": [
                package("a", "ours", "0.1.0", &Value::Null),
                package("b", "serde", "1.0.1", &registry),
                package("c", "proptest", "1.0.2", &registry),
                package("d", "cc", "1.0.3", &registry),
                package("e", "our-tests", "0.1.0", &Value::Null),
            ],
            "resolve": {"nodes": [
                {"id": "a", "deps": [needed("b", &Value::Null), needed("c", &json!("dev"))]},
                {"id": "b", "deps": [needed("d", &json!("build"))]},
                {"id": "c", "deps": []}, {"id": "d", "deps": []},
                {"id": "e", "deps": [needed("c", &Value::Null)]},
            ]},
        });
        of(&metadata.to_string(), LOCK, &["ours".to_owned()]).unwrap()
    }

    #[test]
    fn a_bill_has_what_published_crates_are_built_from_and_nothing_of_tests() {
        let components = bill().components.unwrap();
        let found = components.0.iter().filter_map(|component| component.bom_ref.as_deref());
        assert_eq!(found.collect::<Vec<_>>(), ["ours@0.1.0", "serde@1.0.1", "cc@1.0.3"]);
    }

    #[test]
    fn a_component_has_its_licence_its_digest_and_its_address() {
        let components = bill().components.unwrap();
        let serde = &components.0[1];
        let expected = LicenseChoice::expression("MIT OR Apache-2.0");
        assert_eq!(serde.licenses, Some(Licenses(vec![expected])));
        assert_eq!(
            serde.purl.as_ref().map(ToString::to_string).as_deref(),
            Some("pkg:cargo/serde@1.0.1")
        );
        assert!(
            serde.hashes.as_ref().is_some_and(|hashes| hashes.0[0].content.0.starts_with("9e0d"))
        );
    }

    #[test]
    fn the_document_is_valid_and_the_same_each_time() {
        use cyclonedx_bom::prelude::Validate as _;
        assert!(bill().validate_version(SpecVersion::V1_5).passed());
        let text = || {
            let mut text = Vec::new();
            bill().output_as_json_v1_5(&mut text).unwrap();
            text
        };
        assert_eq!(text(), text());
    }
}
