//! Writes a bill of materials of the published crates, as a CycloneDX document.

#[cfg(feature = "sbom")]
mod bill;

#[cfg(feature = "sbom")]
pub(crate) use self::write::sbom;

/// Runs the same command again, with the libraries that it needs.
#[cfg(not(feature = "sbom"))]
pub(crate) fn sbom() -> Result<(), String> {
    use crate::process::{cargo, run};
    run(cargo(&["run", "--quiet", "--package", "xtask", "--features", "sbom", "--", "sbom"]))
}

#[cfg(feature = "sbom")]
mod write {
    use std::fs;

    use cyclonedx_bom::prelude::{Bom, SpecVersion, Validate as _};

    use super::bill;
    use crate::process::{cargo, output, root};
    use crate::published;

    /// Writes `target/sbom/project-deployer.cdx.json`. The same commit gives the same file.
    pub(crate) fn sbom() -> Result<(), String> {
        let metadata =
            output(cargo(&["metadata", "--locked", "--all-features", "--format-version", "1"]))?;
        let lock = root().join("Cargo.lock");
        let lock =
            fs::read_to_string(&lock).map_err(|error| format!("{}: {error}", lock.display()))?;
        let bom = bill::of(&metadata, &lock, &published::crates()?)?;
        let folder = root().join("target/sbom");
        let path = folder.join("project-deployer.cdx.json");
        let wrong = |error| format!("{}: {error}", path.display());
        fs::create_dir_all(&folder).map_err(wrong)?;
        fs::write(&path, json(bom)?).map_err(wrong)?;
        println!("written: {}", path.display());
        Ok(())
    }

    fn json(bom: Bom) -> Result<Vec<u8>, String> {
        let checked = bom.validate_version(SpecVersion::V1_5);
        if !checked.passed() {
            return Err(format!("the document would not be valid CycloneDX: {checked:?}"));
        }
        let mut text = Vec::new();
        bom.output_as_json_v1_5(&mut text).map_err(|error| error.to_string())?;
        Ok(text)
    }
}
