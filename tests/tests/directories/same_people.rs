use project_deployer_core::accounts::RemappingRule;

use crate::servers::{over_tls, report, three};

#[tokio::test]
async fn three_kinds_of_directory_give_the_same_report_for_the_same_people() {
    for authorized in [&[][..], &["ops"], &["many", "data"], &["nobody-knows"]] {
        let mut reports = Vec::new();
        for server in three() {
            let mut settings = over_tls(server.as_ref());
            settings.authorized_groups = authorized.iter().map(|&group| group.to_owned()).collect();
            let report = report(server.as_ref(), &settings).await;
            assert!(report.people.len() >= 53, "{server:?}: {report:?}");
            reports.push(report);
        }
        assert!(reports.windows(2).all(|pair| pair[0] == pair[1]), "{authorized:?}: {reports:#?}");
    }
}

#[tokio::test]
async fn the_remapping_of_a_node_applies_to_what_a_real_directory_holds() {
    // R-L9
    for server in three() {
        let mut settings = over_tls(server.as_ref());
        settings.remapping_rules = vec![RemappingRule::new("^(.+)$", "corp-$1")];
        let report = report(server.as_ref(), &settings).await;
        assert_eq!(report.authorized_people.len(), 53, "{server:?}: {report:?}");
        assert!(
            report.authorized_people.iter().all(|login| login.starts_with("corp-")),
            "{report:?}"
        );
    }
}
