use percent_encoding::percent_decode_str;

use super::open_error::PostgresOpenError;
use super::tls::Encryption;

/// A URL without the options that are ours.
pub(super) struct Url {
    pub(super) rest: String,
    pub(super) encryption: Option<Encryption>,
    pub(super) authorities: Option<String>,
    pub(super) schema: Option<String>,
}

impl Url {
    pub(super) fn split(url: &str) -> Result<Self, PostgresOpenError> {
        let malformed = |why| PostgresOpenError::Url { why };
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(malformed("it begins with another word than `postgres://`"));
        }
        let (start, options) = url.split_once('?').unwrap_or((url, ""));
        let (mut encryption, mut authorities, mut schema) = (None, None, None);
        let mut kept = Vec::new();
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let value = percent_decode_str(value).decode_utf8();
            let value = value.map_err(|_| malformed("an option is no text"))?;
            match name {
                "sslmode" => {
                    let known = Encryption::parse(&value);
                    encryption = Some(known.ok_or_else(|| malformed("its `sslmode` is unknown"))?);
                }
                "sslrootcert" => authorities = Some(value.into_owned()),
                "schema" => schema = Some(value.into_owned()),
                // Only a server that writes is of use.
                "target_session_attrs" => {}
                _ => kept.push(option),
            }
        }
        let rest = match kept.as_slice() {
            [] => start.to_owned(),
            kept => format!("{start}?{}", kept.join("&")),
        };
        Ok(Self { rest, encryption, authorities, schema })
    }
}
