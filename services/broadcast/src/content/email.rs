use channels::email::WrittenMail;
use events::broadcasts::{self, message_content::Content};

use super::{Links, Rendered, WrongContent, content, kind_of, not_empty};

/// The person's own link to leave is put in when it is sent.
pub(super) fn render(
    message: &broadcasts::MessageContent,
    links: &Links<'_>,
) -> Result<Rendered, WrongContent> {
    let mail = match content(0, message)? {
        Content::Mail(mail) => mail,
        content @ (Content::Text(_)
        | Content::Image(_)
        | Content::Card(_)
        | Content::Carousel(_)
        | Content::Template(_)) => {
            return Err(WrongContent::Kind {
                index: 0,
                kind: kind_of(content),
                channel: "e-mail",
                allowed: "mails: a subject, HTML and text",
            });
        }
    };
    if !message.quick_replies.is_empty() {
        return Err(WrongContent::QuickRepliesOfMail);
    }
    let written = WrittenMail {
        subject: mail.subject.clone(),
        preheader: not_empty(&mail.preheader),
        text: links.in_text(&mail.text),
        html: links.in_text(&mail.html),
        from_name: not_empty(&mail.from_name),
        reply_to: not_empty(mail.reply_to.trim()),
    };
    written.check()?;
    Ok(Rendered::Email(Box::new(written)))
}
