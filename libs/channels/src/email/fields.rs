//! The header-like groups of reports (RFC 3464, RFC 5965).

/// One group: what stands between two empty lines.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The first value of a field, without what RFC 3464 has before its semicolon.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let value = self.text(name)?;
        let value = value.split_once(';').map_or(value, |(_, value)| value);
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// The first value of a field, whole.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let is_it = |(field, _): &&(String, String)| field.eq_ignore_ascii_case(name);
        self.0.iter().find(is_it).map(|(_, value)| value.as_str())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// All groups, with continued lines put together. What is no field is passed over.
pub(super) fn groups(text: &str, groups_max: usize) -> Vec<Fields> {
    let mut groups = Vec::new();
    let mut group = Fields::default();
    for line in text.lines() {
        if line.trim().is_empty() {
            if !group.is_empty() {
                groups.push(std::mem::take(&mut group));
            }
            if groups.len() >= groups_max {
                return groups;
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = group.0.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            group
                .0
                .push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    if !group.is_empty() {
        groups.push(group);
    }
    groups
}
