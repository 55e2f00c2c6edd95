/// What stands between `{{` and `}}` in a template's text, in order, each as often as it occurs.
pub fn placeholders(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else {
            break;
        };
        found.push(name.trim());
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::placeholders;

    #[test]
    fn names_and_numbers_are_found_in_order() {
        assert_eq!(placeholders("Hi {{1}}, {{2}} and {{1}}"), ["1", "2", "1"]);
        assert_eq!(placeholders("{{ first_name }}!"), ["first_name"]);
        for text in ["", "no", "{{", "{1}", "}}{{"] {
            assert!(placeholders(text).is_empty(), "{text}");
        }
    }
}
