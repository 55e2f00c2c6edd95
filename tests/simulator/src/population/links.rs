/// The links that a chat would make clickable in this `messages` array, each once.
pub(super) fn links(messages: &str) -> Vec<String> {
    let messages: Vec<serde_json::Value> = serde_json::from_str(messages).unwrap_or_default();
    let mut links = Vec::new();
    for text in messages
        .iter()
        .filter_map(|message| message["text"].as_str())
    {
        for link in links_in(text) {
            if !links.iter().any(|known| known == link) {
                links.push(link.to_owned());
            }
        }
    }
    links
}

fn links_in(text: &str) -> impl Iterator<Item = &str> {
    let starts = text
        .match_indices("http")
        .filter_map(|(at, _)| text.get(at..));
    starts.filter_map(|rest| {
        let end = rest.find(ends_link).unwrap_or(rest.len());
        let link = rest
            .get(..end)?
            .trim_end_matches(|c| ".,!?:;)'".contains(c));
        let host = link
            .strip_prefix("https://")
            .or_else(|| link.strip_prefix("http://"))?;
        (!host.is_empty()).then_some(link)
    })
}

/// A URL is ASCII; what is not, such as a full stop in Chinese, is the text going on.
fn ends_link(c: char) -> bool {
    c.is_whitespace() || c.is_control() || !c.is_ascii() || "<>\"".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_end_where_the_text_goes_on() {
        let messages = r#"[
            {"type":"text","text":"看 https://a.example/r/x_1-y?z=1。再 (http://b.example/)."},
            {"type":"image","originalContentUrl":"https://c.example/i.png"},
            {"type":"text","text":"https://a.example/r/x_1-y?z=1\nhttp:// httpx"}
        ]"#;
        assert_eq!(
            links(messages),
            ["https://a.example/r/x_1-y?z=1", "http://b.example/"]
        );
    }
}
