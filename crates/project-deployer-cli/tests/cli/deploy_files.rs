//! The systemd unit and the container file in `deploy/`, as far as they can be checked without systemd as a daemon and without
//! containers.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use project_deployer_testkit::BundleBuilder;
use project_deployer_testkit::servers::{ServerError, strace, systemd_analyze};
use reqwest::multipart::{Form, Part};
use tempfile::TempDir;

use crate::command::{NodeProcess, run};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn text(file: &str) -> String {
    fs::read_to_string(repository().join("deploy").join(file)).unwrap()
}

/// A program; none where tests have to do without what is not installed, which is said.
#[expect(clippy::print_stdout, reason = "what is skipped is said")]
fn found(program: Result<Command, ServerError>) -> Option<Command> {
    #[expect(clippy::disallowed_methods, reason = "the environment configures tests")]
    let offline = std::env::var("PROJECT_DEPLOYER_OFFLINE").is_ok_and(|value| value == "1");
    match program {
        Err(ServerError::NotInstalled { server, .. }) if offline => {
            println!("skipped, since PROJECT_DEPLOYER_OFFLINE=1: {server}");
            None
        }
        other => Some(other.unwrap()),
    }
}

/// The unit with the command that the tests have built.
fn unit_in(folder: &Path, change: impl FnOnce(String) -> String) -> PathBuf {
    let unit = text("deployer.service");
    assert!(unit.contains("ExecStart=/usr/local/bin/deployer serve "), "{unit}");
    let unit = unit.replace("/usr/local/bin/deployer", env!("CARGO_BIN_EXE_deployer"));
    let path = folder.join("deployer.service");
    fs::write(&path, change(unit)).unwrap();
    path
}

fn lines_of(mut command: Command) -> (bool, String) {
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn systemd_finds_nothing_wrong_with_the_unit() {
    let folder = TempDir::new().unwrap();
    let verified = |change: fn(String) -> String| {
        let mut command = found(systemd_analyze())?;
        let unit = unit_in(folder.path(), change);
        command.args(["verify", "--recursive-errors=no", "--man=no"]).arg(unit);
        let (is_good, text) = lines_of(command);
        // Other units of the machine are not ours to judge.
        let own: Vec<_> = text.lines().filter(|line| line.contains("deployer.service")).collect();
        Some((is_good, own.join("\n")))
    };
    let Some(result) = verified(|unit| unit) else { return };
    assert_eq!(result, (true, String::new()));
    // It would notice a word that it does not know.
    let wrong = |unit: String| unit.replace("NoNewPrivileges", "NoNewPriviliges");
    let (is_good, text) = verified(wrong).unwrap();
    assert!(!is_good && text.contains("NoNewPriviliges"), "{text}");
}

#[test]
fn the_unit_is_hardened() {
    let folder = TempDir::new().unwrap();
    let exposed = |most: &str, change: fn(String) -> String| {
        let mut command = found(systemd_analyze())?;
        let unit = unit_in(folder.path(), change);
        let threshold = format!("--threshold={most}");
        command.args(["security", "--offline=true", "--no-pager", &threshold]).arg(unit);
        Some(lines_of(command))
    };
    // Exposure in tenths, from 0 to 100: what is left are the network and the user's own files.
    let Some((is_low, table)) = exposed("13", |unit| unit) else { return };
    assert!(is_low, "{table}");
    let bare =
        |unit: String| unit.replace("ProtectSystem=strict", "").replace("PrivateUsers=yes", "");
    let (is_low, table) = exposed("13", bare).unwrap();
    assert!(!is_low, "{table}");
}

#[test]
fn the_unit_does_not_hide_which_boot_it_is() {
    // R5: a lease of an earlier boot has expired, and the boot is known by a file of the system.
    let unit = text("deployer.service");
    let hides = |line: &str| line.starts_with("ProcSubset=") && line != "ProcSubset=all";
    assert!(!unit.lines().any(hides), "{unit}");
}

/// The system calls of a group of systemd, with those of the groups in it.
fn calls_of(group: &str) -> Option<BTreeSet<String>> {
    let mut command = found(systemd_analyze())?;
    command.args(["syscall-filter", "--no-pager", group]);
    let (is_known, text) = lines_of(command);
    assert!(is_known, "{text}");
    let mut calls = BTreeSet::new();
    for name in text.lines().skip(1).map(str::trim).filter(|line| !line.starts_with('#')) {
        match name.starts_with('@') {
            true => calls.extend(calls_of(name)?),
            false => drop(calls.insert(name.to_owned())),
        }
    }
    Some(calls)
}

/// The system calls that the filters of the unit allow.
fn allowed_calls() -> Option<BTreeSet<String>> {
    let unit = text("deployer.service");
    let mut allowed = BTreeSet::new();
    for filter in unit.lines().filter_map(|line| line.strip_prefix("SystemCallFilter=")) {
        let taken = filter.strip_prefix('~');
        for group in taken.unwrap_or(filter).split_whitespace() {
            let calls = calls_of(group)?;
            match taken {
                Some(_) => allowed.retain(|call| !calls.contains(call)),
                None => allowed.extend(calls),
            }
        }
    }
    assert!(allowed.contains("read") && !allowed.contains("mount"), "{allowed:?}");
    Some(allowed)
}

/// What the service calls of the kernel from its start over requests to its end, one call in a line.
async fn recorded() -> Option<Vec<String>> {
    let mut tracer = found(strace())?;
    let folder = TempDir::new().unwrap();
    let (data, trace) = (folder.path().join("data"), folder.path().join("trace"));
    // The libraries of the tracer are not for the service.
    tracer.args(["-f", "-qq", "-E", "LD_LIBRARY_PATH", "-o"]).arg(&trace);
    tracer.arg(env!("CARGO_BIN_EXE_deployer"));
    tracer.args(["serve", "--listen", "127.0.0.1:0", "--until-stdin-closes"]);
    tracer.args(["--log-format", "json", "--log-level", "info", "--data"]).arg(&data);
    let mut service = NodeProcess::start_program(tracer).await;
    let key = fs::read_to_string(data.join("admin-key")).unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for path in ["/livez", "/readyz", "/metrics", "/public/api/project-deployer/deployments"] {
        let request = client.get(format!("{}{path}", service.url)).bearer_auth(key.trim());
        assert!(request.send().await.unwrap().status().is_success(), "{path}");
    }
    let group = r#"{"name": "g", "description": ""}"#;
    let (created, _) = service.post("/admin/groups", key.trim(), group).await;
    assert!(created.is_success(), "{created}");
    let bundle = Part::bytes(BundleBuilder::new("CHURN", "v1").build().unwrap());
    let upload =
        client.post(format!("{}/public/api/project-deployer/projects/bundles", service.url));
    let form = Form::new().part("file", bundle.file_name("v1.zip"));
    let answer = upload.bearer_auth(key.trim()).multipart(form).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    service.close_input();
    let (status, _, errors) = service.end().await;
    assert!(status.success(), "{errors}");
    Some(fs::read_to_string(trace).unwrap().lines().map(ToOwned::to_owned).collect())
}

/// The name of a call, and its arguments; none for signals and ends.
fn call_in(line: &str) -> Option<(&str, &str)> {
    let (_, call) = line.split_once(' ')?;
    let call = call.trim_start();
    let call = call.strip_prefix("<... ").map_or(call, |_| "");
    let (name, arguments) = call.split_once('(')?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then_some((name, arguments))
}

/// Whether this program runs as root.
fn is_root() -> bool {
    let mut command = Command::new("id");
    command.arg("-u");
    let (is_known, text) = lines_of(command);
    assert!(is_known, "{text}");
    text.trim() == "0"
}

#[tokio::test]
async fn start_reads_changes_and_end_of_the_service_are_allowed_by_the_unit() {
    let (Some(lines), Some(allowed)) = (recorded().await, allowed_calls()) else { return };
    let calls: Vec<_> = lines.iter().filter_map(|line| call_in(line)).collect();
    assert!(calls.len() > 1000, "{}", calls.len());
    let unit = text("deployer.service");
    let families = unit.lines().find_map(|line| line.strip_prefix("RestrictAddressFamilies="));
    let families: Vec<_> = families.unwrap().split_whitespace().collect();
    assert!(unit.contains("MemoryDenyWriteExecute=yes"));
    // The file that the unit must not hide (`the_unit_does_not_hide_which_boot_it_is`) is the one that leases read.
    let boot = "\"/proc/sys/kernel/random/boot_id\"";
    assert!(calls.iter().any(|(name, rest)| name.starts_with("open") && rest.contains(boot)));
    // The upload became an archive by its name alone.
    assert!(calls.iter().any(|(name, rest)| *name == "linkat" && rest.contains("/proc/self/fd/")));
    let is_root = is_root();
    for (name, arguments) in calls {
        // SQLite gives files to the owner of the folder where it is root, which the service of the unit is not.
        let as_root = is_root && name == "fchown";
        assert!(allowed.contains(name) || as_root, "{name}({arguments}");
        let first = arguments.split(',').next().unwrap_or_default();
        assert!(name != "socket" || families.contains(&first), "{name}({arguments}");
        // Memory is executable from its mapping on, and then never writable.
        let is_executable = arguments.contains("PROT_EXEC");
        let is_refused = match name {
            "mmap" => is_executable && arguments.contains("PROT_WRITE"),
            "mprotect" | "pkey_mprotect" => is_executable,
            _ => false,
        };
        assert!(!is_refused, "{name}({arguments}");
    }
}

/// An instruction of the container file with its continuation lines, as words.
fn instructions() -> Vec<Vec<String>> {
    let text = text("Containerfile").replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines.map(|line| line.split_whitespace().map(ToOwned::to_owned).collect()).collect()
}

#[test]
fn the_container_file_names_what_exists() {
    let all = instructions();
    let known =
        ["FROM", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT"];
    for instruction in &all {
        assert!(known.contains(&instruction[0].as_str()), "{instruction:?}");
    }
    let of = |name: &'static str| all.iter().filter(move |words| words[0] == name);
    // The compiler is the one that the workspace needs, and the package has the features.
    let workspace = fs::read_to_string(repository().join("Cargo.toml")).unwrap();
    let version = workspace.lines().find_map(|line| line.strip_prefix("rust-version = "));
    let image = format!("rust:{}-", version.unwrap().trim_matches('"'));
    assert!(of("FROM").next().unwrap()[1].starts_with(&image), "{image}");
    let build: Vec<_> = of("RUN").flatten().filter(|word| *word != "RUN").collect();
    let after = |option: &str| build[build.iter().position(|word| *word == option).unwrap() + 1];
    let package = repository().join("crates").join(after("--package"));
    let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
    for feature in after("--features").split(',') {
        assert!(manifest.contains(&format!("\n{feature} = [")), "{feature}");
    }
    assert!(repository().join("Cargo.lock").exists(), "--locked needs it");
    // What the second stage copies is the command that the first one builds.
    let copied: Vec<_> = of("COPY").map(|words| words[1..].join(" ")).collect();
    let binary = Path::new(env!("CARGO_BIN_EXE_deployer")).file_name().unwrap().to_str().unwrap();
    let built = format!("--from=build /source/target/release/{binary} /usr/local/bin/{binary}");
    assert_eq!(copied, [". .", built.as_str()]);
    assert_eq!(of("WORKDIR").next().unwrap()[1], "/source");
    // It does not run as root.
    let user = of("USER").next().unwrap()[1].split(':').next().unwrap().parse::<u32>();
    assert!(user.unwrap() > 0);
}

/// The command line of the container, without its options for the place of its data and its port.
fn entry_point() -> Vec<String> {
    let words = instructions().into_iter().find(|words| words[0] == "ENTRYPOINT").unwrap();
    serde_json::from_str(&words[1..].join(" ")).unwrap()
}

/// The command line of the unit, without variables.
fn started_by_the_unit() -> Vec<String> {
    let unit = text("deployer.service");
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let words = start.split_whitespace().filter(|word| *word != "$DEPLOYER_OPTIONS");
    words.map(|word| word.replace("${STATE_DIRECTORY}", "/data")).collect()
}

#[tokio::test]
async fn the_unit_and_the_container_start_the_service() {
    let folder = TempDir::new().unwrap();
    for (words, more) in [(entry_point(), "--behind-proxy"), (started_by_the_unit(), "")] {
        assert_eq!(Path::new(&words[0]).file_name().unwrap(), "deployer");
        let data = folder.path().join(if more.is_empty() { "unit" } else { "container" });
        let place = |word: &String| match word.as_str() {
            "/data" => data.to_str().unwrap().to_owned(),
            // Another program may have the port.
            address => address.replace(":11300", ":0"),
        };
        let mut arguments: Vec<_> = words[1..].iter().map(place).collect();
        arguments.extend((!more.is_empty()).then(|| more.to_owned()));
        if !arguments.iter().any(|word| word == "--listen") {
            arguments.extend(["--listen", "127.0.0.1:0"].map(ToOwned::to_owned));
        }
        let service = NodeProcess::start_command(&arguments).await;
        assert!(data.join("admin-key").exists(), "{}", service.line);
        #[cfg(unix)]
        {
            service.send_signal("TERM").await;
            let (status, _, errors) = service.end().await;
            assert!(status.success(), "{errors}");
        }
    }
    // A command line that does not exist ends with the code after which the unit does not start it again.
    let (code, _, _) = run(&["serve", "--no-such-option"]).await;
    let prevented = format!("RestartPreventExitStatus={code}");
    assert!(text("deployer.service").lines().any(|line| line == prevented), "{prevented}");
}
