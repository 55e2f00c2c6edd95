use std::io::{self, Write as _};

use comfy_table::{Table, presets::ASCII_MARKDOWN};

use crate::run::Row;

pub(crate) fn print(rows: &[Row]) -> anyhow::Result<()> {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header([
        "parser",
        "inputs",
        "MiB",
        "outcomes",
        "longest, KiB",
        "heap, KiB",
        "heap a byte",
        "slowest, ms",
    ]);
    for row in rows {
        table.add_row([
            row.name.to_owned(),
            row.inputs.to_string(),
            (row.bytes >> 20).to_string(),
            row.shapes.to_string(),
            (row.longest >> 10).to_string(),
            (row.heap_max >> 10).to_string(),
            row.heap_per_byte_max.to_string(),
            row.slowest.as_millis().to_string(),
        ]);
    }
    writeln!(io::stdout(), "{table}")?;
    Ok(())
}
