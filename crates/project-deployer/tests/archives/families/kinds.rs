//! Symbolic links, hard links, devices: entries that are neither file nor directory.

use crate::case::{Case, data, manifest};
use crate::craft::{Crafted, CraftedEntry, extra};

const REFUSED: &str = "not-a-file";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for target in ["/etc/passwd", "../../evil", ".", "a", "C:\\evil", "export-manifest.json"] {
        let link = CraftedEntry::file("link", target).mode(0o120_777);
        cases.push(Case::entry(format!("a link to {target}"), REFUSED, link));
        for (kind, fixed) in [(0x000d, 12), (0x756e, 14)] {
            let field = [&vec![0; fixed][..], target.as_bytes()].concat();
            let name = format!("a link to {target} by field {kind:#x}");
            cases.push(Case::entry(name, REFUSED, data().extra(kind, &field)));
        }
    }
    for mode in [0o120_000, 0o010_644, 0o020_644, 0o060_644, 0o140_644, 0o110_000, 0o170_000] {
        cases.push(Case::entry(format!("mode {mode:o}"), REFUSED, data().mode(mode)));
    }
    cases.extend(links_in_disguise());
    cases
}

fn links_in_disguise() -> Vec<Case> {
    let target = [&[0; 12][..], b"/etc/passwd"].concat();
    let directory = CraftedEntry::file("d/", "").mode(0o120_777);
    let local = data().with(|it| it.local.extra = extra(0x000d, &target));
    let central = data().with(|it| it.central.extra = extra(0x000d, &target));
    let link = CraftedEntry::file("d", "/tmp").mode(0o120_777);
    let through = Crafted::new([manifest(), link, CraftedEntry::file("d/evil", "x")]);
    vec![
        Case::entry("a link that is named a directory", REFUSED, directory),
        Case::entry("a hard link before the data only", REFUSED, local),
        Case::entry("a hard link in the directory only", REFUSED, central),
        Case::crafted("a file through a link", REFUSED, through),
        Case::crafted("a manifest that is a link", REFUSED, {
            Crafted::new([manifest().mode(0o120_777)])
        }),
        Case::entry("a directory by its mode alone", "contradiction", data().mode(0o040_755)),
        Case::entry(
            "a file by its mode alone",
            "contradiction",
            CraftedEntry::file("d/", "").mode(0o100_644),
        ),
    ]
}
