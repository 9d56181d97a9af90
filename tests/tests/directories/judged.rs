//! Verdicts on real servers, compared with the two searches that a node makes at a login: the directory is
//! the judge.

mod cases;
pub(crate) mod installation;
mod kinds;
mod membership;
pub(crate) mod oracle;
mod random;
mod remapped;
mod sighted;
mod spelled;
