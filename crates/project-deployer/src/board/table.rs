use std::fmt;

use super::{Board, Column, Row, StageColumn};

/// A table per stage, in plain text.
impl fmt::Display for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = Column::ALL.map(|column| self.width(column));
        for (index, column) in self.stages.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write_stage(f, column, &widths)?;
        }
        Ok(())
    }
}

impl Board {
    /// One width for all stages, so that columns line up.
    fn width(&self, column: Column) -> usize {
        let rows = self.stages.iter().flat_map(|column| &column.rows);
        let cells = rows.map(|row| column.cell(row).chars().count());
        cells.chain([column.title().len()]).max().unwrap_or_default()
    }
}

fn write_stage(f: &mut fmt::Formatter<'_>, column: &StageColumn, widths: &[usize]) -> fmt::Result {
    writeln!(f, "{}", column.stage)?;
    for maintenance in &column.maintenance {
        writeln!(f, "  {maintenance}")?;
    }
    if column.rows.is_empty() {
        return writeln!(f, "  nothing is deployed here");
    }
    write_cells(f, widths, |column| column.title().to_owned())?;
    column.rows.iter().try_for_each(|row| write_row(f, row, widths))
}

fn write_row(f: &mut fmt::Formatter<'_>, row: &Row, widths: &[usize]) -> fmt::Result {
    write_cells(f, widths, |column| column.cell(row))?;
    if let Some(bundle) = bundle(row) {
        writeln!(f, "    bundle: {bundle}")?;
    }
    row.messages.0.iter().try_for_each(|message| writeln!(f, "    {message}"))
}

/// What is known of the bundle beside its id.
fn bundle(row: &Row) -> Option<String> {
    let digest = row.digest.as_ref().map(ToString::to_string);
    let origin = (!row.origin.is_empty()).then(|| row.origin.to_string());
    let parts: Vec<String> = digest.into_iter().chain(origin).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn write_cells(
    f: &mut fmt::Formatter<'_>,
    widths: &[usize],
    cell: impl Fn(Column) -> String,
) -> fmt::Result {
    let mut line = String::new();
    for (column, width) in Column::ALL.into_iter().zip(widths) {
        line.push_str(&format!("  {:<width$}", cell(column)));
    }
    writeln!(f, "{}", line.trim_end())
}
