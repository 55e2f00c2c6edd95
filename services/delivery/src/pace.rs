use events::common::Channel;

use crate::Config;

/// How fast each channel is sent to.
#[derive(Debug, Clone)]
pub(crate) struct Paces {
    line: Pace,
    messenger: Pace,
    whatsapp: Pace,
    mail: Pace,
}

/// How fast an account is sent for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) calls_per_second: u32,
    /// Calls of LINE for one person; no other channel has both.
    pub(crate) pushes_per_second: u32,
    /// Chunks that are sent at the same time, each with a window at most.
    pub(crate) windows_in_flight: u32,
    /// People in a window.
    pub(crate) window_recipients: u32,
    /// A call is for one person, and is never made again.
    pub(crate) one_by_one: bool,
}

impl Paces {
    pub(crate) fn new(config: &Config) -> Self {
        let meta = |calls_per_second| Pace {
            calls_per_second,
            pushes_per_second: calls_per_second,
            windows_in_flight: config.meta.windows_in_flight.max(1),
            window_recipients: config.meta.window_recipients.max(1),
            one_by_one: true,
        };
        Self {
            line: Pace {
                calls_per_second: config.line.multicasts_per_second,
                pushes_per_second: config.line.pushes_per_second,
                windows_in_flight: config.sending.windows_in_flight.max(1),
                window_recipients: u32::MAX,
                one_by_one: false,
            },
            messenger: meta(config.meta.messenger_per_second),
            whatsapp: meta(config.meta.whatsapp_per_second),
            mail: Pace {
                calls_per_second: config.mail.per_second,
                pushes_per_second: config.mail.per_second,
                windows_in_flight: config.mail.windows_in_flight.max(1),
                window_recipients: config.mail.window_recipients.max(1),
                one_by_one: true,
            },
        }
    }

    pub(crate) fn of(&self, channel: Channel) -> Pace {
        match channel {
            Channel::Messenger => self.messenger,
            Channel::Whatsapp => self.whatsapp,
            Channel::Email => self.mail,
            // Of the last nothing is sent here.
            Channel::Line | Channel::Unspecified => self.line,
        }
    }
}
