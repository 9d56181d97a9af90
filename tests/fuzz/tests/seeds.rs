//! Every seed passes through its target, and nothing is left out: programs, manifest, seeds.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use project_deployer_fuzz::TARGETS;

fn here(place: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(place)
}

fn below(place: &str) -> Vec<PathBuf> {
    fs::read_dir(here(place)).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn every_seed_passes_through_its_target() {
    for (name, target) in TARGETS {
        let seeds = below(&format!("seeds/{name}"));
        assert!(!seeds.is_empty(), "{name}");
        for seed in seeds {
            println!("{}", seed.display());
            target(&fs::read(&seed).unwrap());
        }
    }
}

#[test]
fn every_target_has_a_program_and_seeds() {
    let names: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    for place in ["fuzz_targets", "seeds"] {
        let stem = |path: PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
        let found: BTreeSet<String> = below(place).into_iter().map(stem).collect();
        assert_eq!(found, names, "{place}");
    }
    let manifest = fs::read_to_string(here("Cargo.toml")).unwrap();
    for name in names {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
    }
}
