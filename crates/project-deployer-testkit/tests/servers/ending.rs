//! A server leaves no process and no file behind, however its user ends.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use project_deployer_testkit::servers::{
    DirectoryServer as _, OpenLdap, PostgresServer, TransactionPooler,
};

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
    let program = std::env::current_exe().unwrap();
    let test = "ending::the_server_of_a_program_that_is_killed_leaves_nothing_behind";
    let Some((mut program, directory)) = holding(Command::new(program), test) else { return };
    assert!(processes_in(&directory).len() >= 2);
    program.kill().unwrap();
    program.wait().unwrap();
    // The runner ends a test that waits for ever.
    while directory.exists() || !processes_in(&directory).is_empty() {
        thread::yield_now();
    }
}

#[test]
fn a_pooler_ends_with_a_program_that_ignores_sigquit() {
    if std::env::var_os(HOLD).is_some() {
        return hold_a_pooler();
    }
    // As a shell does for what it starts in the background.
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' QUIT; exec \"$0\" \"$@\""]).arg(std::env::current_exe().unwrap());
    let test = "ending::a_pooler_ends_with_a_program_that_ignores_sigquit";
    let Some((mut program, directory)) = holding(shell, test) else { return };
    assert!(directory.exists());
    program.kill().unwrap();
    program.wait().unwrap();
    // Its supervisor removes the directory after it has ended.
    while directory.exists() {
        thread::yield_now();
    }
}

/// A program that holds a server, and the directory of the server; none where it is to be left out.
fn holding(mut program: Command, test: &str) -> Option<(Child, PathBuf)> {
    program.args(["--exact", "--nocapture", test]).env(HOLD, "1");
    let mut program = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(program.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut reported = lines.filter_map(|line| line.strip_prefix("directory ").map(PathBuf::from));
    let Some(directory) = reported.next() else {
        assert!(program.wait().unwrap().success());
        return None;
    };
    Some((program, directory))
}

/// Until standard input ends, which it does not before the program is stopped.
fn hold_a_server() {
    let Some(server) = started(OpenLdap::start(&company())) else { return };
    println!("\ndirectory {}", server.directory().display());
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// The same.
fn hold_a_pooler() {
    let Some(server) = started(PostgresServer::start()) else { return };
    let Some(pooler) = started(TransactionPooler::before(&server)) else { return };
    println!("\ndirectory {}", pooler.folder().display());
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}
