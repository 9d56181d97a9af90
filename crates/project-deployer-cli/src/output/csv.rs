use std::io::{self, Write};

/// Writes rows by RFC 4180. A cell that a spreadsheet would read as a formula gets an apostrophe in
/// front: logins come from directories, and a user may have chosen them with bad intent.
pub(super) fn write(rows: &[Vec<String>], to: impl Write) -> io::Result<()> {
    let mut writer =
        ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(to);
    for row in rows {
        writer.write_record(row.iter().map(|cell| harmless(cell)))?;
    }
    writer.flush()
}

fn harmless(cell: &str) -> String {
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n') => format!("'{cell}"),
        _ => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        let row = ["a,b", "say \"x\"", "=HYPERLINK(1)", "plain"].map(str::to_owned).to_vec();
        let mut text = Vec::new();
        write(&[row], &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text, "\"a,b\",\"say \"\"x\"\"\",'=HYPERLINK(1),plain\r\n");
    }
}
