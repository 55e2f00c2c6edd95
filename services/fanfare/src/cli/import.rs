use std::path::PathBuf;

use clap::{Args, ValueEnum};
use uuid::Uuid;

pub(super) const EXAMPLES: &str = "\
Examples:
  fanfare contact import customers.csv --dry-run
  fanfare contact import customers.csv --map 'LINE ID=external_id' --map '姓名=display_name'
  fanfare contact import old.csv --encoding big5 --report refused.csv
  fanfare contact import huge.csv --job 0192f0c1-…      goes on where that job broke off
Fields: channel, external_id, display_name, phone, email, member_no, tags, subscribed_at,
last_interaction_at. Columns that mean nothing are left out; commas, semicolons and tabs separate.";

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The file: .csv, or .jsonl with one object a line
    pub(crate) file: PathBuf,
    /// The account that they are contacts of; may be left out if there is one only
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// What a column of the file is. More than once for several; nothing after = leaves it out
    #[arg(long = "map", value_name = "COLUMN=FIELD", value_parser = parse_mapping)]
    pub(crate) columns: Vec<(String, String)>,
    /// Say what would happen, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The file's tags replace those that contacts have, instead of being added
    #[arg(long)]
    pub(crate) replace_tags: bool,
    /// Left out: by its byte order mark; without one UTF-8, or Big5 if it can't be that
    #[arg(long, value_enum)]
    pub(crate) encoding: Option<EncodingArg>,
    /// A UUID that names the job. A file that broke off goes on where it stopped under the same
    #[arg(long, value_name = "ID")]
    pub(crate) job: Option<Uuid>,
    /// Also write each refused row with line and reason to this CSV file
    #[arg(long, value_name = "FILE", alias = "refused")]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum EncodingArg {
    Utf8,
    Big5,
    Utf16le,
}

fn parse_mapping(text: &str) -> anyhow::Result<(String, String)> {
    let Some((column, field)) = text.rsplit_once('=') else {
        anyhow::bail!("write it as 'Customer Name=display_name'");
    };
    Ok((column.trim().to_owned(), field.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::parse_mapping;

    #[test]
    fn a_mapping_is_a_column_and_a_field() {
        let mapped = |column: &str, field: &str| (column.to_owned(), field.to_owned());
        assert_eq!(
            parse_mapping("Customer Name=display_name").unwrap(),
            mapped("Customer Name", "display_name")
        );
        assert_eq!(
            parse_mapping("a=b = phone").unwrap(),
            mapped("a=b", "phone")
        );
        assert_eq!(parse_mapping("notes=").unwrap(), mapped("notes", ""));
        assert!(parse_mapping("notes").is_err());
    }
}
