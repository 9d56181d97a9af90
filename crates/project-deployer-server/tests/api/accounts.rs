//! Users that others ask about.

use project_deployer::core::accounts::{SourceType, User};
use serde_json::{Value, json};

use crate::installation::{Installation, parsed};

#[tokio::test]
async fn a_disabled_user_is_a_problem_of_the_user_and_not_of_the_caller() {
    let installation = Installation::new().await;
    let zoe = User::new(parsed("zoe"), SourceType::Local).with_enabled(false);
    installation.admin().create_user(&zoe).await.unwrap();
    let key = &installation.key;
    for (method, path, body) in [
        ("POST", "/keys", json!({"user": "zoe"})),
        ("POST", "/keys", json!({"global": true, "user": "zoe"})),
        ("PUT", "/users/zoe/password", json!({"password": "correct horse battery"})),
        ("GET", "/explain?operation=updateDeployment&login=zoe", Value::Null),
    ] {
        let answer = installation.send(method, path, key, &[], body).await;
        let (status, code) = (answer.status.as_u16(), answer.code());
        assert_eq!((status, code.as_str()), (422, "not-possible"), "{path}: {}", answer.text());
        assert!(answer.text().contains("zoe"), "{}", answer.text());
    }
    for (method, path, body) in [
        ("POST", "/keys", json!({"user": "ghost"})),
        ("GET", "/explain?operation=updateDeployment&login=ghost", Value::Null),
    ] {
        let answer = installation.send(method, path, key, &[], body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "not-found"), "{path}");
    }
}
