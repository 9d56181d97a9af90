/// What an attribute type says about comparisons (RFC 4512, 4.1.2), in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Definition {
    /// Its names and its numeric id.
    pub(super) names: Vec<String>,
    /// The type that it is derived from.
    pub(super) above: Option<String>,
    pub(super) equality: Option<String>,
    pub(super) syntax: Option<String>,
    /// Whether it is the server's own, which an entry may have whatever its classes are.
    pub(super) is_operational: bool,
}

impl Definition {
    /// Reads `( 2.5.4.3 NAME ( 'cn' 'commonName' ) SUP name )`. What is malformed is left out.
    pub(super) fn parse(text: &str) -> Self {
        let mut words = Words(text).peekable();
        let mut definition = Self::default();
        if words.next_if_eq(&"(").is_some() {
            definition.names.extend(words.next().map(str::to_ascii_lowercase));
        }
        while let Some(word) = words.next() {
            match word.to_ascii_uppercase().as_str() {
                "NAME" => match words.next() {
                    Some("(") => {
                        while let Some(name) = words.next_if(|word| *word != ")") {
                            definition.names.push(name.to_ascii_lowercase());
                        }
                    }
                    name => definition.names.extend(name.map(str::to_ascii_lowercase)),
                },
                "SUP" => definition.above = words.next().map(str::to_ascii_lowercase),
                "EQUALITY" => definition.equality = words.next().map(str::to_ascii_lowercase),
                "USAGE" => {
                    let usage = words.next();
                    definition.is_operational =
                        !usage.is_some_and(|usage| usage.eq_ignore_ascii_case("userApplications"));
                }
                // A syntax may have a length: `1.3.6.1.4.1.1466.115.121.1.15{256}`.
                "SYNTAX" => {
                    let id = words.next().and_then(|word| word.split('{').next());
                    definition.syntax = id.map(str::to_owned);
                }
                _ => {}
            }
        }
        definition
    }
}

/// Words, texts in quotes, and parentheses.
pub(super) struct Words<'t>(pub(super) &'t str);

impl<'t> Iterator for Words<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        self.0 = self.0.trim_start();
        let (word, rest) = match self.0.chars().next()? {
            '(' | ')' => self.0.split_at(1),
            '\'' => {
                let quoted = self.0.get(1..)?;
                quoted.split_once('\'').unwrap_or((quoted, ""))
            }
            _ => {
                let end = self.0.find([' ', '(', ')', '\t', '\n', '\r']);
                self.0.split_at(end.unwrap_or(self.0.len()))
            }
        };
        self.0 = rest;
        Some(word)
    }
}
