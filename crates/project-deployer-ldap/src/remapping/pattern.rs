//! Translates Java patterns to the syntax of the `regex` crate. Classes are ASCII in Java. Syntax that the
//! engine would silently read with another meaning is refused.

/// Escapes of Java that the engine does not have, or has with another meaning.
const UNSUPPORTED: &str = "QEcXNhHvVReK0g";

/// The same pattern for the engine.
pub(super) fn from_java(pattern: &str) -> Result<String, String> {
    let mut text = String::with_capacity(pattern.len());
    let mut depth = 0_usize;
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\\' => {
                let Some(escaped) = rest.next() else {
                    return Err("a backslash at the end".to_owned());
                };
                push_escape(&mut text, escaped, depth > 0)?;
                if matches!(escaped, 'p' | 'P' | 'x' | 'u') {
                    copy_braces(&mut text, &mut rest)?;
                }
            }
            // The engine reads a named class, Java a class of these letters.
            '[' if depth > 0 && rest.peek() == Some(&':') => {
                return Err("`[:` in a class".to_owned());
            }
            '(' if depth == 0 => {
                text.push(character);
                flags(&mut text, &mut rest)?;
            }
            '[' => {
                depth += 1;
                text.push(character);
            }
            ']' => {
                depth = depth.saturating_sub(1);
                text.push(character);
            }
            '{' if depth == 0 => quantifier(&mut text, &mut rest)?,
            // Within a class these are operators for the engine and literals for Java.
            '-' | '~' if depth > 0 && rest.peek() == Some(&character) => {
                return Err(format!("`{character}{character}` in a class"));
            }
            _ => text.push(character),
        }
    }
    Ok(text)
}

fn push_escape(text: &mut String, escaped: char, in_class: bool) -> Result<(), String> {
    let class = match escaped {
        'd' | 'D' => Some("0-9"),
        'w' | 'W' => Some("a-zA-Z0-9_"),
        's' | 'S' => Some(r" \t\n\x0B\f\r"),
        _ => None,
    };
    match class {
        Some(class) if escaped.is_ascii_uppercase() => text.push_str(&format!("[^{class}]")),
        Some(class) if in_class => text.push_str(class),
        Some(class) => text.push_str(&format!("[{class}]")),
        // Literals in Java; word boundaries for the engine.
        None if matches!(escaped, '<' | '>') && in_class => text.push(escaped),
        None if matches!(escaped, '<' | '>') => text.push_str(&format!("[{escaped}]")),
        None if UNSUPPORTED.contains(escaped) => return Err(format!("`\\{escaped}`")),
        None => text.extend(['\\', escaped]),
    }
    Ok(())
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// `(?U` switches to Unicode in Java, and swaps greediness for the engine.
fn flags(text: &mut String, rest: &mut Rest<'_>) -> Result<(), String> {
    if rest.next_if_eq(&'?').is_none() {
        return Ok(());
    }
    text.push('?');
    while let Some(flag) = rest.next_if(|next| next.is_ascii_alphabetic() || *next == '-') {
        if matches!(flag, 'U' | 'R') {
            return Err(format!("the flag `{flag}`"));
        }
        text.push(flag);
    }
    Ok(())
}

/// `{…}` after `\p`, `\x` or `\u`, which is a name or a number and not a quantifier.
fn copy_braces(text: &mut String, rest: &mut Rest<'_>) -> Result<(), String> {
    if rest.peek() != Some(&'{') {
        return Ok(());
    }
    let name: String = std::iter::from_fn(|| rest.next_if(|next| *next != '}')).collect();
    if name.contains("java") {
        return Err(format!("`\\p{name}}}`"));
    }
    text.push_str(&name);
    text.extend(rest.next());
    Ok(())
}

/// `{2}`, `{2,}` or `{2,4}`: any other brace is an error in Java and a literal for the engine.
fn quantifier(text: &mut String, rest: &mut Rest<'_>) -> Result<(), String> {
    let inner: String =
        std::iter::from_fn(|| rest.next_if(|next| next.is_ascii_digit() || *next == ',')).collect();
    let counted = inner.starts_with(|first: char| first.is_ascii_digit())
        && inner.matches(',').count() <= 1
        && rest.next_if_eq(&'}').is_some()
        && !text.is_empty();
    if !counted {
        return Err("a `{` that is not a repetition".to_owned());
    }
    text.push('{');
    text.push_str(&inner);
    text.push('}');
    Ok(())
}
