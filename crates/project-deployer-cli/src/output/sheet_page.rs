use askama::Template;

use crate::status::Tone;

/// Rows as one page.
#[derive(Template)]
#[template(path = "sheet.html")]
pub(crate) struct SheetPage<'a> {
    title: &'a str,
    read_at: &'a str,
    tone: Tone,
    verdict: String,
    head: &'a [String],
    rows: &'a [Vec<String>],
}

impl SheetPage<'_> {
    /// The page of a sheet. Its first row has the names of the columns.
    ///
    /// # Errors
    ///
    /// The template fails.
    pub(crate) fn render_of(
        title: &str,
        read_at: &str,
        (tone, verdict): (Tone, String),
        sheet: &[Vec<String>],
    ) -> Result<String, askama::Error> {
        let (head, rows) = match sheet.split_first() {
            Some((head, rows)) => (head.as_slice(), rows),
            None => (&[][..], &[][..]),
        };
        SheetPage { title, read_at, tone, verdict, head, rows }.render()
    }
}
