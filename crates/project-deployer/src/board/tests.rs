use project_deployer_core::infra::InfraSettings;

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
