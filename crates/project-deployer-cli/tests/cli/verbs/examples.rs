use std::process::Stdio;

use tokio::process::Command;

use super::installation::{Installation, bin};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/command.md");

/// A command of the page and the lines below it.
struct Example {
    command: String,
    output: Vec<String>,
}

fn examples() -> Vec<Example> {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let mut examples: Vec<Example> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match (inside, line.strip_prefix("$ ")) {
            (false, _) => inside = line == "```console",
            (true, _) if line == "```" => inside = false,
            (true, Some(command)) => {
                examples.push(Example { command: command.to_owned(), output: Vec::new() });
            }
            (true, None) => examples.last_mut().unwrap().output.push(line.to_owned()),
        }
    }
    examples
}

/// Whether a text is what the page shows: `…` stands for anything, also for lines.
fn is_shown(shown: &str, text: &str) -> bool {
    let mut parts = shown.split('…');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut ends_open = false;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        ends_open = part.is_empty();
    }
    rest.is_empty() || ends_open
}

/// Runs the page from its beginning to its end. The shell function adds the options of one way.
async fn run_page(installation: &Installation, function: &str) {
    let node = installation.node.url();
    let data = installation.path("data");
    for Example { command, output } in examples() {
        let replaced = |text: &str| {
            text.replace("https://auto-prod.example:11200", node)
                .replace("/var/lib/deployer", &data)
        };
        let script = format!("{function}\n{}", replaced(&command));
        let done = Command::new("sh")
            .args(["-c", &script])
            .current_dir(installation.folder.path())
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", bin().display()))
            .env("DKU_DSS_URL", &installation.service.url)
            .env("DKU_API_KEY", &installation.key)
            .env("DATA", &data)
            .env("HOOKS", installation.path("hooks"))
            .stdin(Stdio::null())
            .output();
        let done = done.await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (printed, errors) = (text(done.stdout), text(done.stderr));
        let shown: String = output.iter().map(|line| replaced(line) + "\n").collect();
        // Columns are as wide as the address of the node.
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            is_shown(&words(&shown), &words(&printed)),
            "{command}\nshown: {shown}printed: {printed}errors: {errors}"
        );
        assert!(done.status.success(), "{command}: {printed}{errors}");
    }
}

#[tokio::test]
async fn every_example_of_the_page_works_over_http_and_on_the_machine_itself() {
    assert!(examples().len() > 50);
    let local = r#"deployer() {
        case " $* " in *" --data "*) command deployer "$@"; return;; esac
        verb=$1; shift
        command deployer "$verb" --data "$DATA" --hook-programs "$HOOKS" "$@"
    }"#;
    let at_once = async |function| run_page(&Installation::start().await, function).await;
    tokio::join!(at_once(""), at_once(local));
}

#[test]
fn an_ellipsis_stands_for_anything_and_the_rest_has_to_fit() {
    assert!(is_shown("a … c", "a b c") && is_shown("a …", "a b c") && is_shown("", ""));
    assert!(!is_shown("a … d", "a b c") && !is_shown("a", "a b") && !is_shown("b", "a"));
}
