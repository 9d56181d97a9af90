//! An S3 server in this process, on a directory of its own.

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::{BUCKET, SECRET};

/// Starts a server with one bucket, and returns its address. It ends with the runtime of the test.
pub(crate) async fn start() -> String {
    let directory = TempDir::new().unwrap();
    std::fs::create_dir(directory.path().join(BUCKET)).unwrap();
    let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(directory.path()).unwrap());
    service.set_auth(SimpleAuth::from_single("AKIDEXAMPLE", SECRET));
    let service = service.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let _directory = directory;
        loop {
            let Ok((connection, _)) = listener.accept().await else { return };
            let service = service.clone();
            tokio::spawn(async move {
                let server = Builder::new(TokioExecutor::new());
                // A client that goes away is no failure.
                let _ = server.serve_connection(TokioIo::new(connection), service).await;
            });
        }
    });
    address
}
