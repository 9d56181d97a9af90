//! Takes secrets out of logs of nodes, as far as their form shows them. It rather takes too much.

/// Names of options, variables, fields and query parameters whose values are secret contain one of these.
const SECRET_NAMES: [&str; 11] = [
    "passw",
    "passphrase",
    "pwd",
    "token",
    "secret",
    "apikey",
    "credential",
    "signature",
    "auth",
    "accesskey",
    "privatekey",
];
/// They are secret by themselves, or at the end of a name.
const SECRET_WORDS: [&str; 4] = ["key", "pass", "sig", "pat"];
/// After these names, the rest of the line is secret: its form differs.
const SECRET_LINES: [&str; 3] = ["authorization", "cookie", "artapi"];
/// After these words, the next word is secret.
const SCHEMES: [&str; 2] = ["bearer", "basic"];

const REMOVED: &str = "…";

/// A text without control characters and without what looks like a secret: what stands before an `@` in an address, the
/// token in a path `/t/…/`, values of names that look secret, and headers that authenticate.
pub(super) fn without_secrets(text: &str) -> String {
    let is_printable = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let printable: String = text.chars().filter(is_printable).collect();
    let mut clean = String::with_capacity(printable.len());
    for line in printable.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        clean.push_str(&without_values(&without_tokens(&without_users(line))));
        clean.push_str(end);
    }
    clean
}

fn ends_address(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`')
}

/// A password may have a `/`, so everything before the last `@` of an address counts.
fn without_users(line: &str) -> String {
    let mut parts = line.split("://");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        clean.push_str("://");
        let (address, rest) = part.split_at(part.find(ends_address).unwrap_or(part.len()));
        match address.rsplit_once('@') {
            Some((_, host)) => {
                clean.push_str(REMOVED);
                clean.push('@');
                clean.push_str(host);
            }
            None => clean.push_str(address),
        }
        clean.push_str(rest);
    }
    clean
}

/// Conda has its tokens in the path.
fn without_tokens(line: &str) -> String {
    let mut parts = line.split("/t/");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        clean.push_str("/t/");
        clean.push_str(REMOVED);
        let ends = |c: char| c == '/' || ends_address(c);
        clean.push_str(part.find(ends).and_then(|end| part.get(end..)).unwrap_or_default());
    }
    clean
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

fn without_values(line: &str) -> String {
    let mut clean = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find(is_of_name) {
        let (before, from_name) = rest.split_at(start);
        clean.push_str(before);
        let end = from_name.find(|c| !is_of_name(c)).unwrap_or(from_name.len());
        let (name, after) = from_name.split_at(end);
        clean.push_str(name);
        rest = after;
        let Some(secret) = secret_after(name, after) else { continue };
        let (separator, value) = after.split_at(secret.start);
        clean.push_str(separator);
        clean.push_str(REMOVED);
        rest = value.get(secret.length..).unwrap_or_default();
    }
    clean.push_str(rest);
    clean
}

struct Secret {
    start: usize,
    length: usize,
}

/// The secret behind a name.
fn secret_after(name: &str, after: &str) -> Option<Secret> {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    let plain = plain.to_lowercase();
    let value = after.trim_start();
    let spaces = after.len() - value.len();
    if SCHEMES.contains(&plain.as_str()) && spaces > 0 {
        return secret_at(after, spaces);
    }
    let is_line = SECRET_LINES.iter().any(|word| plain.contains(word));
    let is_author = plain.contains("author") && !is_line;
    let has_name = SECRET_NAMES.iter().any(|word| plain.contains(word));
    let has_word = SECRET_WORDS.iter().any(|word| plain.ends_with(word));
    if !is_line && (is_author || !(has_name || has_word)) {
        return None;
    }
    // A name in quotes, then `=` or `:`.
    let separator = after.trim_start_matches(['"', '\'']);
    let separator = separator.trim_start();
    let sign = separator.strip_prefix(['=', ':']);
    let value = match sign {
        // The version of a package.
        Some(value) if value.starts_with('=') => return None,
        Some(value) => value.trim_start(),
        None if name.starts_with("--") && spaces > 0 => value,
        None => return None,
    };
    let start = after.len() - value.len();
    if value.is_empty() {
        return None;
    }
    match is_line {
        true => Some(Secret { start, length: value.len() }),
        false => secret_at(after, start),
    }
}

/// The value at a place: to the end of its quotes, else to the next space or quote.
fn secret_at(after: &str, start: usize) -> Option<Secret> {
    let value = after.get(start..)?;
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (start, value) = match quote {
        Some(quote) => (start + quote.len_utf8(), value.get(quote.len_utf8()..)?),
        None => (start, value),
    };
    let length = match quote {
        Some(quote) => value.find(quote),
        None => value.find(ends_address),
    };
    let length = length.unwrap_or(value.len());
    (length > 0).then_some(Secret { start, length })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_secret_of_a_known_form_is_kept() {
        // R13
        for (text, kept) in [
            ("in https://ci:s3cr3t@pypi.example/simple", "in https://…@pypi.example/simple"),
            (
                "--index-url=\"https://t0k3n@pypi.example\" x",
                "--index-url=\"https://…@pypi.example\" x",
            ),
            ("https://a:b@c@host/x and http://plain/y", "https://…@host/x and http://plain/y"),
            ("https://u:p/w@host/simple", "https://…@host/simple"),
            ("https://conda.example/t/tk-123/main x", "https://conda.example/t/…/main x"),
            ("channel /t/tk-123", "channel /t/…"),
            ("https://h/x?a=1&token=abc&b=2 y", "https://h/x?a=1&token=… y"),
            ("https://h/x?X-Amz-Signature=abc", "https://h/x?X-Amz-Signature=…"),
            ("PIP_PASSWORD=hunter2, done", "PIP_PASSWORD=… done"),
            ("export MY_API_KEY='a b' c", "export MY_API_KEY='…' c"),
            ("{\"password\": \"a b\", \"x\": 1}", "{\"password\": \"…\", \"x\": 1}"),
            ("password = hunter2", "password = …"),
            ("twine --password hunter2 -u x", "twine --password … -u x"),
            ("//registry/:_authToken=abc", "//registry/:_authToken=…"),
            ("Authorization: Basic YTpi rest", "Authorization: …"),
            ("header: {'Proxy-Authorization': 'Basic YTpi'}", "header: {'Proxy-Authorization': …"),
            ("Set-Cookie: sid=1; Path=/", "Set-Cookie: …"),
            ("sent Bearer abc.def now", "sent Bearer … now"),
        ] {
            assert_eq!(without_secrets(text), kept);
        }
    }

    #[test]
    fn other_text_stays() {
        for text in [
            "mail dana@example.test",
            "Author: Dana\nSuccessfully installed numpy-1.26.4 tokenizers==0.15",
            "Collecting keyring>=23",
            "https://pypi.example/simple/a/b",
            "password required",
        ] {
            assert_eq!(without_secrets(text), text);
        }
        assert_eq!(without_secrets("bell\u{7} and\ttab\n"), "bell and\ttab\n");
    }

    proptest! {
        #[test]
        fn no_text_breaks_it_and_no_line_is_lost(text in "[ -~éß…\n]{0,200}") {
            let clean = without_secrets(&text);
            prop_assert_eq!(clean.lines().count(), text.lines().count());
        }
    }
}
