//! What is wrong with a mail, as a careful server would say.

const LINE_BYTES_MAX: usize = 998;
const REQUIRED: [&str; 4] = ["From", "Date", "Message-ID", "MIME-Version"];
const BULK: [&str; 2] = ["List-Unsubscribe", "List-Unsubscribe-Post"];

/// A mail that passed.
#[derive(Debug)]
pub(super) struct Mail {
    pub(super) message_id: String,
    pub(super) raw: String,
}

/// A refusal after the last dot.
pub(super) type Wrong = (u16, String);

/// Looks at a mail whose dots are undone and whose lines end with CRLF.
pub(super) fn check(raw: &[u8], eight_bit: bool, bulk: bool) -> Result<Mail, Wrong> {
    let wrong = |code: u16, text: &str| Err((code, text.to_owned()));
    for line in raw.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.len() > LINE_BYTES_MAX {
            return wrong(554, "5.6.0 a line is longer than 998 bytes");
        }
        if line.contains(&b'\r') || line.contains(&0) {
            return wrong(554, "5.6.0 bare CR or NUL");
        }
    }
    if !eight_bit && !raw.is_ascii() {
        return wrong(554, "5.6.1 8-bit data without BODY=8BITMIME");
    }
    let raw = String::from_utf8_lossy(raw).into_owned();
    let headers = headers(&raw)?;
    for name in REQUIRED {
        match all(&headers, name).as_slice() {
            [_] => {}
            [] => return Err((554, format!("5.6.0 there is no {name}"))),
            [..] => return Err((554, format!("5.6.0 there are two {name}"))),
        }
    }
    if let Some((name, _)) = headers.iter().find(|(_, value)| !value.is_ascii()) {
        return Err((554, format!("5.6.0 {name} is not ASCII")));
    }
    if bulk {
        check_bulk(&headers)?;
    }
    let message_id = all(&headers, "Message-ID").concat();
    let message_id = message_id.trim_matches(['<', '>', ' ']).to_owned();
    if !message_id.contains('@') {
        return wrong(554, "5.6.0 Message-ID is none");
    }
    Ok(Mail { message_id, raw })
}

/// Gmail's and Yahoo's demands of bulk mail, by RFC 8058 and RFC 2369.
fn check_bulk(headers: &[(String, String)]) -> Result<(), Wrong> {
    for name in BULK {
        if all(headers, name).len() != 1 {
            return Err((550, format!("5.7.1 bulk mail has one {name}")));
        }
    }
    let post = all(headers, "List-Unsubscribe-Post").concat();
    if post.trim() != "List-Unsubscribe=One-Click" {
        return Err((
            550,
            "5.7.1 List-Unsubscribe-Post is not One-Click".to_owned(),
        ));
    }
    let list = all(headers, "List-Unsubscribe").concat();
    let addresses = list.split(',').map(str::trim);
    let bare = addresses.filter_map(|it| it.strip_prefix('<')?.strip_suffix('>'));
    // A test's own machine needs no TLS.
    let safe = |it: &str| it.starts_with("https://") || it.starts_with("http://127.0.0.1:");
    if !bare.into_iter().any(safe) {
        return Err((
            550,
            "5.7.1 List-Unsubscribe has no https address".to_owned(),
        ));
    }
    Ok(())
}

/// Names and unfolded values, up to the empty line.
fn headers(raw: &str) -> Result<Vec<(String, String)>, Wrong> {
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in raw.split("\r\n") {
        if line.is_empty() {
            return Ok(headers);
        }
        if line.starts_with([' ', '\t']) {
            let (_, value) = headers
                .last_mut()
                .ok_or_else(|| (554, "5.6.0 a mail begins with a header".to_owned()))?;
            value.push_str(line);
            continue;
        }
        let named = line.split_once(':');
        let named = named.filter(|(name, _)| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic())
        });
        let (name, value) =
            named.ok_or_else(|| (554, "5.6.0 a line of the headers is none".to_owned()))?;
        headers.push((name.to_owned(), value.to_owned()));
    }
    Err((554, "5.6.0 no empty line ends the headers".to_owned()))
}

fn all<'a>(headers: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    let is_it = |(header, _): &&(String, String)| header.eq_ignore_ascii_case(name);
    let found = headers.iter().filter(is_it);
    found.map(|(_, value)| value.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "From: a@example.com\r\nDate: Fri, 15 Jan 2027 08:00:00 +0000\r\nMessage-ID: <1@example.com>\r\nMIME-Version: 1.0\r\nList-Unsubscribe: <https://example.com/u/1>,\r\n <mailto:u@example.com>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nhi\r\n";

    fn said(mail: &str) -> String {
        match check(mail.as_bytes(), false, true) {
            Ok(mail) => mail.message_id,
            Err((code, text)) => format!("{code} {text}"),
        }
    }

    #[test]
    fn what_a_careful_server_refuses_is_refused() {
        assert_eq!(said(GOOD), "1@example.com");
        for (from, to, answer) in [
            ("Date:", "X-Date:", "554 5.6.0 there is no Date"),
            (
                "From: a",
                "From: b@example.com\r\nFrom: a",
                "554 5.6.0 there are two From",
            ),
            (
                "\r\n\r\nhi",
                "\r\n\r\nh\u{e9}",
                "554 5.6.1 8-bit data without BODY=8BITMIME",
            ),
            ("hi", "h\ri", "554 5.6.0 bare CR or NUL"),
            ("<1@example.com>", "<1>", "554 5.6.0 Message-ID is none"),
            (
                "https://",
                "http://",
                "550 5.7.1 List-Unsubscribe has no https address",
            ),
            (
                "=One-Click",
                "=Yes",
                "550 5.7.1 List-Unsubscribe-Post is not One-Click",
            ),
            (
                "List-Unsubscribe-Post:",
                "X-Post:",
                "550 5.7.1 bulk mail has one List-Unsubscribe-Post",
            ),
            (
                "MIME-Version: 1.0",
                "MIME-Version 1.0",
                "554 5.6.0 a line of the headers is none",
            ),
        ] {
            assert_eq!(said(&GOOD.replacen(from, to, 1)), answer);
        }
        let long = format!("{GOOD}{}\r\n", "a".repeat(999));
        assert_eq!(said(&long), "554 5.6.0 a line is longer than 998 bytes");
    }
}
