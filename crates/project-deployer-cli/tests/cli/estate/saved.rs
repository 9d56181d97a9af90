//! Saved plans, and what the command says where it cannot go on.

use super::{KEYS, example, on, product, write};
use crate::command::{run, run_with};

#[tokio::test]
async fn a_saved_plan_is_of_one_deployer_by_whatever_name_its_state_is_found() {
    // F8
    let folder = tempfile::tempdir().unwrap();
    let (_nodes, file, state) = example(folder.path()).await;
    let key = format!("file:{}", folder.path().join("plan.key").display());
    let saved = folder.path().join("change.plan").display().to_string();
    let plan = ["plan", &*file, "--database", &*state, "--out", &*saved, "--plan-key", &*key];
    assert_eq!(run_with(&plan, &KEYS, "").await.0, 1);

    // The state is moved, and another Deployer is where it was.
    let moved = format!("sqlite:{}", folder.path().join("moved.db").display());
    let (code, _, errors) = run(&["state", "move", &state, &moved]).await;
    assert_eq!(code, 0, "{errors}");
    for name in [
        "deployer.db",
        "deployer.db.key",
        "deployer.db.bundles",
        "deployer.db-wal",
        "deployer.db-shm",
    ] {
        let path = folder.path().join(name);
        let _ =
            if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    }
    let (code, _, errors) = run(&["state", "init", &state]).await;
    assert_eq!(code, 0, "{errors}");
    let apply = |state: &str| {
        let words = ["apply", "--plan", &saved, "--plan-key", &key, "--database", state];
        words.map(str::to_owned)
    };
    let (there, spelled) = (apply(&state), apply(&moved.replace("/moved.db", "/./moved.db")));
    let (code, _, errors) = run_with(&there.each_ref().map(String::as_str), &KEYS, "").await;
    assert!(code == 3 && errors.contains("made for another Deployer"), "{code} {errors}");
    let (code, output, errors) = run_with(&spelled.each_ref().map(String::as_str), &KEYS, "").await;
    assert!(code == 0 && output.contains("Applied: 11 changes"), "{code} {output}{errors}");
}

#[tokio::test]
async fn a_plan_of_a_state_is_refused_by_its_restored_backup() {
    // F8: only a backup and its restoration make another Deployer.
    let folder = tempfile::tempdir().unwrap();
    let (_nodes, file, state) = example(folder.path()).await;
    let in_folder = |name: &str| folder.path().join(name).display().to_string();
    let key = format!("file:{}", in_folder("plan.key"));
    let saved = in_folder("change.plan");
    let plan = ["plan", &*file, "--database", &*state, "--out", &*saved, "--plan-key", &*key];
    assert_eq!(run_with(&plan, &KEYS, "").await.0, 1);
    let backup = format!("sqlite:{}", in_folder("backup.db"));
    let restored = format!("sqlite:{}", in_folder("restored.db"));
    let keys = format!("file:{}", in_folder("deployer.db.key"));
    let (code, _, errors) = run(&["state", "backup", &state, &backup]).await;
    assert_eq!(code, 0, "{errors}");
    let (code, _, errors) =
        run(&["state", "restore", &backup, &restored, "--from-key", &keys]).await;
    assert_eq!(code, 0, "{errors}");
    let apply = ["apply", "--plan", &*saved, "--plan-key", &*key, "--database"];
    let (code, _, errors) = run_with(&[&apply[..], &[&*restored]].concat(), &KEYS, "").await;
    assert!(code == 3 && errors.contains("made for another Deployer"), "{code} {errors}");
    let (code, output, errors) = run_with(&[&apply[..], &[&*state]].concat(), &KEYS, "").await;
    assert!(code == 0 && output.contains("Applied: 11 changes"), "{code} {output}{errors}");
}

#[tokio::test]
async fn messages_say_what_fits_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "estate.yaml", "version: 1\nstages: [{id: Test}]\n");
    for command in ["apply", "plan", "diff"] {
        let (code, _, errors) = run_with(&[command, &file], &[], "").await;
        assert!(code == 2 && errors.contains("--data DIRECTORY"), "{code} {errors}");
        assert!(!errors.contains("--inventory"), "{errors}");
    }
    let deployer = product().await;
    let environment = [("DKU_DSS_URL", deployer.url()), ("DKU_API_KEY", "wrong")];
    for arguments in [&["diff", &*file][..], &["export"]] {
        let (code, _, errors) = run_with(arguments, &environment, "").await;
        assert!(
            code == 3 && errors.contains("use a key that the Deployer knows"),
            "{code} {errors}"
        );
        assert!(!errors.contains("node"), "{errors}");
    }
    let (key, saved) = (folder.path().join("plan.key"), folder.path().join("change.plan"));
    let (key, saved) = (format!("file:{}", key.display()), saved.display().to_string());
    let plan = ["plan", &*file, "--out", &*saved, "--plan-key", &*key];
    assert!(on(&deployer, &plan).await.0 < 2);
    let absent = ["apply", "--plan", "absent.plan", "--plan-key", &*key];
    let (code, _, errors) = on(&deployer, &absent).await;
    assert!(code == 2 && errors.contains("cannot read `absent.plan`"), "{code} {errors}");
    let text = std::fs::read_to_string(&saved).unwrap();
    std::fs::write(&saved, text.replacen('a', "b", 1)).unwrap();
    let (code, _, errors) = on(&deployer, &["apply", "--plan", &saved, "--plan-key", &key]).await;
    assert!(code == 2 && errors.contains("or plan again"), "{code} {errors}");
    assert!(!errors.contains("backup"), "{errors}");
}
