use project_deployer_testkit::{MockNode, TestTls};
use reqwest::Certificate;

use crate::client::http;

/// Calls a node, with its authority as the only trusted one.
async fn ask(tls: TestTls) -> Result<u16, String> {
    let node = MockNode::builder("auto").tls(tls).start().await;
    let authority = Certificate::from_pem(node.ca_pem().unwrap().as_bytes()).unwrap();
    let client = http().tls_certs_only([authority]).build().unwrap();
    let url = format!("{}/public/api/instance-info", node.url());
    let answer = client.get(url).bearer_auth(node.admin_api_key()).send().await;
    answer.map(|answer| answer.status().as_u16()).map_err(|error| format!("{error:?}"))
}

#[tokio::test]
async fn a_valid_certificate_is_accepted() {
    assert_eq!(ask(TestTls::Valid).await, Ok(200));
    assert_eq!(ask(TestTls::OnlyForAddress).await, Ok(200));
}

#[tokio::test]
async fn each_bad_certificate_is_refused_for_its_own_reason() {
    // R15
    for (tls, reason) in [
        (TestTls::UnknownRoot, "UnknownIssuer"),
        (TestTls::WrongHost, "NotValidForName"),
        (TestTls::SelfSigned, "UnknownIssuer"),
        (TestTls::OnlyForName, "NotValidForName"),
        (TestTls::AddressAsName, "NotValidForName"),
        (TestTls::Expired, "Expired"),
        (TestTls::NotYetValid, "NotValidYet"),
        (TestTls::ForClients, "InvalidPurpose"),
        (TestTls::Sha1, "UnsupportedSignatureAlgorithm"),
    ] {
        let error = ask(tls).await.unwrap_err();
        assert!(error.contains(reason), "{tls:?}: {error}");
    }
}
