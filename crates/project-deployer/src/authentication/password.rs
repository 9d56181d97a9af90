use std::fmt;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, PasswordHash};
use project_deployer_client::DeployerError;
use project_deployer_core::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use super::secret::random_digits;

/// The shortest password, in characters, and the longest, in bytes.
const SHORTEST: usize = 12;
const LONGEST: usize = 1024;

/// What the password of an unknown login is compared with, so that the answer takes as long as for a known one. It is
/// the hash of a random text that nobody knows, with the parameters of [`hash`].
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzIQ$\
                      0H3vlFOrbCbHMqGIc0yUd4CjVJzEPVv0l4iQZ1wZB3U";

/// What the process hashes: two passwords at the same time, since each takes 19 MiB. 64 may wait for that or be hashed.
static HASHING: Bound = Bound::new(2, 64);

/// How much work there is at once.
struct Bound {
    /// How much is done at the same time.
    turns: Semaphore,
    /// How much may wait for that or be done. More is refused at once.
    places: Semaphore,
}

impl Bound {
    const fn new(turns: usize, places: usize) -> Self {
        Self { turns: Semaphore::const_new(turns), places: Semaphore::const_new(places) }
    }

    /// Does work on a thread of its own.
    async fn in_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, DeployerError> {
        let state = |error| DeployerError::state("a password", error);
        let busy =
            |_| DeployerError::state("a password", "too many passwords are compared at once");
        let _place = self.places.try_acquire().map_err(busy)?;
        let _turn = self.turns.acquire().await.map_err(state)?;
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| DeployerError::state("a password", error))
    }
}

/// What is known of a user's password.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PasswordInfo {
    /// When it was set.
    pub changed_on: Timestamp,
}

impl PasswordInfo {
    pub(crate) fn new(changed_on: Timestamp) -> Self {
        Self { changed_on }
    }
}

/// A new password, hashed, and its generation.
pub(crate) struct HashedPassword {
    pub(crate) hash: SecretString,
    pub(crate) generation: String,
}

/// Hashes a password by Argon2id with 19 MiB, two passes and one lane, on a thread of its own.
pub(crate) async fn hash(password: SecretString) -> Result<HashedPassword, DeployerError> {
    check(&password)?;
    let generation = random_digits::<8>()?;
    let hash = in_thread(move || {
        Argon2::default()
            .hash_password(password.expose_secret().as_bytes())
            .map(|hash| hash.to_string())
    })
    .await?;
    let hash = hash.map_err(|error| DeployerError::state("a password", error.to_string()))?;
    Ok(HashedPassword { hash: hash.into(), generation })
}

/// Whether a password is the one of a hash; never where there is none, after as long a time.
pub(crate) async fn is_password(
    password: SecretString,
    hash: Option<SecretString>,
) -> Result<bool, DeployerError> {
    in_thread(move || {
        let known = hash.as_ref().map_or(NOBODY, |hash| hash.expose_secret());
        let is_right = PasswordHash::new(known).is_ok_and(|known| {
            let password = password.expose_secret().as_bytes();
            // A longer one is nobody's, and would only take time.
            password.len() <= LONGEST && Argon2::default().verify_password(password, &known).is_ok()
        });
        is_right && hash.is_some()
    })
    .await
}

fn check(password: &SecretString) -> Result<(), DeployerError> {
    let text = password.expose_secret();
    let fix =
        format!("choose one with {SHORTEST} characters or more, and {LONGEST} bytes or fewer");
    if text.chars().count() < SHORTEST {
        return Err(DeployerError::not_possible("the password is too short", fix));
    }
    if text.len() > LONGEST {
        return Err(DeployerError::not_possible("the password is too long", fix));
    }
    Ok(())
}

/// Hashing takes tens of milliseconds, and much memory.
async fn in_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, DeployerError> {
    HASHING.in_thread(work).await
}

impl fmt::Debug for HashedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashedPassword").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_alone() {
        let hashed = hash("correct horse battery".into()).await.unwrap();
        assert!(hashed.hash.expose_secret().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let is = |password: &str| is_password(password.into(), Some(hashed.hash.clone()));
        assert!(is("correct horse battery").await.unwrap());
        assert!(!is("correct horse batterx").await.unwrap());
        assert!(!is(&"x".repeat(LONGEST + 1)).await.unwrap());
        assert!(!is_password("correct horse battery".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn so_many_passwords_are_hashed_at_once_and_so_many_wait() {
        use std::sync::mpsc::channel;

        use futures::FutureExt as _;

        let bound = Bound::new(1, 2);
        let (release, held) = channel::<()>();
        let mut first = Box::pin(bound.in_thread(move || held.recv().is_ok()));
        assert!((&mut first).now_or_never().is_none());
        // It waits for its turn, and does not begin.
        let (begun, begins) = channel();
        let mut second = Box::pin(bound.in_thread(move || begun.send(())));
        assert!((&mut second).now_or_never().is_none());
        assert!(begins.try_recv().is_err());
        let refused = bound.in_thread(|| ()).await.unwrap_err();
        assert_eq!(refused.code(), "state-unavailable");
        release.send(()).unwrap();
        assert!(first.await.unwrap());
        second.await.unwrap().unwrap();
        begins.recv().unwrap();
        bound.in_thread(|| ()).await.unwrap();
    }

    #[test]
    fn the_hash_of_nobody_can_be_compared() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let error = Argon2::default().verify_password(b"x", &nobody).unwrap_err();
        assert_eq!(error, argon2::password_hash::Error::PasswordInvalid);
    }

    #[tokio::test]
    async fn a_password_has_a_length_within_bounds() {
        for password in ["", "elevenchars", &"x".repeat(LONGEST + 1)] {
            let refused = hash(password.into()).await.unwrap_err();
            assert_eq!(refused.code(), "not-possible", "{refused}");
        }
        assert!(hash("twelve chars".into()).await.is_ok());
    }
}
