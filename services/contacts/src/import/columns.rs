use std::collections::BTreeMap;

/// What a column, or a key, says of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    Channel,
    ExternalId,
    DisplayName,
    Phone,
    Email,
    MemberNumber,
    Tags,
    SubscribedAt,
    LastInteractionAt,
}

impl Field {
    /// By the name that it has in files.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "channel" => Some(Self::Channel),
            "external_id" => Some(Self::ExternalId),
            "display_name" => Some(Self::DisplayName),
            "phone" => Some(Self::Phone),
            "email" => Some(Self::Email),
            "member_no" => Some(Self::MemberNumber),
            "tags" => Some(Self::Tags),
            "subscribed_at" => Some(Self::SubscribedAt),
            "last_interaction_at" => Some(Self::LastInteractionAt),
            _ => None,
        }
    }
}

/// What the columns of a file mean that names them in its own way. The others mean what they are called.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mapping(BTreeMap<String, Mapped>);

#[derive(Debug, Clone)]
struct Mapped {
    /// As its owner writes it.
    column: String,
    field: Option<Field>,
}

impl Mapping {
    /// `None` leaves the column out. False: the column is mapped already.
    pub(crate) fn add(&mut self, column: &str, field: Option<Field>) -> bool {
        let mapped = Mapped {
            column: column.trim().to_owned(),
            field,
        };
        self.0.insert(normal(column), mapped).is_none()
    }

    /// `None`: the column means nothing to us.
    pub(crate) fn field(&self, column: &str) -> Option<Field> {
        let column = normal(column);
        match self.0.get(&column) {
            Some(mapped) => mapped.field,
            None => Field::parse(&column),
        }
    }

    /// The columns that the file has to have.
    pub(crate) fn missing<'a>(&'a self, header: &[String]) -> Option<&'a str> {
        let present: Vec<String> = header.iter().map(|column| normal(column)).collect();
        let mut mapped = self.0.iter().filter(|(_, mapped)| mapped.field.is_some());
        let missing = mapped.find(|(column, _)| !present.contains(column));
        missing.map(|(_, mapped)| mapped.column.as_str())
    }

    /// What the file calls a field.
    pub(crate) fn column<'a>(&'a self, name: &'a str) -> &'a str {
        let field = Field::parse(name);
        let mut mapped = self.0.values();
        let mapped = mapped.find(|mapped| field.is_some() && mapped.field == field);
        mapped.map_or(name, |mapped| mapped.column.as_str())
    }
}

fn normal(column: &str) -> String {
    column.trim().to_lowercase()
}
