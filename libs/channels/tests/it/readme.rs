//! The README's tables, as lists of what tests drive.

const README: &str = include_str!("../../README.md");

/// The cells of every row of the first table under a heading that has so many, without the table's head.
pub(crate) fn rows(heading: &str, columns: usize) -> Vec<Vec<&'static str>> {
    let (_, section) = README.split_once(heading).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let lines = section.lines().skip_while(|line| !line.starts_with('|'));
    let table = lines.take_while(|line| line.starts_with('|')).skip(2);
    let rows: Vec<Vec<&str>> = table
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    assert!(rows.iter().all(|row| row.len() == columns), "{rows:?}");
    rows
}

/// Each of the words in backticks of a cell.
pub(crate) fn words(cell: &str) -> Vec<&str> {
    cell.split(", ")
        .map(|word| word.trim_matches('`'))
        .collect()
}
