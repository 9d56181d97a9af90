//! The stable codes of the errors, for programs.

use project_deployer_core::{error_codes, error_codes_test};

use crate::attribute::AttributeNameError;
use crate::directory::DirectoryError;
use crate::dn::DnError;
use crate::filter::FilterError;
use crate::ldif::{LdifError, LdifFault};
use crate::remapping::{RemappingError, RemappingFault};
use crate::supplier::{LdapUrlError, SupplierError};
use crate::template::UndecidableTemplate;

error_codes!(AttributeNameError = "attribute-name");

error_codes!(DirectoryError {
    Unreachable => "directory-unreachable",
    TimedOut => "directory-timed-out",
    Refused => "directory-refused",
    NoSuchBase => "directory-no-such-base",
    Unavailable => "directory-unavailable",
    Failed => "directory-failed",
    Unaskable => "directory-unaskable",
    Malformed => "directory-malformed",
});

error_codes!(DnError {
    NoEquals => "dn-no-equals",
    Attribute => "dn-attribute",
    Value => "dn-value",
    TooLong => "dn-too-long",
});

error_codes!(FilterError {
    Unexpected => "filter-unexpected",
    Attribute => "filter-attribute",
    Escape => "filter-escape",
    OpenPlaceholder => "filter-open-placeholder",
    UnknownPlaceholder => "filter-unknown-placeholder",
    TooDeep => "filter-too-deep",
    TooLong => "filter-too-long",
});

error_codes!(LdifFault {
    Version => "ldif-version",
    NoColon => "ldif-no-colon",
    NothingToContinue => "ldif-nothing-to-continue",
    NoDn => "ldif-no-dn",
    SecondDn => "ldif-second-dn",
    Dn => "ldif-dn",
    Duplicate => "ldif-duplicate",
    Attribute => "ldif-attribute",
    Base64 => "ldif-base64",
    NotText => "ldif-not-text",
    Url => "ldif-url",
    Change => "ldif-change",
    Utf16 => "ldif-utf-16",
    Result => "ldif-result",
});

impl LdifError {
    /// The stable code of this error, for programs: kebab-case, and kept when the text changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.fault().code()
    }
}

error_codes!(RemappingFault {
    Syntax => "remapping-syntax",
    Unsupported => "remapping-unsupported",
    Replacement => "remapping-replacement",
    Explodes => "remapping-explodes",
    Slow => "remapping-slow",
    TooMany => "remapping-too-many",
    LongLogin => "remapping-long-login",
    TooLong => "remapping-too-long",
});

impl RemappingError {
    /// The stable code of this error, for programs: kebab-case, and kept when the text changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.fault().code()
    }
}

error_codes!(SupplierError {
    Url => "supplier-url",
    Missing => "supplier-missing",
    Attribute => "supplier-attribute",
    Filter => "supplier-filter",
    Undecidable => "supplier-undecidable",
    GroupsOff => "supplier-groups-off",
    Remapping => "supplier-remapping",
});

error_codes!(LdapUrlError {
    Shape => "ldap-url-shape",
    Base => "ldap-url-base",
});

error_codes!(UndecidableTemplate {
    NoPlaceholder => "template-no-placeholder",
    Placement => "template-placement",
});

#[cfg(feature = "network")]
mod network {
    use project_deployer_core::error_codes;

    use crate::network::{BindError, LdapSetupError, TlsError};

    error_codes!(LdapSetupError {
        ClearTextBind => "ldap-setup-clear-text-bind",
        Tls => "ldap-setup-tls",
    });

    error_codes!(BindError {
        Name => "bind-name",
        EmptyPassword => "bind-empty-password",
    });

    error_codes!(TlsError {
        Authority => "ldap-tls-authority",
        System => "ldap-tls-system",
        Host => "ldap-tls-host",
    });
}

error_codes_test!(
    AttributeNameError,
    DirectoryError,
    DnError,
    FilterError,
    LdifFault,
    RemappingFault,
    SupplierError,
    LdapUrlError,
    UndecidableTemplate,
    #[cfg(feature = "network")]
    crate::network::BindError,
    #[cfg(feature = "network")]
    crate::network::LdapSetupError,
    #[cfg(feature = "network")]
    crate::network::TlsError,
);
