use std::iter;

use events::{
    broadcasts::{BroadcastDrafted, message_content::Content},
    common::{Card, Template},
};

/// What a broadcast says, a bubble a paragraph. Links are shown as they lead, not as they are counted.
pub(super) fn of(drafted: &BroadcastDrafted) -> String {
    let bubbles = drafted
        .messages
        .iter()
        .map(|message| match &message.content {
            Some(Content::Text(text)) => with_links(&text.text, drafted),
            Some(Content::Image(image)) => image.original_url.clone(),
            Some(Content::Card(card)) => of_card(card, drafted),
            Some(Content::Carousel(carousel)) => {
                let cards = carousel.cards.iter();
                let cards: Vec<String> = cards.map(|card| of_card(card, drafted)).collect();
                cards.join("\n\n")
            }
            Some(Content::Template(template)) => of_template(template, drafted),
            Some(Content::Mail(mail)) => {
                let text = mail.text.replace("{link:unsubscribe}", "");
                format!("{}\n{}", mail.subject, with_links(&text, drafted))
            }
            None => String::new(),
        });
    let text: Vec<String> = bubbles.collect();
    // What Postgres can't hold in a text is not in a message either.
    text.join("\n\n").replace('\0', "")
}

fn of_card(card: &Card, drafted: &BroadcastDrafted) -> String {
    let lines = [&card.title, &card.text, &card.image_url].into_iter();
    let labels = card.buttons.iter().map(|button| &button.label);
    let lines = lines.chain(labels).filter(|line| !line.is_empty());
    let lines: Vec<String> = lines.map(|line| with_links(line, drafted)).collect();
    lines.join("\n")
}

/// What the template says is the channel's; what it was filled with is ours.
fn of_template(template: &Template, drafted: &BroadcastDrafted) -> String {
    let filled = template.body.iter();
    let filled = filled.map(|parameter| with_links(&parameter.text, drafted));
    let lines: Vec<String> = iter::once(template.name.clone()).chain(filled).collect();
    lines.join("\n")
}

fn with_links(text: &str, drafted: &BroadcastDrafted) -> String {
    let links = drafted.links.iter().zip(1_u32..);
    links.fold(text.to_owned(), |text, (link, number)| {
        text.replace(&format!("{{link:{number}}}"), &link.target_url)
    })
}

#[cfg(test)]
mod tests {
    use events::broadcasts::{ImageContent, MessageContent, TextContent, TrackedLink};

    use super::*;

    #[test]
    fn bubbles_are_paragraphs_and_links_lead_where_they_lead() {
        let text = Content::Text(TextContent {
            text: "New: {link:1} or {link:2}".to_owned(),
        });
        let image = Content::Image(ImageContent {
            original_url: "https://shop.example/a.png".to_owned(),
            preview_url: String::new(),
        });
        let link = |target: &str| TrackedLink {
            link_id: Vec::new(),
            target_url: target.to_owned(),
        };
        let drafted = BroadcastDrafted {
            messages: [text, image]
                .map(|content| MessageContent {
                    content: Some(content),
                    ..MessageContent::default()
                })
                .to_vec(),
            links: vec![link("https://a.example"), link("https://b.example")],
            ..BroadcastDrafted::default()
        };
        assert_eq!(
            of(&drafted),
            "New: https://a.example or https://b.example\n\nhttps://shop.example/a.png"
        );
    }
}
