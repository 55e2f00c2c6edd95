/// One message, before it is Messenger's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub content: MessageContent,
    /// They vanish with the next message.
    pub quick_replies: Vec<QuickReply>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageContent {
    Text {
        text: String,
    },
    Image(Image),
    /// A text with one to three buttons: the button template.
    Buttons {
        text: String,
        buttons: Vec<Button>,
    },
    /// One card, or several side by side: the generic template.
    Cards(Vec<Card>),
    /// What may be sent outside the window. Meta has approved it beforehand.
    Utility(UtilityTemplate),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Image {
    /// Uploaded once; good for 90 days and for this Page alone.
    Attachment {
        id: String,
    },
    Url {
        url: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickReply {
    pub title: String,
    pub payload: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Button {
    Url { title: String, url: String },
    Postback { title: String, payload: String },
}

/// It has a title and at least one thing more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    pub title: String,
    pub subtitle: Option<String>,
    pub image_url: Option<String>,
    /// What a tap on the card opens.
    pub tap_url: Option<String>,
    pub buttons: Vec<Button>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UtilityTemplate {
    pub name: String,
    pub language: String,
    pub header: Vec<UtilityParameter>,
    pub body: Vec<UtilityParameter>,
    pub buttons: Vec<UtilityButton>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UtilityParameter {
    /// Of a template whose parameters have names.
    pub name: Option<String>,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UtilityButton {
    /// What follows the template's own address.
    UrlSuffix(String),
    Postback {
        payload: String,
    },
}
