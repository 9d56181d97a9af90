use project_deployer_testkit::{BundleBuilder, MockNode};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Asks a node as the official client does: the key as user name, JSON without a content type.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    key: String,
    acting_as: Option<String>,
}

/// Status and body; null when the body is no JSON.
pub(crate) type Answer = (StatusCode, Value);

pub(crate) fn http() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
}

pub(crate) fn admin(node: &MockNode) -> Client {
    Client {
        http: http().build().unwrap(),
        base: format!("{}/dip/publicapi", node.url()),
        key: node.admin_api_key(),
        acting_as: None,
    }
}

impl Client {
    pub(crate) fn acting_as(&self, login: &str) -> Self {
        Self { acting_as: Some(login.to_owned()), ..self.clone() }
    }

    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self.clone() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        let request = request.basic_auth(&self.key, Some(""));
        match &self.acting_as {
            Some(login) => request.header("X-DKU-ProxyUser", login),
            None => request,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        read(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        read(self.request(Method::POST, path).body(body.to_string())).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        read(self.request(Method::PUT, path).body(body.to_string())).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        read(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn upload(&self, path: &str, bundle: &BundleBuilder) -> Answer {
        self.upload_bytes(path, bundle.build().unwrap()).await
    }

    pub(crate) async fn upload_bytes(&self, path: &str, bytes: Vec<u8>) -> Answer {
        let part = reqwest::multipart::Part::bytes(bytes).file_name("bundle.zip");
        let form = reqwest::multipart::Form::new().part("file", part);
        read(self.request(Method::POST, path).multipart(form)).await
    }

    /// Creates a project from a bundle, which has to work.
    pub(crate) async fn create(&self, bundle: &BundleBuilder) {
        let (status, answer) = self.upload("/projectsFromBundle/", bundle).await;
        assert_eq!(status, 200, "{answer}");
    }

    pub(crate) async fn preload(&self, key: &str, bundle: &str) -> Answer {
        let path = format!("/projects/{key}/bundles/imported/{bundle}/actions/preload");
        read(self.request(Method::POST, &path)).await
    }

    pub(crate) async fn activate(&self, key: &str, bundle: &str, options: Value) -> Answer {
        let path = format!("/projects/{key}/bundles/imported/{bundle}/actions/activate");
        self.post(&path, &options).await
    }

    /// Preloads and activates, which has to work.
    pub(crate) async fn go_live(&self, key: &str, bundle: &str) {
        let (status, report) = self.preload(key, bundle).await;
        assert_eq!((status.as_u16(), &report["fatal"]), (200, &json!(false)), "{report}");
        let (status, state) = self.activate(key, bundle, json!({})).await;
        let fatal = &state["result"]["fatal"];
        assert_eq!((status.as_u16(), fatal), (200, &json!(false)), "{state}");
    }
}

async fn read(request: reqwest::RequestBuilder) -> Answer {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let body = answer.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// The codes of a report's messages.
pub(crate) fn codes(report: &Value) -> Vec<&str> {
    let messages = report["messages"].as_array().unwrap();
    messages.iter().map(|message| message["code"].as_str().unwrap()).collect()
}
