//! One bound connection. The LDAP library writes the requests and reads the results. The gate delivers the
//! entries and references before a result. The library's driver runs in its own task; its failure is an
//! error here.

use std::fmt;
use std::time::Duration;

use ldap3::controls::{PagedResults, RawControl};
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, LdapResult};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::Server;
use super::ber::Malformed;
use super::bind::Bind;
use super::dial::dial;
use super::gate::{Batch, Ending, RawMessage, Watch, guard};
use super::inner::INNER_URL;
use super::outcome::{Fault, judge_bind};
use super::part::Part;
use super::question::Question;
use crate::directory::{DirectoryError, PartialReason};
use crate::dn::Dn;

/// The number of bytes that are accepted before the bind.
const BIND_BYTES: usize = 64 << 10;

/// How long the driver may take to end after its connection has ended.
const DRIVER_END: Duration = Duration::from_secs(1);

/// Receives the parts of an answer.
pub(super) type Take<'a> = &'a mut (dyn FnMut(Part) -> Result<(), Fault> + Send);

/// A connection on which the bind has succeeded.
pub(super) struct Connection {
    ldap: Ldap,
    parts: mpsc::Receiver<Batch>,
    watch: Watch,
    driver: Option<JoinHandle<Result<(), LdapError>>>,
    operation: Duration,
    bind: Bind,
    /// Whether an answer is in progress. Its remaining parts would be read as those of the next answer.
    busy: bool,
    /// When the last message of the directory arrived.
    heard: Instant,
    /// A base that the directory showed on this connection.
    shown: Option<Dn>,
}

impl Connection {
    /// Connects and binds.
    pub(super) async fn open(server: &Server) -> Result<Self, DirectoryError> {
        let budgets = &server.budgets;
        let stream = dial(server, Instant::now() + budgets.connect).await?;
        let broken = |error: &dyn fmt::Display| DirectoryError::Unreachable {
            what: format!("the connection cannot be set up: {error}"),
        };
        let (library, parts, watch) = guard(stream, budgets.message_bytes, BIND_BYTES)
            .await
            .map_err(|error| broken(&error))?;
        let settings = LdapConnSettings::new().set_std_stream(library);
        let (driver, ldap) = LdapConnAsync::with_settings(settings, INNER_URL)
            .await
            .map_err(|error| broken(&error))?;
        let mut connection = Self {
            ldap,
            parts,
            watch,
            driver: Some(tokio::spawn(driver.drive())),
            operation: budgets.operation,
            bind: server.bind.clone(),
            busy: false,
            heard: Instant::now(),
            shown: None,
        };
        connection.bind().await?;
        Ok(connection)
    }

    async fn bind(&mut self) -> Result<(), DirectoryError> {
        let bind = self.bind.clone();
        let (name, password) = bind.request();
        let answer = self.ldap.with_timeout(self.operation).simple_bind(name, password).await;
        match answer {
            Ok(result) => judge_bind(&self.without_password(result), bind.name()),
            Err(error) => match self.fault(&error, "").await {
                Fault::Failed(error) => Err(error),
                Fault::Lost(what) => Err(DirectoryError::Unreachable { what }),
                Fault::Cut(reason) => Err(DirectoryError::Malformed { what: reason.to_string() }),
            },
        }
    }

    /// Whether the connection can be used.
    pub(super) fn is_free(&self) -> bool {
        !self.busy && self.watch.ending().is_none()
    }

    /// Whether the connection was used recently. Firewalls drop idle connections without notice to either
    /// side, and a search on such a connection would wait until its timeout.
    pub(super) fn is_fresh(&self, keep: Duration) -> bool {
        self.heard.elapsed() < keep
    }

    /// Whether the directory showed this base on this connection.
    pub(super) fn shows(&self, base: &Dn) -> bool {
        self.shown.as_ref() == Some(base)
    }

    pub(super) fn note_shown(&mut self, base: &Dn) {
        self.shown = Some(base.clone());
    }

    /// Sets how many bytes the next answers may have together.
    pub(super) fn allow(&self, bytes: usize) {
        self.watch.allow(bytes);
    }

    /// Sends one search, and delivers its parts until the result arrives.
    pub(super) async fn ask(
        &mut self,
        question: &Question,
        page: Option<PagedResults>,
        take: Take<'_>,
    ) -> Result<LdapResult, Fault> {
        self.busy = true;
        let controls: Vec<RawControl> = page.into_iter().map(RawControl::from).collect();
        match self.answer(question, controls, take).await {
            Ok(Ok(result)) => {
                self.busy = false;
                self.heard = Instant::now();
                Ok(self.without_password(result))
            }
            Ok(Err(fault)) => Err(fault),
            Err(error) => Err(self.fault(&error, &question.filter).await),
        }
    }

    async fn answer(
        &mut self,
        question: &Question,
        controls: Vec<RawControl>,
        take: Take<'_>,
    ) -> Result<Result<LdapResult, Fault>, LdapError> {
        if !controls.is_empty() {
            self.ldap.with_controls(controls);
        }
        let base = question.base.to_string();
        let (scope, names) = (question.scope, question.attributes.as_slice());
        if self.parts.try_recv().is_ok() {
            return Ok(Err(Malformed("an answer of a kind that was not requested").into()));
        }
        let ldap = self.ldap.with_timeout(self.operation);
        let mut stream = ldap.streaming_search(&base, scope, &question.filter, names).await?;
        // `finish` alone would report success for an answer that `next` has not read to its end.
        let end = loop {
            tokio::select! {
                biased;
                Some(batch) = self.parts.recv() => {
                    if let Err(fault) = read(&batch, take) {
                        return Ok(Err(fault));
                    }
                }
                // The library sees only the result, so its timeout starts again after each batch.
                end = stream.next() => break end,
            }
        };
        // The gate delivered these before the library could see the end.
        while let Ok(batch) = self.parts.try_recv() {
            if let Err(fault) = read(&batch, take) {
                return Ok(Err(fault));
            }
        }
        end?;
        Ok(Ok(stream.finish().await))
    }

    fn without_password(&self, mut result: LdapResult) -> LdapResult {
        result.text = self.bind.without_password(&result.text);
        result
    }

    /// The meaning of an error of the library. Its own text may contain the request, so it is not used.
    async fn fault(&mut self, error: &LdapError, filter: &str) -> Fault {
        match error {
            LdapError::Timeout { .. } => Fault::Failed(DirectoryError::TimedOut),
            LdapError::FilterParsing => Fault::Failed(DirectoryError::Unaskable {
                filter: crate::caseless::shortened(filter),
                what: "the name of an attribute is not valid",
            }),
            _ => self.ending().await,
        }
    }

    async fn ending(&mut self) -> Fault {
        let driver = self.driver.take();
        if let Some(driver) = driver
            && let Ok(Err(_)) = timeout(DRIVER_END, driver).await
        {
            let what = "a message on which the LDAP library fails".to_owned();
            return Fault::Failed(DirectoryError::Malformed { what });
        }
        match self.watch.ending() {
            Some(Ending::Lost(what)) => Fault::Lost(what.clone()),
            Some(Ending::Malformed(what)) => {
                Fault::Failed(DirectoryError::Malformed { what: what.clone() })
            }
            Some(Ending::TooMuch(limit)) => Fault::Cut(PartialReason::OurLimit(limit.clone())),
            None => Fault::Lost("the connection ended".to_owned()),
        }
    }
}

fn read(batch: &[RawMessage], take: Take<'_>) -> Result<(), Fault> {
    batch.iter().try_for_each(|message| take(Part::read(message.content())?))
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bind, busy, .. } = self;
        f.debug_struct("Connection").field("bind", bind).field("busy", busy).finish_non_exhaustive()
    }
}
