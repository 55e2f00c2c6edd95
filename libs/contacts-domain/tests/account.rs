//! Connecting an account, giving it other credentials, and disconnecting it.

use chrono::{DateTime, TimeDelta, Utc};
use contacts_domain::{Account, AccountCommand, AccountDetails, AccountError, InvalidAccount};
use event_sourcing::testing::given;
use events::{
    AccountEvent,
    common::{Channel, MessagePrice},
    contact::{
        AccountConnected, AccountCredentialsRotated, AccountDisconnected, AccountReconnected,
    },
    to_bytes, to_timestamp,
};
use uuid::Uuid;

const ID: Uuid = Uuid::from_u128(1);
const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

#[test]
fn an_account_is_connected() {
    given::<Account>([])
        .when(connect(details()))
        .then([connected()]);
}

#[test]
fn connecting_again_changes_nothing() {
    given::<Account>([connected()])
        .when(connect(details()))
        .then([]);
    given::<Account>([connected(), disconnected()])
        .when(connect(details()))
        .then([]);
}

#[test]
fn a_request_id_stands_for_one_account() {
    let other = AccountDetails {
        name: "Other".to_owned(),
        ..details()
    };
    given::<Account>([connected()])
        .when(connect(other))
        .then_refused(AccountError::OtherDetails);
}

#[test]
fn credentials_that_are_rotated_leave_those_before_valid_for_a_day() {
    given::<Account>([connected()])
        .when(rotate())
        .then([rotated()]);
    given::<Account>([connected(), rotated()])
        .when(rotate())
        .then([rotated()]);
}

#[test]
fn what_is_disconnected_is_reconnected_and_as_it_was() {
    given::<Account>([connected()])
        .when(disconnect())
        .then([disconnected()]);
    given::<Account>([connected(), disconnected()])
        .when(reconnect())
        .then([reconnected()]);
    given::<Account>([connected(), disconnected(), reconnected()])
        .when(rotate())
        .then([rotated()]);
}

#[test]
fn each_command_at_the_wrong_time_has_a_refusal_of_its_own() {
    for command in [rotate(), disconnect(), reconnect()] {
        given::<Account>([])
            .when(command)
            .then_refused(AccountError::NotFound);
    }
    given::<Account>([connected()])
        .when(reconnect())
        .then_refused(AccountError::AlreadyConnected);
    given::<Account>([connected(), disconnected()])
        .when(disconnect())
        .then_refused(AccountError::AlreadyDisconnected);
    given::<Account>([connected(), disconnected()])
        .when(rotate())
        .then_refused(AccountError::Disconnected);
}

#[test]
fn details_are_trimmed() {
    let untrimmed = AccountDetails {
        name: " Shop ".to_owned(),
        ..details()
    };
    assert_eq!(untrimmed.parse(), Ok(details()));
}

#[test]
fn each_channel_has_its_own_form_of_an_accounts_id() {
    let line = "U05a99c00b975ff15c51fe48e9fac2f2a";
    let cases = [
        (Channel::Line, "", Ok(())),
        (Channel::Line, line, Ok(())),
        (Channel::Line, "U1", Err(InvalidAccount::LineUserId)),
        (Channel::Messenger, "1093", Ok(())),
        (Channel::Messenger, "", Err(InvalidAccount::PageId)),
        (Channel::Messenger, "my.page", Err(InvalidAccount::PageId)),
        (Channel::Whatsapp, "1060", Ok(())),
        (Channel::Whatsapp, "", Err(InvalidAccount::PhoneNumberId)),
        (
            Channel::Whatsapp,
            "+886988346004",
            Err(InvalidAccount::PhoneNumberId),
        ),
        (Channel::Email, "shop@example.com", Ok(())),
        (Channel::Email, "", Err(InvalidAccount::SenderAddress)),
        (Channel::Email, "shop", Err(InvalidAccount::SenderAddress)),
        (Channel::Unspecified, "", Err(InvalidAccount::Channel)),
    ];
    for (channel, id, expected) in cases {
        let parsed = AccountDetails {
            channel,
            channel_account_id: id.to_owned(),
            ..details()
        }
        .parse();
        assert_eq!(parsed.map(drop), expected, "{channel:?} {id}");
    }
}

#[test]
fn an_address_is_claimed_however_it_is_written() {
    let account = |id: &str| AccountDetails {
        channel: Channel::Email,
        channel_account_id: id.to_owned(),
        ..details()
    };
    assert_eq!(
        account("Shop@Example.com").claim(),
        account("shop@example.com").claim()
    );
    assert_eq!(details().claim(), None, "LINE's id is not known");
}

#[test]
fn each_wrong_detail_is_named() {
    let price = |currency: &str, micros| {
        Some(MessagePrice {
            currency: currency.to_owned(),
            micros,
        })
    };
    let cases = [
        (
            AccountDetails {
                country: "tw".to_owned(),
                ..details()
            },
            InvalidAccount::Country,
        ),
        (
            AccountDetails {
                message_price: price("NT$", 1),
                ..details()
            },
            InvalidAccount::Currency,
        ),
        (
            AccountDetails {
                message_price: price("TWD", -1),
                ..details()
            },
            InvalidAccount::Price,
        ),
    ];
    for (wrong, error) in cases {
        assert_eq!(wrong.parse(), Err(error));
    }
    for name in ["", "  ", "a\nb", &"x".repeat(101)] {
        let wrong = AccountDetails {
            name: name.to_owned(),
            ..details()
        };
        assert!(
            matches!(wrong.parse(), Err(InvalidAccount::Name(_))),
            "{name}"
        );
    }
}

fn details() -> AccountDetails {
    AccountDetails {
        channel: Channel::Line,
        name: "Shop".to_owned(),
        channel_account_id: String::new(),
        country: "TW".to_owned(),
        message_price: Some(MessagePrice {
            currency: "TWD".to_owned(),
            micros: 200_000,
        }),
    }
}

fn connect(details: AccountDetails) -> AccountCommand {
    AccountCommand::Connect {
        account_id: ID,
        details,
        sealed_credentials: vec![1, 2, 3],
        now: NOW,
    }
}

fn rotate() -> AccountCommand {
    AccountCommand::RotateCredentials {
        sealed_credentials: vec![4, 5, 6],
        now: NOW,
    }
}

fn disconnect() -> AccountCommand {
    AccountCommand::Disconnect { now: NOW }
}

fn reconnect() -> AccountCommand {
    AccountCommand::Reconnect {
        sealed_credentials: vec![7, 8, 9],
        now: NOW,
    }
}

fn connected() -> AccountEvent {
    let details = details();
    AccountEvent::Connected(AccountConnected {
        account_id: to_bytes(ID),
        channel: details.channel.into(),
        name: details.name,
        channel_account_id: details.channel_account_id,
        sealed_credentials: vec![1, 2, 3],
        country: details.country,
        message_price: details.message_price,
        connected_at: Some(to_timestamp(NOW)),
    })
}

fn rotated() -> AccountEvent {
    AccountEvent::CredentialsRotated(AccountCredentialsRotated {
        account_id: to_bytes(ID),
        channel: Channel::Line.into(),
        sealed_credentials: vec![4, 5, 6],
        rotated_at: Some(to_timestamp(NOW)),
        previous_valid_until: Some(to_timestamp(NOW + TimeDelta::hours(24))),
    })
}

fn disconnected() -> AccountEvent {
    AccountEvent::Disconnected(AccountDisconnected {
        account_id: to_bytes(ID),
        channel: Channel::Line.into(),
        disconnected_at: Some(to_timestamp(NOW)),
    })
}

fn reconnected() -> AccountEvent {
    AccountEvent::Reconnected(AccountReconnected {
        account_id: to_bytes(ID),
        channel: Channel::Line.into(),
        sealed_credentials: vec![7, 8, 9],
        reconnected_at: Some(to_timestamp(NOW)),
    })
}
