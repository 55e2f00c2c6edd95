use super::*;
use crate::line::{MessageContent, check_content, messages_json};

#[test]
fn a_card_is_a_buttons_template_whose_lengths_people_would_count_the_same() {
    let card = Card {
        title: Some("春季新品".to_owned()),
        text: "👨‍👩‍👧‍👦".repeat(60),
        image_url: Some("https://example.com/c.png".to_owned()),
        buttons: vec![
            Button::Url {
                label: "看看".to_owned(),
                url: "https://l.example/r/t".to_owned(),
            },
            Button::Postback {
                label: "不用了".to_owned(),
                data: "no".to_owned(),
            },
        ],
    };
    let json = messages_json(&[MessageContent::Card(card.clone()).into()]).unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["altText"], "春季新品");
    let template = &json[0]["template"];
    assert_eq!(
        (&template["type"], &template["title"]),
        (&json!("buttons"), &json!("春季新品"))
    );
    assert_eq!(
        template["actions"],
        json!([
            {"type": "uri", "label": "看看", "uri": "https://l.example/r/t"},
            {"type": "postback", "label": "不用了", "data": "no"},
        ])
    );
    let wrong = Card {
        title: Some("字".repeat(41)),
        text: "字".repeat(61),
        image_url: None,
        buttons: vec![Button::Url {
            label: String::new(),
            url: "javascript:alert(1)".to_owned(),
        }],
    };
    let told = check_content(&[MessageContent::Card(wrong).into()])
        .unwrap_err()
        .to_string();
    for part in [
        "messages[0].template.title has 41 grapheme clusters, more than 40",
        "messages[0].template.text has 61 grapheme clusters, more than 60",
        "messages[0].template.actions[0].label is empty",
        "not an http, https, line or tel address",
    ] {
        assert!(told.contains(part), "{told}");
    }
    let none = Card {
        text: "a".to_owned(),
        ..Card::default()
    };
    let told = check_content(&[MessageContent::Card(none).into()]).unwrap_err();
    assert_eq!(
        told.to_string(),
        "messages[0].template.actions must be 1 to 4, not 0"
    );
}

fn column(title: Option<&str>, buttons: usize) -> Card {
    let button = Button::Postback {
        label: "tap".to_owned(),
        data: "a=1".to_owned(),
    };
    Card {
        title: title.map(str::to_owned),
        text: "text".to_owned(),
        image_url: None,
        buttons: vec![button; buttons],
    }
}

fn told(cards: Vec<Card>) -> String {
    let refused = check_content(&[MessageContent::Carousel(cards).into()]);
    refused.map_or_else(|told| told.to_string(), |()| String::new())
}

#[test]
fn cards_side_by_side_are_a_carousel() {
    let cards = vec![column(Some("First"), 2), column(Some("Second"), 2)];
    let json = messages_json(&[MessageContent::Carousel(cards).into()]).unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["altText"], "First");
    let columns = json[0]["template"]["columns"].as_array().unwrap();
    assert_eq!(columns.len(), 2);
    assert_eq!(columns[1]["title"], "Second");
    assert_eq!(columns[1]["actions"].as_array().unwrap().len(), 2);
}

#[test]
fn columns_that_differ_in_their_parts_are_refused_before_line_does() {
    let plain = || column(None, 1);
    assert_eq!(told(vec![plain(); 10]), "");
    assert_eq!(
        told(vec![plain(); 11]),
        "messages[0].template.columns must be 1 to 10, not 11"
    );
    assert_eq!(
        told(vec![plain(), column(None, 2)]),
        "messages[0].template.columns[1].actions must be 1 to 1, not 2"
    );
    assert_eq!(
        told(vec![plain(), column(Some("t"), 1)]),
        "messages[0].template.columns[1].title is \"there\", not absent, as in the first column"
    );
    let long = Card {
        text: "a".repeat(121),
        ..plain()
    };
    assert_eq!(
        told(vec![long]),
        "messages[0].template.columns[0].text has 121 grapheme clusters, more than 120"
    );
    assert_eq!(
        told(vec![column(None, 4)]),
        "messages[0].template.columns[0].actions must be 1 to 3, not 4"
    );
}
