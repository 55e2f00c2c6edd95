use std::time::{Duration, UNIX_EPOCH};

use mail_parser::MessageParser;
use proptest::prelude::*;

use super::*;
use crate::email::message::Unsubscribe;

fn sender() -> Sender {
    Sender {
        from: "shop@mail.example.com".parse().unwrap(),
        from_name: Some("春天小店".to_owned()),
        reply_to: Some("help@example.com".parse().unwrap()),
        return_path: "bounces@mail.example.com".parse().unwrap(),
        feedback_id: Some("b7:shop:broadcast:fanfare".to_owned()),
    }
}

fn person() -> Person {
    Person {
        address: "ann@example.org".parse().unwrap(),
        correlation: "abc234".to_owned(),
        unsubscribe: Unsubscribe {
            url: "https://go.example.com/u/TOKEN".to_owned(),
            mail_to: Some("unsubscribe+abc234@mail.example.com".parse().unwrap()),
        },
    }
}

fn content(subject: &str, text: &str, html: &str) -> MailContent {
    let [subject, text, html] = [subject, text, html].map(str::to_owned);
    MailContent {
        subject,
        text,
        html,
    }
}

fn date() -> SystemTime {
    UNIX_EPOCH + Duration::from_hours(500_000)
}

#[test]
fn a_mail_has_what_mailbox_providers_ask_of_bulk_mail() {
    let content = content("春の新作", "hello\n.\nbye", "<p>hello</p>");
    let mail = compose(&content, &sender(), &person(), date()).unwrap();
    assert_eq!(mail.return_path(), "bounces+abc234@mail.example.com");
    let text = String::from_utf8(mail.bytes().to_vec()).unwrap();
    assert!(text.is_ascii(), "it goes through servers without 8BITMIME");
    let unfolded = text.replace("\r\n ", " ");
    for line in [
        "Message-ID: <abc234@mail.example.com>",
        "Reply-To: help@example.com",
        "To: ann@example.org",
        "List-Unsubscribe: <https://go.example.com/u/TOKEN>, <mailto:unsubscribe+abc234@mail.example.com?subject=unsubscribe>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Feedback-ID: b7:shop:broadcast:fanfare",
        "Date: Fri, 15 Jan 2027 08:00:00 +0000",
        "MIME-Version: 1.0",
    ] {
        assert!(
            unfolded.contains(&format!("{line}\r\n")),
            "{line} in\n{text}"
        );
    }
    let again = compose(&content, &sender(), &person(), date()).unwrap();
    assert_eq!(again.bytes(), mail.bytes());
}

#[test]
fn what_is_personal_and_wrong_is_not_told() {
    let content = content("s", "t", "<p>h</p>");
    let try_with = |change: fn(&mut Person)| {
        let mut person = person();
        change(&mut person);
        compose(&content, &sender(), &person, date())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        try_with(|person| person.correlation = "ABC".to_owned()),
        "correlation is 1 to 46 of a-z and 0-9, not 3 bytes"
    );
    assert_eq!(
        try_with(|person| person.unsubscribe.url = "http://go.example.com/u/TOKEN".to_owned()),
        "unsubscribe.url is an https address in ASCII of at most 900 bytes, not 29"
    );
    assert_eq!(
        try_with(|person| person.unsubscribe.url = "https://x/>\r\nBcc: a@example.com".to_owned()),
        "unsubscribe.url is an https address in ASCII of at most 900 bytes, not 31"
    );
}

#[test]
fn spaces_between_words_that_are_encoded_are_not_lost() {
    let mail = compose(
        &content("春  天", "t", "<p>h</p>"),
        &sender(),
        &person(),
        date(),
    )
    .unwrap();
    let bytes = mail.bytes();
    let read = MessageParser::default().parse(&bytes[..]).unwrap();
    assert_eq!(read.subject(), Some("春 天"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever people write, it is read back the same, and no line is longer than SMTP allows.
    #[test]
    fn what_was_written_is_read(subject in "[^\\p{C}]{1,200}", text in "[^\\p{Cc}]{1,2000}", html in "[^\\p{Cc}]{1,2000}") {
        let (subject, text, html) = (subject.trim(), text.trim(), html.trim());
        prop_assume!(!subject.is_empty() && !text.is_empty() && !html.is_empty());
        let mail = compose(&content(subject, text, html), &sender(), &person(), date()).unwrap();
        let bytes = mail.bytes();
        for line in bytes.split(|byte| *byte == b'\n') {
            prop_assert!(line.len() <= 999, "{} bytes", line.len());
        }
        let read = MessageParser::default().parse(&bytes[..]).unwrap();
        let whole = |it: &str| it.split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assert_eq!(read.subject().map(whole), Some(whole(subject)));
        let body = |it: Option<std::borrow::Cow<'_, str>>| it.map(|it| it.trim().to_owned());
        prop_assert_eq!(body(read.body_text(0)), Some(text.to_owned()));
        prop_assert_eq!(body(read.body_html(0)), Some(html.to_owned()));
    }
}
