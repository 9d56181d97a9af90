//! Debian packages, unpacked under `target/` and not installed: nothing outside is written, no service is
//! started, and root is not required. Packages that the machine has are left out.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::process::{command, output, root, run, succeeds};

/// The variable that names the place of the packages for the tests.
pub(crate) const TREE: &str = "PROJECT_DEPLOYER_DEBIAN";

/// The servers that tests start, their clients, what records the system calls of a program, and what checks
/// units of systemd.
const SERVERS: [&str; 15] = [
    "389-ds-base",
    "ldap-utils",
    "libnss3-tools",
    "mount",
    "openssl",
    "pgbouncer",
    "postgresql",
    "python3",
    "python3-samba",
    "samba-ad-provision",
    "samba",
    "samba-dsdb-modules",
    "slapd",
    "strace",
    "systemd",
];

/// The list of installed packages.
const INSTALLED: &str = "/var/lib/dpkg/status";

/// The tree of packages that the servers of the tests are in.
pub(crate) fn servers() -> Result<PathBuf, String> {
    tree("debian", &SERVERS)
}

/// A tree of packages in a folder under `target/`; created if it is missing.
pub(crate) fn tree(folder: &str, packages: &[&str]) -> Result<PathBuf, String> {
    let place = root().join("target").join(folder);
    let tree = place.join("tree");
    let stamp = place.join("packages.txt");
    let wanted = wanted(packages)?;
    if fs::read_to_string(&stamp).is_ok_and(|there| there == wanted) {
        return Ok(tree);
    }
    println!("unpacking {} under {}", packages.join(" "), place.display());
    if place.exists() {
        fs::remove_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
    }
    download(&place, packages)?;
    make_tree(&tree)?;
    let archives = place.join("cache/archives");
    for archive in
        list(&archives)?.iter().filter(|path| path.extension().is_some_and(|e| e == "deb"))
    {
        unpack(archive, &tree)?;
    }
    // The archives are not needed after unpacking.
    for used in ["cache", "lists"] {
        fs::remove_dir_all(place.join(used)).map_err(|error| format!("{used}: {error}"))?;
    }
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(tree)
}

/// The inputs of a tree: the packages, and the packages of the machine.
fn wanted(packages: &[&str]) -> Result<String, String> {
    let apt = ["/usr/bin/apt-get", "/usr/bin/dpkg-deb"];
    if !apt.iter().all(|program| Path::new(program).exists()) {
        return Err(format!(
            "{} come from Debian packages, and this machine has no apt-get; set \
             PROJECT_DEPLOYER_OFFLINE=1 to skip the tests that need them",
            packages.join(" ")
        ));
    }
    let machine = fs::metadata(INSTALLED).map_err(|error| format!("{INSTALLED}: {error}"))?;
    Ok(format!("{}\n{} {}\n", packages.join("\n"), machine.len(), machine.mtime()))
}

/// Uses its own package lists, so that old or missing lists of the machine do not matter.
fn download(place: &Path, packages: &[&str]) -> Result<(), String> {
    let (lists, cache) = (place.join("lists"), place.join("cache"));
    for folder in [lists.join("partial"), cache.join("archives/partial")] {
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let options = [
        format!("Dir::State::Lists={}", lists.display()),
        format!("Dir::Cache={}", cache.display()),
        "APT::Sandbox::User=root".to_owned(),
        "Acquire::Retries=3".to_owned(),
        "Debug::NoLocking=1".to_owned(),
    ];
    let options: Vec<&str> = options.iter().flat_map(|option| ["-o", option]).collect();
    let apt = |arguments: &[&str]| {
        output(command("apt-get", &[&options[..], arguments].concat())).map(drop)
    };
    apt(&["--quiet", "update"])?;
    let install = ["--quiet", "--yes", "--no-install-recommends", "--download-only", "install"];
    apt(&[&install[..], packages].concat())
}

/// Packages still have files in `/lib` and `/bin`, which are links on current systems.
fn make_tree(tree: &Path) -> Result<(), String> {
    for folder in ["bin", "sbin", "lib", "lib64"] {
        let target = tree.join("usr").join(folder);
        fs::create_dir_all(&target).map_err(|error| format!("{}: {error}", target.display()))?;
        let link = tree.join(folder);
        symlink(format!("usr/{folder}"), &link)
            .map_err(|error| format!("{}: {error}", link.display()))?;
    }
    for folder in ["etc", "var"] {
        let target = tree.join(folder);
        fs::create_dir_all(&target).map_err(|error| format!("{}: {error}", target.display()))?;
    }
    Ok(())
}

fn unpack(archive: &Path, tree: &Path) -> Result<(), String> {
    let shown = archive.display();
    let mut packed = command("dpkg-deb", &["--fsys-tarfile"])
        .arg(archive)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("dpkg-deb {shown}: {error}"))?;
    let Some(files) = packed.stdout.take() else {
        return Err(format!("dpkg-deb {shown}: no output"));
    };
    let mut tar = Command::new("tar");
    // Servers in a sandbox need neither owners nor special permission bits.
    tar.args(["--extract", "--keep-directory-symlink", "--no-same-owner", "--no-same-permissions"]);
    tar.arg("--directory").arg(tree).stdin(files);
    run(tar)?;
    let status = packed.wait().map_err(|error| format!("dpkg-deb {shown}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("dpkg-deb {shown}: {status}")) }
}

/// The entries of a folder.
pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(entries.flatten().map(|entry| entry.path()).collect())
}

/// Installs packages on the machine. `unless` says what to do otherwise.
pub(crate) fn install(packages: &[&str], unless: &str) -> Result<(), String> {
    let names = packages.join(" ");
    println!("missing: {names}");
    if !Path::new("/usr/bin/apt-get").exists() {
        return Err(format!("install {names} with your package manager, or {unless}"));
    }
    let sudo = !succeeds(command("test", &["-w", "/var/lib/dpkg"]));
    let (program, first): (&str, &[&str]) =
        if sudo { ("sudo", &["apt-get"]) } else { ("apt-get", &[]) };
    let install = [first, &["install", "--yes", "--no-install-recommends"], packages].concat();
    println!("installing with {program} {}", install.join(" "));
    // Old or missing package lists are the usual reason for a failure.
    run(command(program, &install)).or_else(|_| {
        run(command(program, &[first, &["update"]].concat()))
            .and_then(|()| run(command(program, &install)))
    })
}
