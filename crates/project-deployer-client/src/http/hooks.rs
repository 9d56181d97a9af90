use async_trait::async_trait;
use reqwest::header::CONTENT_TYPE;

use super::connector::HttpConnector;
use super::exchange::{Body, failure};
use crate::error::NodeErrorKind;
use crate::hook_sender::{HookPost, HookReply, HookSender};

#[async_trait]
impl HookSender for HttpConnector {
    async fn post(&self, post: &HookPost) -> Result<HookReply, NodeErrorKind> {
        let client = self.client_at(&post.address, post.trust_all_certificates)?;
        let mut request = client
            .post(post.address.url().clone())
            .header(CONTENT_TYPE, "application/json")
            .body(post.body.clone());
        for (name, value) in &post.headers {
            request = request.header(*name, value);
        }
        let answer = request.send().await.map_err(|error| failure(&error))?;
        let status = answer.status().as_u16();
        if post.ignore_body {
            return Ok(HookReply::new(status, ""));
        }
        let body = Body::new(answer, HookReply::MOST_BYTES).rest(Vec::new()).await;
        Ok(HookReply::new(status, body.map_err(|(kind, _)| kind)?))
    }
}
