//! What a person says to be written to no more, or again.
//!
//! Only a message that is such a word and nothing else counts: a sentence that has one in it is for
//! whoever answers the shop's messages. A question is none either, so that a question mark stays.

use events::common::Channel;

use crate::fold_name;

/// What a person wants from now on, for all purposes: who writes "stop" does not tell them apart, and
/// who writes "start" takes that back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptWord {
    OptOut,
    OptIn,
}

/// What a shop puts into the data of a button, whatever the button says.
pub const OPT_OUT_BUTTON: &str = "fanfare:unsubscribe";
pub const OPT_IN_BUTTON: &str = "fanfare:subscribe";

/// No word is longer, before it is folded.
const MESSAGE_BYTES_MAX: usize = 200;

struct Words {
    /// For readers.
    #[expect(dead_code, reason = "says what language the words are of")]
    language: &'static str,
    /// Empty: all.
    channels: &'static [Channel],
    /// As [`fold_name`] has them.
    opt_out: &'static [&'static str],
    opt_in: &'static [&'static str],
}

/// Words that mean something else in a shop are not here: "cancel" and "end" are about orders, and 停止,
/// 取消 and ยกเลิก too; 退会 is about a membership.
const WORDS: [Words; 9] = [
    Words {
        language: "zh-Hant",
        channels: &[],
        opt_out: &[
            "取消訂閱",
            "退訂",
            "停止訂閱",
            "取消訂閲",
            "退閱",
            "拒收",
            "拒收訊息",
            "停止接收",
            "停止接收訊息",
            "不要再傳",
            "不要再傳了",
            "取消追蹤",
        ],
        opt_in: &[
            "訂閱",
            "訂閲",
            "重新訂閱",
            "恢復訂閱",
            "我要訂閱",
            "恢復接收",
        ],
    },
    Words {
        language: "zh-Hans",
        channels: &[],
        opt_out: &["取消订阅", "退订", "停止订阅", "拒收短信", "td"],
        opt_in: &["订阅", "重新订阅", "恢复订阅", "我要订阅"],
    },
    Words {
        language: "en",
        channels: &[],
        opt_out: &[
            "stop",
            "stop all",
            "stopall",
            "unsubscribe",
            "unsubscribe me",
            "opt out",
            "opt-out",
            "optout",
        ],
        opt_in: &[
            "start",
            "unstop",
            "subscribe",
            "resubscribe",
            "opt in",
            "opt-in",
            "optin",
        ],
    },
    Words {
        language: "en",
        // What WhatsApp's own button of a marketing template writes.
        channels: &[Channel::Whatsapp],
        opt_out: &["stop promotions"],
        opt_in: &["start promotions"],
    },
    Words {
        language: "ja",
        channels: &[],
        opt_out: &["配信停止", "配信停止希望", "配信解除", "購読解除"],
        opt_in: &["配信再開", "配信希望", "購読"],
    },
    Words {
        language: "th",
        channels: &[],
        opt_out: &["ยกเลิกการติดตาม", "ยกเลิกการสมัคร", "หยุด"],
        opt_in: &["สมัคร", "เริ่ม"],
    },
    Words {
        language: "ko",
        channels: &[],
        opt_out: &["수신거부", "수신 거부", "구독취소", "구독 취소"],
        opt_in: &["수신동의", "수신 동의", "구독"],
    },
    Words {
        language: "vi",
        channels: &[],
        opt_out: &["hủy đăng ký", "huy dang ky"],
        opt_in: &["đăng ký", "dang ky"],
    },
    Words {
        language: "id",
        channels: &[],
        opt_out: &["berhenti", "berhenti berlangganan"],
        opt_in: &["langganan", "berlangganan", "mulai"],
    },
];

/// What may stand around a word without making it a sentence.
const AROUND: [char; 22] = [
    '.', '。', '｡', '!', ',', '、', '，', ';', ':', '…', '~', '～', '-', '"', '\'', '「', '」',
    '『', '』', '“', '”', '*',
];

/// The decision in a message, if it is one.
#[must_use]
pub fn opt_word(channel: Channel, message: &str) -> Option<OptWord> {
    if message.len() > MESSAGE_BYTES_MAX {
        return None;
    }
    let visible: String = message.chars().filter(|c| !is_invisible(*c)).collect();
    let folded = fold_name(&visible);
    let word = folded.trim_matches(|c: char| c.is_whitespace() || AROUND.contains(&c));
    WORDS
        .iter()
        .filter(|words| words.channels.is_empty() || words.channels.contains(&channel))
        .find_map(|words| {
            if words.opt_out.contains(&word) {
                Some(OptWord::OptOut)
            } else if words.opt_in.contains(&word) {
                Some(OptWord::OptIn)
            } else {
                None
            }
        })
}

/// The decision in a button's data, if it is one.
#[must_use]
pub fn opt_button(data: &str) -> Option<OptWord> {
    match data.trim() {
        OPT_OUT_BUTTON => Some(OptWord::OptOut),
        OPT_IN_BUTTON => Some(OptWord::OptIn),
        _ => None,
    }
}

/// What keyboards leave behind: joiners, marks of direction, the choice of an emoji's form.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe0f}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUT: Option<OptWord> = Some(OptWord::OptOut);
    const IN: Option<OptWord> = Some(OptWord::OptIn);

    #[test]
    fn a_word_alone_is_a_decision() {
        let cases = [
            ("取消訂閱", OUT),
            ("退訂", OUT),
            (" 退訂。\n", OUT),
            ("「取消訂閱」", OUT),
            ("取消订阅", OUT),
            ("unsubscribe", OUT),
            ("Unsubscribe!!", OUT),
            ("ＳＴＯＰ", OUT),
            ("STOP.", OUT),
            ("stop\u{200b}", OUT),
            ("Opt  Out", OUT),
            ("配信停止", OUT),
            ("หยุด", OUT),
            ("수신거부", OUT),
            ("HỦY ĐĂNG KÝ", OUT),
            ("訂閱", IN),
            ("Subscribe", IN),
            ("START!", IN),
            ("配信再開", IN),
        ];
        for (message, decision) in cases {
            assert_eq!(opt_word(Channel::Line, message), decision, "{message}");
        }
    }

    #[test]
    fn a_sentence_is_no_decision() {
        let long = "stop ".repeat(1000);
        let sentences = [
            "",
            "   ",
            "stop by the shop",
            "please stop by",
            "non-stop",
            "when does the sale start",
            "start at 9",
            "我要取消訂閱這個商品的訂單",
            "如何取消訂閱",
            "取消訂閱?",
            "stop？",
            "取消",
            "取消訂單",
            "停止",
            "cancel",
            "訂閱價多少",
            "配信停止の方法",
            &long,
        ];
        for sentence in sentences {
            assert_eq!(opt_word(Channel::Line, sentence), None, "{sentence}");
        }
    }

    #[test]
    fn a_channel_has_words_of_its_own() {
        assert_eq!(opt_word(Channel::Whatsapp, "Stop promotions"), OUT);
        assert_eq!(opt_word(Channel::Line, "Stop promotions"), None);
        for channel in [
            Channel::Line,
            Channel::Messenger,
            Channel::Whatsapp,
            Channel::Email,
        ] {
            assert_eq!(opt_word(channel, "unsubscribe"), OUT);
        }
    }

    #[test]
    fn every_word_is_written_as_words_are_compared() {
        let mut seen = std::collections::BTreeSet::new();
        for words in &WORDS {
            for (word, decision) in words
                .opt_out
                .iter()
                .map(|word| (word, OUT))
                .chain(words.opt_in.iter().map(|word| (word, IN)))
            {
                assert_eq!(fold_name(word), *word, "{word}");
                assert!(seen.insert(*word), "{word} stands there twice");
                let channel = words.channels.first().copied();
                assert_eq!(opt_word(channel.unwrap_or(Channel::Line), word), decision);
            }
        }
    }

    #[test]
    fn a_button_is_known_by_its_data() {
        assert_eq!(opt_button("fanfare:unsubscribe"), OUT);
        assert_eq!(opt_button("fanfare:subscribe"), IN);
        assert_eq!(opt_button("fanfare:other"), None);
        assert_eq!(opt_button("unsubscribe"), None);
    }
}
