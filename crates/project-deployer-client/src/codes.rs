//! The stable codes of the errors, for programs.

use project_deployer_core::{error_codes, error_codes_test};

use crate::error::NodeError;
#[cfg(test)]
use crate::error::NodeErrorKind;
use crate::project_deployer::DeployerError;
use crate::tls_problem::TlsProblem;
use crate::upload::NotTheArchive;

impl NodeError {
    /// The stable code of this error, for programs: kebab-case, and kept when the text changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }
}

error_codes!(DeployerError {
    NotFound => "not-found",
    Forbidden => "forbidden",
    KeyUnknown => "key-unknown",
    PasswordWrong => "password-wrong",
    SessionEnded => "session-ended",
    LoginUnknown => "login-unknown",
    LoginDisabled => "login-disabled",
    Denied => "denied",
    Refused => "refused",
    AlreadyExists => "already-exists",
    InUse => "in-use",
    Invalid => "document-invalid",
    SettingsNotSaved => "settings-not-saved",
    Stage => "stage-refused",
    Bundle => "bundle-refused",
    ArchiveDamaged => "bundle-archive-damaged",
    ChangedMeanwhile => "changed-meanwhile",
    UpdateRunning => "update-running",
    ProjectBusy => "project-busy",
    UpdateEnded => "update-ended",
    InMaintenance => "in-maintenance",
    OutsideWindow => "outside-window",
    ManagedByFleet => "managed-by-fleet",
    Quarantined => "quarantined",
    Fleet => "fleet-unavailable",
    ShuttingDown => "shutting-down",
    NotPossible => "not-possible",
    Node => "node-error",
    State => "state-unavailable",
});

error_codes!(TlsProblem {
    UnknownAuthority => "tls-unknown-authority",
    OtherHost => "tls-other-host",
    Expired => "tls-expired",
    NotYetValid => "tls-not-yet-valid",
    Revoked => "tls-revoked",
    OtherPurpose => "tls-other-purpose",
    WeakSignature => "tls-weak-signature",
    Certificate => "tls-certificate",
    Outdated => "tls-outdated",
    NoTls => "tls-no-tls",
});

error_codes!(NotTheArchive {
    Length => "archive-length",
    Digest => "archive-digest",
});

#[cfg(feature = "http")]
mod http {
    use project_deployer_core::error_codes;

    use crate::http::HttpConnectorError;
    use crate::upload::TooSlow;

    error_codes!(HttpConnectorError {
        Authority => "http-authority",
        NoCertificate => "http-no-certificate",
        Client => "http-client",
    });

    error_codes!(TooSlow = "receiver-too-slow");
}

mod fleet {
    use project_deployer_core::error_codes;

    #[cfg(feature = "fleet")]
    use crate::fleet::FleetSetupError;
    use crate::fleet::{FleetCredentialsError, FleetError, InstanceIdError};

    impl FleetError {
        /// The code of [`Self::kind`].
        /// The stable code of this error, for programs: kebab-case, and kept when the text changes.
        #[must_use]
        pub fn code(&self) -> &'static str {
            self.kind.code()
        }
    }

    error_codes!(FleetCredentialsError {
        KeyId => "fleet-credentials-key-id",
        Secret => "fleet-credentials-secret",
    });

    error_codes!(InstanceIdError = "fleet-instance-id");

    #[cfg(feature = "fleet")]
    error_codes!(FleetSetupError {
        Http => "fleet-setup-http",
        Address => "fleet-setup-address",
        Refused => "fleet-setup-refused",
        Place => "fleet-setup-place",
    });
}

error_codes_test!(
    NodeErrorKind,
    DeployerError,
    TlsProblem,
    NotTheArchive,
    #[cfg(feature = "http")]
    crate::http::HttpConnectorError,
    #[cfg(feature = "http")]
    crate::upload::TooSlow,
    crate::fleet::FleetCredentialsError,
    #[cfg(feature = "fleet")]
    crate::fleet::FleetSetupError,
    crate::fleet::InstanceIdError,
);
