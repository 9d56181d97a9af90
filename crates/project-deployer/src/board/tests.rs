use project_deployer_core::infra::InfraSettings;
use serde_json::json;

use super::*;

fn infra(id: &str, stage: &str) -> InfraBasicInfo {
    InfraBasicInfo::from(&InfraSettings::new(id.parse().unwrap(), stage.parse().unwrap()))
}

fn row(deployment: &str, infra: &str, health: Health) -> Row {
    Row {
        deployment: deployment.parse().unwrap(),
        infra: infra.parse().unwrap(),
        project: "CHURN".parse().unwrap(),
        deployed_as: "CHURN".parse().unwrap(),
        bundle: "v1".parse().unwrap(),
        digest: None,
        origin: BundleOrigin::default(),
        health,
        messages: InfoMessages::default(),
        superseded: false,
        last_update: None,
    }
}

fn sample() -> Board {
    let stages = ["Dev", "Test", "Prod"].map(|stage| stage.parse().unwrap());
    let infras = [infra("prod-eu", "Prod"), infra("dev", "Dev"), infra("lab", "Attic")];
    let rows = vec![
        row("churn-prod", "prod-eu", Health::OutOfSync),
        row("churn-dev", "dev", Health::Healthy),
        row("churn-lab", "lab", Health::Unknown),
    ];
    Board::arrange(&stages, &infras, rows)
}

#[test]
fn deployments_stand_on_their_stages_in_order() {
    // R-I1
    let board = sample();
    let stages: Vec<_> = board
        .stages
        .iter()
        .map(|column| {
            (column.stage.as_str(), column.rows.iter().map(|row| row.deployment.as_str()).collect())
        })
        .collect();
    let expected: [(&str, Vec<&str>); 4] = [
        ("Dev", vec!["churn-dev"]),
        ("Test", vec![]),
        ("Prod", vec!["churn-prod"]),
        ("Attic", vec!["churn-lab"]),
    ];
    assert_eq!(stages, expected, "an infrastructure on an unknown stage is not lost");
    assert_eq!(board.worst(), Some(Health::OutOfSync));
}

#[test]
fn a_board_reads_as_tables() {
    let text = sample().to_string();
    let expected = "Dev
  deployment  infrastructure  project  bundle  health       last update
  churn-dev   dev             CHURN    v1      healthy      never

Test
  nothing is deployed here
";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn a_board_shows_author_time_notes_and_digest_of_a_bundle() {
    let digest = BundleDigest::from_bytes([7; 32]);
    let origin = json!({"exportedBy": "mina", "exportedOn": 0, "releaseNote": "fast\u{1b}[2J"});
    let mut shown = row("churn-dev", "dev", Health::Healthy);
    shown.digest = Some(digest.clone());
    shown.origin = serde_json::from_value(origin).unwrap();
    let stages = ["Dev".parse().unwrap()];
    let board = Board::arrange(&stages, &[infra("dev", "Dev")], vec![shown]);
    let line = format!(
        "    bundle: {digest}, written by mina, created 1970-01-01T00:00:00Z, release notes: fast\\u{{1b}}[2J\n"
    );
    assert!(board.to_string().ends_with(&line), "{board}");
    let document = serde_json::to_value(&board).unwrap();
    assert_eq!(document["stages"][0]["rows"][0]["origin"]["exportedBy"], "mina");
    assert_eq!(document["stages"][0]["rows"][0]["digest"], digest.as_str());
}
