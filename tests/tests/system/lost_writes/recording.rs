//! What a process does to its files, from a trace of its system calls.

use std::collections::HashMap;
use std::path::Path;
use std::{fs, str};

/// One thing that a process did, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    Write {
        file: String,
        at: usize,
        bytes: Vec<u8>,
    },
    Truncate {
        file: String,
        length: usize,
    },
    Remove {
        file: String,
    },
    Sync {
        file: String,
    },
    /// It has printed that it has written the commit with this number.
    Acknowledge(u64),
}

/// A system call: when it began, its name, its arguments and its result, as `strace` prints them.
struct Call<'a> {
    at: &'a str,
    name: &'a str,
    arguments: Vec<&'a str>,
    result: i64,
}

/// Reads a trace: one file for each thread. Files of other folders are left out.
pub(super) fn read(traces: &Path, folder: &Path) -> Vec<Action> {
    let files = fs::read_dir(traces).unwrap().map(|entry| entry.unwrap().path());
    let texts: Vec<String> = files.map(|file| fs::read_to_string(file).unwrap()).collect();
    let mut calls: Vec<Call<'_>> =
        texts.iter().flat_map(|text| text.lines()).filter_map(Call::read).collect();
    // Times have one length, and calls of one thread stay in order.
    calls.sort_by(|one, other| one.at.cmp(other.at));
    let mut positions: HashMap<&str, usize> = HashMap::new();
    calls
        .iter()
        .filter(|call| call.result >= 0)
        .filter_map(|call| call.action(folder, &mut positions))
        .collect()
}

impl<'a> Call<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let (at, rest) = line.split_once(' ')?;
        let (name, rest) = rest.split_once('(')?;
        let (arguments, result) = rest.rsplit_once(") = ").or_else(|| {
            let (arguments, result) = rest.rsplit_once(" = ")?;
            Some((arguments.trim_end().strip_suffix(')')?, result))
        })?;
        let arguments = arguments.trim_end().trim_end_matches(')');
        let result = result.split([' ', '<']).next()?.parse().ok()?;
        Some(Self { at, name, arguments: arguments.split(", ").collect(), result })
    }

    fn action(&self, folder: &Path, positions: &mut HashMap<&'a str, usize>) -> Option<Action> {
        let descriptor = *self.arguments.first()?;
        match self.name {
            "lseek" => {
                positions.insert(descriptor, usize::try_from(self.result).unwrap());
                None
            }
            "write" if descriptor.starts_with("1<") => {
                let text = bytes(self.arguments[1]);
                let number = str::from_utf8(&text).unwrap().strip_prefix("written ")?;
                Some(Action::Acknowledge(number.trim().parse().unwrap()))
            }
            "write" | "pwrite64" => {
                let file = file(descriptor, folder)?;
                let mut bytes = bytes(self.arguments[1]);
                // The system may take less than it is asked to; the next call has the rest.
                bytes.truncate(usize::try_from(self.result).unwrap());
                let at = match self.arguments.get(3) {
                    Some(at) => at.parse().unwrap(),
                    None => {
                        let position = positions.entry(descriptor).or_default();
                        let at = *position;
                        *position += bytes.len();
                        at
                    }
                };
                Some(Action::Write { file, at, bytes })
            }
            "ftruncate" => {
                let length = self.arguments[1].parse().unwrap();
                Some(Action::Truncate { file: file(descriptor, folder)?, length })
            }
            "fsync" | "fdatasync" => Some(Action::Sync { file: file(descriptor, folder)? }),
            "unlink" => {
                let path = String::from_utf8(bytes(descriptor)).unwrap();
                let file = Path::new(&path).strip_prefix(folder).ok()?;
                Some(Action::Remove { file: file.to_str().unwrap().to_owned() })
            }
            _ => None,
        }
    }
}

/// The name of a file of the folder, of a descriptor such as `5</folder/name>`.
fn file(descriptor: &str, folder: &Path) -> Option<String> {
    let path = descriptor.split_once('<')?.1.trim_end_matches('>');
    let path = if path.starts_with("\\x") { unescaped(path) } else { path.as_bytes().to_vec() };
    let path = String::from_utf8(path).unwrap();
    let name = Path::new(&path).strip_prefix(folder).ok()?.to_str().unwrap().to_owned();
    // The index of the log is no file of its own after a crash.
    (!name.is_empty() && !name.ends_with("-shm")).then_some(name)
}

/// The bytes of a text such as `"\x00\x41"`.
fn bytes(text: &str) -> Vec<u8> {
    unescaped(text.trim_matches('"'))
}

fn unescaped(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => byte - b'0',
        _ => byte - b'a' + 10,
    };
    text.as_bytes().chunks(4).map(|code| digit(code[2]) << 4 | digit(code[3])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_read_in_the_order_of_time() {
        let folder = tempfile::TempDir::new().unwrap();
        let one = "10.000002 lseek(3</f/a.db>, 4, SEEK_SET) = 4\n\
                   10.000003 write(3</f/a.db>, \"\\x41\\x42\", 2) = 2\n\
                   10.000004 write(3</f/a.db>, \"\\x43\\x44\", 2) = 1\n\
                   10.000005 fdatasync(3</f/a.db>)   = 0\n\
                   10.000007 ftruncate(3</f/a.db>, 4) = 0\n\
                   10.000008 write(4</f/a.db-shm>, \"\\x41\", 1) = 1\n\
                   10.000009 unlink(\"\\x2f\\x66\\x2f\\x61\") = 0\n";
        let other = "10.000001 pwrite64(3</f/a.db-wal>, \"\\x00\", 1, 9) = 1\n\
                     10.000006 write(1<pipe:[7]>, \"\\x77\\x72\\x69\\x74\\x74\\x65\\x6e\\x20\\x37\\x0a\", 10) = 10\n\
                     10.000010 write(3</f/a.db>, \"\\x41\", 1) = -1 ENOSPC (No space left on device)\n\
                     10.000011 +++ exited with 0 +++\n";
        fs::write(folder.path().join("t.1"), one).unwrap();
        fs::write(folder.path().join("t.2"), other).unwrap();
        let file = || "a.db".to_owned();
        let expected = [
            Action::Write { file: "a.db-wal".to_owned(), at: 9, bytes: vec![0] },
            Action::Write { file: file(), at: 4, bytes: b"AB".to_vec() },
            Action::Write { file: file(), at: 6, bytes: b"C".to_vec() },
            Action::Sync { file: file() },
            Action::Acknowledge(7),
            Action::Truncate { file: file(), length: 4 },
            Action::Remove { file: "a".to_owned() },
        ];
        assert_eq!(read(folder.path(), Path::new("/f")), expected);
    }
}
