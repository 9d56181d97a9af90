//! Lists in pages, under writes.

use project_deployer::Warnings;
use project_deployer::core::deployment::DeploymentCreation;
use project_deployer::prelude::*;

use crate::installation::{Installation, parsed};

async fn create(installation: &Installation, id: &str) {
    let creation = DeploymentCreation::parse(id, "CHURN", "prod", "v1").unwrap();
    // Several deployments of one project: the later one supersedes.
    installation.admin().create_deployment(&creation, Warnings::Ignore).await.unwrap();
}

async fn read_all(
    installation: &Installation,
    query: &str,
    mut between: impl AsyncFnMut(usize),
) -> Vec<String> {
    let (mut seen, mut after, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let path = format!("/deployments?limit=3{query}{after}");
        let page = installation.get(&path, &installation.key).await.json();
        let items = page["items"].as_array().unwrap().iter();
        seen.extend(items.map(|item| item["id"].as_str().unwrap().to_owned()));
        between(pages).await;
        pages += 1;
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return seen,
        }
    }
}

#[tokio::test]
async fn pages_have_every_deployment_once_while_others_come_and_go() {
    let installation = Installation::new().await;
    for number in 10..20 {
        create(&installation, &format!("d{number}")).await;
    }
    let seen = read_all(&installation, "", async |page| {
        // One before the cursor, one behind it, and the last one of the page.
        let admin = installation.admin();
        match page {
            1 => {
                create(&installation, "a-new").await;
                create(&installation, "d99").await;
                admin.delete_deployment(&parsed("d14")).await.unwrap();
            }
            2 => admin.delete_deployment(&parsed("d19")).await.unwrap(),
            _ => {}
        }
    })
    .await;
    let mut expected: Vec<_> = (10..19).map(|number| format!("d{number}")).collect();
    expected.insert(0, "churn-prod".to_owned());
    expected.push("d99".to_owned());
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn deployments_are_found_by_what_they_are_of_and_ordered() {
    let installation = Installation::new().await;
    for id in ["b-2", "B-3", "c-4"] {
        create(&installation, id).await;
    }
    let found = async |query: &str| read_all(&installation, query, async |_| {}).await.join(" ");
    assert_eq!(found("&text=b-").await, "B-3 b-2");
    assert_eq!(
        found("&stage=Production&project=CHURN&bundle=v1&infrastructure=prod&text=c-").await,
        "c-4"
    );
    for none in ["&stage=Test", "&project=OTHER", "&bundle=v2", "&infrastructure=other"] {
        assert_eq!(found(none).await, "", "{none}");
    }
    let started = installation.admin().start_update(&parsed("c-4")).await.unwrap();
    installation.admin().wait(&started).await.unwrap();
    assert_eq!(found("&order=lastUpdate").await, "c-4 B-3 b-2 churn-prod");
}

#[tokio::test]
async fn the_other_lists_have_pages_too() {
    let installation = Installation::new().await;
    for number in 0..5 {
        installation.user(&format!("user-{number}"), &format!("group-{number}")).await;
    }
    for (list, field, expected) in [
        ("users", "login", "admin user-0 user-1 user-2 user-3 user-4"),
        ("groups", "name", "administrators group-0 group-1 group-2 group-3 group-4"),
        ("projects", "key", "CHURN"),
        ("projects/CHURN/bundles", "id", "v1"),
        ("infrastructures", "id", "prod"),
    ] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let path = format!("/{list}?limit=2{after}");
            let page = installation.get(&path, &installation.key).await.json();
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 2, "{list}");
            seen.extend(items.iter().map(|item| item[field].as_str().unwrap().to_owned()));
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        assert_eq!(seen.join(" "), expected, "{list}");
    }
}
