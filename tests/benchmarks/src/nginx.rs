//! nginx as a peer: it serves files of a folder, which the kernel keeps in memory, and takes files.

use std::fs;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The variable that names the tree of Debian packages with nginx; `cargo xtask bench` sets it.
const TREE: &str = "PROJECT_DEPLOYER_NGINX";

/// How long it may take to start.
const START: Duration = Duration::from_secs(10);

/// A running nginx. It ends with this value.
#[derive(Debug)]
pub struct Nginx {
    program: Child,
    /// Its host and port.
    pub address: String,
}

impl Nginx {
    /// Serves the files below `files` in a folder, and takes files there by `PUT` (WebDAV). The folder also gets its
    /// configuration, and what arrives.
    ///
    /// # Errors
    ///
    /// It is not installed, or does not start.
    pub fn serve(folder: &Path) -> io::Result<Self> {
        let tree = std::env::var_os(TREE).map(PathBuf::from).ok_or_else(|| {
            io::Error::other(format!("{TREE} is not set; run the benchmark by `cargo xtask bench`"))
        })?;
        for files in ["files", "body"] {
            fs::create_dir_all(folder.join(files))?;
        }
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let configuration = folder.join("nginx.conf");
        fs::write(&configuration, text(folder, &address))?;
        let libraries = tree.join("usr/lib/x86_64-linux-gnu");
        let program = Command::new(tree.join("usr/sbin/nginx"))
            .arg("-c")
            .arg(&configuration)
            .arg("-e")
            .arg(folder.join("error.log"))
            .env("LD_LIBRARY_PATH", libraries)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let nginx = Self { program, address };
        let begun = Instant::now();
        while TcpStream::connect(&nginx.address).is_err() {
            if begun.elapsed() > START {
                let log = fs::read_to_string(folder.join("error.log")).unwrap_or_default();
                return Err(io::Error::other(format!("nginx does not start: {log}")));
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        Ok(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers notice that the master is gone by its signal, not by its death.
        let quit = Command::new("kill").arg(self.program.id().to_string()).status();
        if quit.is_err() {
            let _ = self.program.kill();
        }
        let _ = self.program.wait();
    }
}

/// Two processes as we have two threads, no log, and connections that stay open.
fn text(folder: &Path, address: &str) -> String {
    let folder = folder.display();
    format!(
        "daemon off;\nuser root root;\nerror_log {folder}/error.log;\nworker_processes 2;\npid {folder}/nginx.pid;\nevents {{ worker_connections 1024; }}\n\
         http {{\n  access_log off;\n  sendfile on;\n  tcp_nopush on;\n  keepalive_requests 1000000000;\n  \
         open_file_cache max=100;\n  default_type application/json;\n  client_body_temp_path {folder}/body;\n  \
         proxy_temp_path {folder}/proxy;\n  fastcgi_temp_path {folder}/fastcgi;\n  uwsgi_temp_path {folder}/uwsgi;\n  \
         scgi_temp_path {folder}/scgi;\n  server {{\n    listen {address}; root {folder}/files; client_max_body_size 0; dav_methods PUT; create_full_put_path on;\n  }}\n}}\n"
    )
}
