use std::sync::Arc;

use project_deployer_client::fleet::{FleetCredentials, FleetManager, Launchpad};
use project_deployer_client::{HttpProxy, ProxyServer, RemoteDeployer};
use project_deployer_core::document::Document as _;
use project_deployer_core::infra::{InfraSettings, NodeEntry, Target};
use project_deployer_core::{ApiKeySecret, InfraId, NodeAddress, StageId};
use project_deployer_tests::{settings_at, single_attempts};

use super::Heard;

fn address() -> NodeAddress {
    NodeAddress::parse("https://auto.example.test:11200").unwrap()
}

#[test]
fn no_settings_and_nothing_made_of_them_show_their_secrets() {
    // R13
    let mut heard = Heard::listening();
    for _ in 0..20 {
        let settings = settings_at("https://auto.example.test:11200", &heard.secret());
        let lax = settings.clone().with_trust_all_certificates(true);
        heard.show(&(&settings, &lax, &settings.admin_api_key));
        heard.shown.push_str(&format!("{settings} {lax}"));

        let credentials = FleetCredentials::new("the-id", heard.secret()).unwrap();
        let fleet = FleetManager::builder(address(), credentials.clone());
        let launchpad = Launchpad::builder("space-1", credentials.clone());
        heard.show(&(&credentials, &fleet, &launchpad));
        heard.show(&fleet.build().unwrap());

        let proxy = ProxyServer::new(address()).credentials("deployer", heard.secret());
        let builder = single_attempts().proxy(HttpProxy::Server(proxy.clone()));
        heard.show(&(&proxy, &builder));
        let connector = Arc::new(builder.build().unwrap());
        heard.show(&connector);
        heard.show(&RemoteDeployer::new(connector, settings).unwrap());
    }
    heard.assert_nothing_given_away(60);
}

#[test]
fn documents_of_an_infrastructure_show_no_key_unless_they_are_asked_to() {
    // R13
    let mut heard = Heard::listening();
    for number in 0..20 {
        let id = InfraId::parse(format!("prod-{number}")).unwrap();
        let mut infra = InfraSettings::new(id, StageId::parse("Production").unwrap());
        let key = ApiKeySecret::new(heard.secret()).unwrap();
        let entry = NodeEntry::default().with_admin_api_key(Some(key));
        infra.target = match number % 3 {
            0 => Target::SingleNode(entry),
            1 => Target::MultiNode(vec![entry.clone(), entry]),
            _ => Target::Fleet(entry),
        };
        heard.show(&infra);
        heard.shown.push_str(&infra.to_document().to_string());
        let read = InfraSettings::from_document(infra.to_document_with_keys());
        heard.show_outcome(&read);
        let mut broken = infra.to_document_with_keys();
        broken["stage"] = serde_json::json!(7);
        assert!(!heard.show_outcome(&InfraSettings::from_document(broken)));
    }
    heard.assert_nothing_given_away(20);
}
