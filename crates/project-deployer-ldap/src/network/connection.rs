//! One bound connection. The LDAP library makes the requests and reads the results; what comes between,
//! the gate hands over. The library's driver has a task of its own; whatever becomes of it is an error here.

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

/// What may come before anybody is bound.
const BIND_BYTES: usize = 64 << 10;

/// How long the driver may take to end once its connection has.
const DRIVER_END: Duration = Duration::from_secs(1);

/// Takes the parts of an answer.
pub(super) type Take<'a> = &'a mut (dyn FnMut(Part) -> Result<(), Fault> + Send);

/// A connection on which the bind has succeeded.
pub(super) struct Connection {
    ldap: Ldap,
    parts: mpsc::Receiver<Batch>,
    watch: Watch,
    driver: Option<JoinHandle<Result<(), LdapError>>>,
    operation: Duration,
    bind: Bind,
    /// An answer is under way. What is left of it would be taken for the next one's.
    busy: bool,
    /// When the directory last said something.
    heard: Instant,
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

    /// Whether it can be asked.
    pub(super) fn is_free(&self) -> bool {
        !self.busy && self.watch.ending().is_none()
    }

    /// Whether it was of use a moment ago. What stands between drops connections that nobody uses, and
    /// tells neither side: whoever asked would wait for the whole time of an operation.
    pub(super) fn is_fresh(&self, keep: Duration) -> bool {
        self.heard.elapsed() < keep
    }

    /// How many bytes the next answers may have together.
    pub(super) fn allow(&self, bytes: usize) {
        self.watch.allow(bytes);
    }

    /// Asks once, and hands over what comes until the result does.
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
            return Ok(Err(Malformed("an answer to something that was not asked").into()));
        }
        let ldap = self.ldap.with_timeout(self.operation);
        let mut stream = ldap.streaming_search(&base, scope, &question.filter, names).await?;
        // An end that `next` does not reach is no end: `finish` alone would call it a success.
        let end = loop {
            tokio::select! {
                biased;
                Some(batch) = self.parts.recv() => {
                    if let Err(fault) = read(&batch, take) {
                        return Ok(Err(fault));
                    }
                }
                // The library waits anew after each batch, and sees nothing but the result.
                end = stream.next() => break end,
            }
        };
        // The gate handed them over before the library could see an end.
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

    /// What an error of the library means. Its own words may have the request in them.
    async fn fault(&mut self, error: &LdapError, filter: &str) -> Fault {
        match error {
            LdapError::Timeout { .. } => Fault::Failed(DirectoryError::TimedOut),
            LdapError::FilterParsing => Fault::Failed(DirectoryError::Unaskable {
                filter: crate::caseless::shortened(filter),
                what: "the name of an attribute is no standard one",
            }),
            _ => self.ending().await,
        }
    }

    async fn ending(&mut self) -> Fault {
        let driver = self.driver.take();
        if let Some(driver) = driver
            && let Ok(Err(_)) = timeout(DRIVER_END, driver).await
        {
            let what = "something that the LDAP library does not survive".to_owned();
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
