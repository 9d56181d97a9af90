//! A test of your own code against a mock Automation node: at most 8 lines. In a test of yours it is
//! `#[tokio::test]` instead of `#[tokio::main]`. `your_code` stands for whatever speaks to a node over
//! HTTP; here it deploys bundle `v1` of `CHURN`, in `examples/src/lib.rs`.
use project_deployer_examples::your_code;
use project_deployer_testkit::MockNode;
#[tokio::main]
async fn main() {
    let node = MockNode::start("auto").await;
    assert_eq!(your_code(node.url(), &node.admin_api_key()).await, Ok(()));
    assert_eq!(node.project("CHURN").and_then(|it| it.active_bundle).as_deref(), Some("v1"));
}
