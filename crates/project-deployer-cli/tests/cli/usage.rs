use crate::command::run;

#[tokio::test]
async fn a_wrong_command_line_ends_with_2_and_says_how_to_write_it() {
    let wrong: [(&[&str], &str); 4] = [
        (&["mock-nod"], "mock-node"),
        (&["mock-node", "--port", "1"], "--help"),
        (&["mock-node", "--listen", "localhost"], "127.0.0.1:0"),
        (&["mock-node", "--seed"], "FILE.json"),
    ];
    for (arguments, hint) in wrong {
        let (code, output, errors) = run(arguments).await;
        assert_eq!((code, output.as_str()), (2, ""), "{arguments:?}");
        assert!(errors.contains(hint), "{arguments:?}: {errors}");
    }
}

#[tokio::test]
async fn without_arguments_it_names_three_commands_and_ends_with_2() {
    let (code, output, errors) = run::<&str>(&[]).await;
    assert_eq!((code, output.as_str()), (2, ""));
    let commands: Vec<_> = errors.lines().skip(1).collect();
    let begin = ["  deployer doctor ", "  deployer parity ", "  deployer help "];
    assert_eq!(commands.len(), begin.len(), "{errors}");
    for (line, command) in commands.iter().zip(begin) {
        assert!(line.starts_with(command) && line.len() <= 100, "{line}");
    }
}

#[tokio::test]
async fn help_tells_of_every_option_and_of_the_exit_codes() {
    let (code, output, errors) = run(&["mock-node", "--help"]).await;
    assert_eq!((code, errors.as_str()), (0, ""));
    let expected = [
        "--listen <ADDRESS:PORT>",
        "127.0.0.1:0",
        "--seed <FILE.json>",
        "--until-stdin-closes",
        "SIGTERM",
    ];
    for word in expected {
        assert!(output.contains(word), "{word}: {output}");
    }
    let (code, output, _) = run(&["--help"]).await;
    assert!(code == 0 && output.contains("mock-node") && output.contains("Exit codes"), "{output}");
}

#[tokio::test]
async fn help_of_serve_and_demo_names_what_both_take() {
    let (code, output, _) = run(&["serve", "--help"]).await;
    assert!(code == 0 && output.contains("postgres://"), "{output}");
    let (code, output, _) = run(&["demo", "--help"]).await;
    assert!(code == 0 && output.contains("--allow-origin <ORIGIN>"), "{output}");
    assert!(output.starts_with("Run a Deployer with three mock nodes"), "{output}");
}

#[tokio::test]
async fn help_is_a_subcommand_too() {
    let (code, output, _) = run(&["help"]).await;
    assert!(code == 0 && output.contains("Subcommands:"), "{output}");
    for subcommand in [
        "parity",
        "check",
        "remedies",
        "doctor",
        "state",
        "audit",
        "history",
        "infra",
        "stage",
        "maintenance",
        "window",
        "watch",
        "finding",
        "webhook",
        "fleet",
        "project",
        "bundle",
        "deployment",
        "update",
        "rollback",
        "release",
        "user",
        "group",
        "key",
        "can-i",
        "demo",
        "mock-deployer",
        "mock-fleet",
        "mock-node",
        "completions",
        "man",
    ] {
        let (code, output, _) = run(&["help", subcommand]).await;
        assert!(code == 0 && output.contains(&format!("deployer {subcommand}")), "{output}");
    }
}

#[tokio::test]
async fn the_help_of_each_subcommand_describes_its_own_formats() {
    let own = [
        ("parity", "CSV with one line for each login and location"),
        ("check", "CSV with one line for each finding"),
        ("remedies", "CSV with one line for each call"),
        ("doctor", "CSV with one line for each check"),
    ];
    for (subcommand, text) in own {
        let (_, output, _) = run(&[subcommand, "--help"]).await;
        assert!(output.contains(text), "{output}");
        for format in ["- table:", "- json:", "- yaml:", "- csv:", "- html:", "[default: table]"] {
            assert!(output.contains(format), "{format}: {output}");
        }
        let (code, _, errors) = run(&[subcommand, "--output", "xml"]).await;
        assert!(code == 2 && errors.contains("[possible values: table, json"), "{errors}");
    }
}

#[tokio::test]
async fn no_option_takes_a_secret() {
    // R13: everybody on the machine may read arguments.
    let one = ["mock-node", "parity", "check", "remedies", "doctor"].map(|name| vec![name]);
    let state = crate::state::ACTIONS.map(|action| vec!["state", action]);
    let verbs = [
        vec!["infra", "create"],
        vec!["user", "create"],
        vec!["key", "create"],
        vec!["release"],
        vec!["rollback"],
    ];
    for subcommand in one.into_iter().chain(state).chain(verbs) {
        let (_, output, _) = run(&[&subcommand[..], &["--help"]].concat()).await;
        let options = output.split_whitespace().filter(|word| word.starts_with("--"));
        let mut takers = options.filter(|option| {
            ["key", "password", "secret", "token"].iter().any(|word| option.contains(word))
        });
        // A file that holds the key, a switch that takes nothing but `-`, sources of keys, and the id of one.
        let harmless = [
            "--api-key-file",
            "--node-key-file",
            "--password-file",
            "--secrets",
            "--key",
            "--from-key",
            "--to-key",
            "--to-key.",
        ];
        assert!(takers.all(|option| harmless.contains(&option)), "{output}");
    }
}
