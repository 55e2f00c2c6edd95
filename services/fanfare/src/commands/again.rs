use std::env;

/// The command that was typed, with these options as well, for a shell.
pub(super) fn again(options: &[(&str, &str)]) -> String {
    line(env::args().skip(1), options)
}

fn line(typed: impl Iterator<Item = String>, options: &[(&str, &str)]) -> String {
    let typed: Vec<String> = typed.collect();
    let mut line = "fanfare".to_owned();
    let missing = options
        .iter()
        .filter(|(option, _)| !typed.iter().any(|typed| typed == option))
        .flat_map(|(option, value)| [(*option).to_owned(), (*value).to_owned()]);
    for argument in typed.iter().cloned().chain(missing) {
        line.push(' ');
        line.push_str(&quoted(&argument));
    }
    line
}

fn quoted(argument: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:@%+,".contains(c);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn the_command_can_be_typed_again() {
        let typed = ["contact", "import", "the shop's 客.csv", "--dry-run"];
        assert_eq!(
            line(typed.map(str::to_owned).into_iter(), &[("--job", "1")]),
            r"fanfare contact import 'the shop'\''s 客.csv' --dry-run --job 1"
        );
        let typed = ["a", "--job", "2", ""];
        assert_eq!(
            line(typed.map(str::to_owned).into_iter(), &[("--job", "2")]),
            "fanfare a --job 2 ''"
        );
    }
}
