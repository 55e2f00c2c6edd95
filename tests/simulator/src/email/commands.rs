//! Commands as they are written.

/// A command, with what there is to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    Ehlo,
    Helo,
    Auth {
        mechanism: String,
        initial: Option<String>,
    },
    Mail {
        from: String,
        parameters: Vec<String>,
    },
    Rcpt {
        to: String,
        parameters: Vec<String>,
    },
    Data,
    Rset,
    Noop,
    Quit,
}

/// A command, or what it is answered.
pub(super) fn parse(line: &str) -> Result<Command, (u16, &'static str)> {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let bare = |command| {
        if rest.is_empty() {
            Ok(command)
        } else {
            Err((501, "5.5.4 this command is alone on its line"))
        }
    };
    match verb.to_ascii_uppercase().as_str() {
        "EHLO" | "HELO" if rest.is_empty() => Err((501, "5.5.4 who are you?")),
        "EHLO" => Ok(Command::Ehlo),
        "HELO" => Ok(Command::Helo),
        "AUTH" => {
            let mut words = rest.split(' ');
            Ok(Command::Auth {
                mechanism: words.next().unwrap_or_default().to_ascii_uppercase(),
                initial: words.next().map(str::to_owned),
            })
        }
        "MAIL" => {
            let (from, parameters) = path(rest, "FROM:", true)?;
            Ok(Command::Mail { from, parameters })
        }
        "RCPT" => {
            let (to, parameters) = path(rest, "TO:", false)?;
            Ok(Command::Rcpt { to, parameters })
        }
        "DATA" => bare(Command::Data),
        "RSET" => bare(Command::Rset),
        "NOOP" => Ok(Command::Noop),
        "QUIT" => bare(Command::Quit),
        _ => Err((500, "5.5.1 no such command")),
    }
}

/// `FROM:<a@example.com> SIZE=1`. The empty path is a bounce's sender.
fn path(
    rest: &str,
    name: &str,
    may_be_empty: bool,
) -> Result<(String, Vec<String>), (u16, &'static str)> {
    const SYNTAX: (u16, &str) = (501, "5.5.4 write FROM:<address> or TO:<address>");
    let (head, tail) = rest.split_at_checked(name.len()).ok_or(SYNTAX)?;
    if !head.eq_ignore_ascii_case(name) {
        return Err(SYNTAX);
    }
    let (address, parameters) = tail
        .strip_prefix('<')
        .and_then(|tail| tail.split_once('>'))
        .ok_or(SYNTAX)?;
    if !(parameters.is_empty() || parameters.starts_with(' ')) {
        return Err(SYNTAX);
    }
    if !(is_address(address) || may_be_empty && address.is_empty()) {
        return Err((553, "5.1.3 this is no address"));
    }
    let parameters = parameters.split_whitespace().map(str::to_owned).collect();
    Ok((address.to_owned(), parameters))
}

fn is_address(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(local, domain)| {
        (1..=64).contains(&local.len())
            && (1..=255).contains(&domain.len())
            && !local.contains([' ', '<', '>', '@'])
            && domain
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-[]:".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_as_they_are_written() {
        let mail = parse("MAIL FROM:<a@example.com> SIZE=10 BODY=8BITMIME");
        let parameters = vec!["SIZE=10".to_owned(), "BODY=8BITMIME".to_owned()];
        let from = "a@example.com".to_owned();
        assert_eq!(mail, Ok(Command::Mail { from, parameters }));
        assert_eq!(parse("quit"), Ok(Command::Quit));
        for (line, code) in [
            ("EHLO", 501),
            ("MAIL a@example.com", 501),
            ("MAIL FROM:a@example.com", 501),
            ("RCPT TO:<>", 553),
            ("RCPT TO:<a b@example.com>", 553),
            ("RCPT TO:<a@example.com>x", 501),
            ("DATA now", 501),
            ("VRFY a", 500),
        ] {
            assert_eq!(parse(line).map_err(|(code, _)| code), Err(code), "{line}");
        }
    }
}
