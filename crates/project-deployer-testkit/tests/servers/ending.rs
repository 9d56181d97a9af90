//! A server leaves no process and no file behind, however its user ends.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use project_deployer_testkit::servers::{DirectoryServer as _, OpenLdap};

use crate::tools::{company, started};

/// The processes that see a directory as their own place.
fn processes_in(directory: &Path) -> Vec<PathBuf> {
    let name = directory.file_name().unwrap().to_str().unwrap().to_owned();
    let processes = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let lives_there = |process: &PathBuf| {
        fs::read_to_string(process.join("mountinfo")).is_ok_and(|mounts| mounts.contains(&name))
    };
    processes.filter(lives_there).collect()
}

#[test]
fn a_dropped_server_leaves_nothing_behind() {
    let Some(server) = started(OpenLdap::start(&company())) else { return };
    let directory = server.directory().to_owned();
    let address = server.url()["ldap://".len()..].split('/').next().unwrap().to_owned();
    assert!(directory.exists() && processes_in(&directory).len() >= 2);
    // Another program may take its port from now on, so an open connection shows the end.
    let mut open = TcpStream::connect(address).unwrap();
    drop(server);
    assert!(!directory.exists());
    assert_eq!(processes_in(&directory), Vec::<PathBuf>::new());
    assert_eq!(open.read(&mut [0]).unwrap_or_default(), 0);
}

#[test]
fn the_server_of_a_test_that_panics_leaves_nothing_behind() {
    let Some(server) = started(OpenLdap::start(&company())) else { return };
    let directory = server.directory().to_owned();
    let test = thread::spawn(move || {
        assert_eq!(server.base(), "", "on purpose");
    });
    assert!(test.join().is_err());
    assert!(!directory.exists());
    assert_eq!(processes_in(&directory), Vec::<PathBuf>::new());
}

/// Set in the program that is to be killed.
const HOLD: &str = "PROJECT_DEPLOYER_HOLD_A_SERVER";

#[test]
fn the_server_of_a_program_that_is_killed_leaves_nothing_behind() {
    if std::env::var_os(HOLD).is_some() {
        return hold_a_server();
    }
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg("ending::the_server_of_a_program_that_is_killed_leaves_nothing_behind")
        .env(HOLD, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(program.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut reported = lines.filter_map(|line| line.strip_prefix("directory ").map(PathBuf::from));
    let Some(directory) = reported.next() else {
        assert!(program.wait().unwrap().success());
        return;
    };
    assert!(processes_in(&directory).len() >= 2);
    program.kill().unwrap();
    program.wait().unwrap();
    // The runner ends a test that waits for ever.
    while directory.exists() || !processes_in(&directory).is_empty() {
        thread::yield_now();
    }
}

/// Until standard input ends, which it does not before the program is stopped.
fn hold_a_server() {
    let Some(server) = started(OpenLdap::start(&company())) else { return };
    println!("\ndirectory {}", server.directory().display());
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}
