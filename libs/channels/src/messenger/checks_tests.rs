use super::check_content;
use crate::messenger::{Button, Card, Image, Message, MessageContent, QuickReply};

fn plain(content: MessageContent) -> Message {
    Message {
        content,
        quick_replies: Vec::new(),
    }
}

fn text(text: &str) -> Message {
    let text = text.to_owned();
    plain(MessageContent::Text { text })
}

fn url(title: &str, url: &str) -> Button {
    Button::Url {
        title: title.to_owned(),
        url: url.to_owned(),
    }
}

fn postback(title: &str, payload: &str) -> Button {
    Button::Postback {
        title: title.to_owned(),
        payload: payload.to_owned(),
    }
}

fn buttons(text: &str, buttons: Vec<Button>) -> Message {
    let text = text.to_owned();
    plain(MessageContent::Buttons { text, buttons })
}

fn card(title: &str) -> Card {
    Card {
        title: title.to_owned(),
        subtitle: Some("sub".to_owned()),
        ..Card::default()
    }
}

fn cards(cards: Vec<Card>) -> Message {
    plain(MessageContent::Cards(cards))
}

fn replies(count: usize, title: &str, payload: &str) -> Message {
    let reply = QuickReply {
        title: title.to_owned(),
        payload: payload.to_owned(),
    };
    Message {
        quick_replies: vec![reply; count],
        ..text("x")
    }
}

#[test]
fn what_is_just_small_enough_is_taken() {
    let link = "https://example.com/";
    for message in [
        text(&"字".repeat(2_000)),
        text(&"😀".repeat(2_000)),
        buttons(
            &"x".repeat(640),
            vec![
                url(&"t".repeat(20), link),
                postback("t", &"p".repeat(1_000)),
            ],
        ),
        cards(vec![card(&"t".repeat(80)); 10]),
        replies(13, &"t".repeat(20), &"p".repeat(1_000)),
        plain(MessageContent::Image(Image::Attachment {
            id: "1857777774821032".to_owned(),
        })),
    ] {
        assert_eq!(check_content(&message), Ok(()));
    }
}

fn told(message: &Message) -> String {
    check_content(message).unwrap_err().to_string()
}

#[test]
fn each_wrong_text_and_button_is_named_with_its_limit_and_value() {
    let link = "https://example.com/";
    for (message, expected) in [
        (text(""), "text is empty"),
        (
            text(&"😀".repeat(2_001)),
            "text has 2001 characters, more than 2000",
        ),
        (buttons("x", vec![]), "buttons must be 1 to 3, not 0"),
        (
            buttons(&"x".repeat(641), vec![url("t", link)]),
            "text has 641 characters, more than 640",
        ),
        (
            buttons("x", vec![url("t", link); 4]),
            "buttons must be 1 to 3, not 4",
        ),
        (
            buttons("x", vec![url(&"t".repeat(21), link)]),
            "buttons[0].title has 21 characters, more than 20",
        ),
        (
            buttons("x", vec![url("t", "http://a.example")]),
            "buttons[0].url is not an https address in ASCII: http://a.example",
        ),
        (
            buttons("x", vec![postback("t", &"p".repeat(1_001))]),
            "buttons[0].payload has 1001 characters, more than 1000",
        ),
    ] {
        assert_eq!(told(&message), expected);
    }
}

#[test]
fn each_wrong_card_is_named_with_its_limit_and_value() {
    let bare = Card {
        title: "t".to_owned(),
        ..Card::default()
    };
    let with_buttons = |buttons| {
        cards(vec![
            card("t"),
            Card {
                buttons,
                ..card("t")
            },
        ])
    };
    let image = |image_url: &str| {
        cards(vec![Card {
            image_url: Some(image_url.to_owned()),
            ..card("t")
        }])
    };
    for (message, expected) in [
        (cards(vec![]), "elements must be 1 to 10, not 0"),
        (
            cards(vec![card("t"); 11]),
            "elements must be 1 to 10, not 11",
        ),
        (
            cards(vec![card(&"t".repeat(81))]),
            "elements[0].title has 81 characters, more than 80",
        ),
        (
            cards(vec![bare]),
            "elements[0] is \"a title alone\", not a title and one thing more",
        ),
        (
            with_buttons(vec![postback("t", "p"); 4]),
            "elements[1].buttons must be 0 to 3, not 4",
        ),
        (
            with_buttons(vec![postback("", "p")]),
            "elements[1].buttons[0].title is empty",
        ),
        (
            image("https://a.example/圖"),
            "elements[0].image_url is not an https address in ASCII: https://a.example/圖",
        ),
    ] {
        assert_eq!(told(&message), expected);
    }
}

#[test]
fn each_wrong_quick_reply_and_image_is_named_with_its_limit_and_value() {
    let by_url = |url: &str| {
        plain(MessageContent::Image(Image::Url {
            url: url.to_owned(),
        }))
    };
    let by_id = |id: &str| {
        plain(MessageContent::Image(Image::Attachment {
            id: id.to_owned(),
        }))
    };
    for (message, expected) in [
        (
            replies(14, "t", "p"),
            "quick_replies must be 0 to 13, not 14",
        ),
        (
            replies(1, &"t".repeat(21), "p"),
            "quick_replies[0].title has 21 characters, more than 20",
        ),
        (replies(1, "t", ""), "quick_replies[0].payload is empty"),
        (by_url(""), "url is empty"),
        (
            by_id("x"),
            "attachment_id is \"x\", not the id of an attachment",
        ),
    ] {
        assert_eq!(told(&message), expected);
    }
}

#[test]
fn everything_wrong_is_told_at_once() {
    let message = buttons("", vec![postback("", "")]);
    assert_eq!(
        check_content(&message).unwrap_err().to_string(),
        "text is empty; buttons[0].title is empty; buttons[0].payload is empty"
    );
}
