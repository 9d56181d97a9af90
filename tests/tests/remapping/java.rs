//! A Java that applies `replaceAll` to triples.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::generator::Triple;

/// States that nothing can be downloaded: tests that need Java are skipped without it.
const OFFLINE: &str = "PROJECT_DEPLOYER_OFFLINE";
/// The path of a Java with its compiler. `cargo xtask test` sets it.
const JAVA: &str = "PROJECT_DEPLOYER_JAVA";

pub(crate) struct Java {
    program: String,
    /// 17, for example.
    pub(crate) version: u32,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where these tests read the environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A number from the environment.
pub(crate) fn number(name: &str, usual: u64) -> u64 {
    variable(name).map_or(usual, |text| text.parse().unwrap())
}

impl Java {
    /// None when this run has no Java.
    pub(crate) fn find() -> Option<Self> {
        let program = variable(JAVA).unwrap_or_else(|| "java".to_owned());
        let modules = Command::new(&program).arg("--list-modules").output();
        let modules = modules.map(|it| String::from_utf8_lossy(&it.stdout).into_owned());
        let compiler = modules.ok().and_then(|modules| {
            let line = modules.lines().find_map(|line| line.strip_prefix("jdk.compiler@"))?;
            line.split('.').next()?.parse().ok()
        });
        assert!(
            compiler.is_some() || variable(OFFLINE).as_deref() == Some("1"),
            "there is no Java with its compiler ({program}); run `cargo xtask test`, install a JDK, or set \
             {OFFLINE}=1 to use the record alone"
        );
        compiler.map(|version| Self { program, version })
    }

    /// An answer for each triple, from one start of Java.
    pub(crate) fn answers(&self, triples: &[Triple]) -> Vec<String> {
        let place = tempfile::tempdir().unwrap();
        let input = place.path().join("triples.txt");
        let mut file = File::create(&input).unwrap();
        let lines: Vec<String> = triples.iter().map(line).collect();
        file.write_all(lines.concat().as_bytes()).unwrap();
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/remapping/Remapping.java");
        let output = Command::new(&self.program)
            .args(["-Xmx256m", "-Dfile.encoding=UTF-8"])
            .arg(program)
            .stdin(File::open(&input).unwrap())
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success());
        let answers: Vec<String> =
            String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
        assert_eq!(answers.len(), triples.len());
        answers
    }
}

fn line(triple: &Triple) -> String {
    let Triple { pattern, replacement, login } = triple;
    format!("{}\t{}\t{}\n", field(pattern), field(replacement), field(login))
}

/// A text as the Java program writes it.
pub(crate) fn field(text: &str) -> String {
    let shown = |unit: u16| match u8::try_from(unit) {
        Ok(byte @ b' '..=b'~') if byte != b'%' => char::from(byte).to_string(),
        _ => format!("%{unit:04X}"),
    };
    text.encode_utf16().map(shown).collect()
}

/// The text of such a field.
pub(crate) fn plain(field: &str) -> String {
    let mut parts = field.split('%');
    let mut units: Vec<u16> = parts.next().unwrap_or_default().encode_utf16().collect();
    for part in parts {
        let (digits, rest) = part.split_at(4);
        units.push(u16::from_str_radix(digits, 16).unwrap());
        units.extend(rest.encode_utf16());
    }
    String::from_utf16(&units).unwrap()
}
