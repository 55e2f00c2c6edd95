//! The page that an unsubscribe link leads to, in English and Traditional Chinese. It loads nothing.

/// What it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    Ask,
    Done,
    Unknown,
    Later,
}

impl Page {
    /// In the first of the browser's languages that it has.
    pub(super) fn html(self, accept_language: &str) -> String {
        let chinese = prefers_chinese(accept_language);
        let (lang, title, text, button) = if chinese {
            let (title, text) = self.chinese();
            ("zh-Hant", title, text, "取消訂閱")
        } else {
            let (title, text) = self.english();
            ("en", title, text, "Unsubscribe")
        };
        let form = match self {
            Self::Ask | Self::Later => {
                format!("<form method=\"post\"><button>{button}</button></form>")
            }
            Self::Done | Self::Unknown => String::new(),
        };
        format!(
            "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\"><title>{title}</title><style>body{{font:18px sans-serif;max-width:32em;margin:4em auto;padding:0 1em}}button{{font:inherit;padding:.5em 1.5em}}</style></head><body><h1>{title}</h1><p>{text}</p>{form}</body></html>"
        )
    }

    fn english(self) -> (&'static str, &'static str) {
        match self {
            Self::Ask => (
                "Unsubscribe",
                "Press the button, and no more of these mails are sent to you.",
            ),
            Self::Done => (
                "You are unsubscribed",
                "No more of these mails are sent to you. One that is on its way may still arrive.",
            ),
            Self::Unknown => (
                "Unknown link",
                "This link is not one of ours. Use the one in your mail as it is.",
            ),
            Self::Later => (
                "Please try again",
                "This could not be saved just now. Please press the button again.",
            ),
        }
    }

    fn chinese(self) -> (&'static str, &'static str) {
        match self {
            Self::Ask => ("取消訂閱", "按下按鈕後，我們將不再寄送這類郵件給您。"),
            Self::Done => (
                "已取消訂閱",
                "我們將不再寄送這類郵件給您。已寄出的郵件可能仍會送達。",
            ),
            Self::Unknown => (
                "無效的連結",
                "這個連結不是由我們發出的，請直接使用郵件中的連結。",
            ),
            Self::Later => ("請再試一次", "目前無法儲存，請再按一次按鈕。"),
        }
    }
}

/// Whether Chinese stands before English. Without either it is English.
fn prefers_chinese(accept_language: &str) -> bool {
    accept_language
        .split(',')
        .map(|language| language.trim().to_ascii_lowercase())
        .find(|language| language.starts_with("zh") || language.starts_with("en"))
        .is_some_and(|language| language.starts_with("zh"))
}
