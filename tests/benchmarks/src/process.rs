//! The resources that a process used, by the kernel's counters, and the run time of programs.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Bytes in a MiB.
pub const MIB: f64 = 1024.0 * 1024.0;

/// The peak of this process's resident memory in bytes.
///
/// # Errors
///
/// There is no `/proc`, or it does not have the counter.
pub fn peak_memory() -> io::Result<u64> {
    counter("/proc/self/status", "VmHWM:").map(|kib| kib * 1024)
}

/// The bytes of memory that this process has resident now.
///
/// # Errors
///
/// There is no `/proc`, or it does not have the counter.
pub fn memory() -> io::Result<u64> {
    counter("/proc/self/status", "VmRSS:").map(|kib| kib * 1024)
}

/// The bytes of memory that a process has resident now.
///
/// # Errors
///
/// There is no such process.
pub fn memory_of(process: u32) -> io::Result<u64> {
    counter(&format!("/proc/{process}/status"), "VmRSS:").map(|kib| kib * 1024)
}

/// The peak of a process's resident memory in bytes.
///
/// # Errors
///
/// There is no such process.
pub fn peak_memory_of(process: u32) -> io::Result<u64> {
    counter(&format!("/proc/{process}/status"), "VmHWM:").map(|kib| kib * 1024)
}

/// How many file descriptors a process has open.
///
/// # Errors
///
/// There is no such process.
pub fn open_files(process: u32) -> io::Result<usize> {
    Ok(fs::read_dir(format!("/proc/{process}/fd"))?.count())
}

/// How many bytes this process has read from files, by calls like `read`. Sockets that are read by
/// `recv` do not count.
///
/// # Errors
///
/// There is no `/proc`, or it does not have the counter.
pub fn bytes_read() -> io::Result<u64> {
    counter("/proc/self/io", "rchar:")
}

fn counter(file: &str, name: &str) -> io::Result<u64> {
    let text = fs::read_to_string(file)?;
    let number = text
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok());
    number.ok_or_else(|| io::Error::other(format!("{file} does not have {name}")))
}

/// Another program of this workspace, built with this one.
///
/// # Errors
///
/// The path of this program is unknown.
pub fn program(name: &str) -> io::Result<Command> {
    Ok(Command::new(std::env::current_exe()?.with_file_name(name)))
}

/// The folder for files of benchmarks. It is never emptied, so that large files can be reused.
///
/// # Errors
///
/// It cannot be created.
pub fn scratch() -> io::Result<PathBuf> {
    let folder = std::env::current_exe()?.with_file_name("scratch");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Runs programs at the same time until all have ended. Returns the seconds in all, and the output of each.
///
/// # Errors
///
/// A program cannot be started, or failed.
pub fn timed(commands: &mut [Command]) -> io::Result<(f64, Vec<String>)> {
    let start = Instant::now();
    let mut running = Vec::new();
    for command in commands.iter_mut() {
        running.push(command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?);
    }
    let mut printed = Vec::new();
    for program in running {
        let output = program.wait_with_output()?;
        if !output.status.success() {
            return Err(io::Error::other(format!("a program failed: {}", output.status)));
        }
        printed.push(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Ok((start.elapsed().as_secs_f64(), printed))
}
