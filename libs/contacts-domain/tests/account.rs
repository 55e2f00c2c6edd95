//! Connecting an account.

use chrono::{DateTime, Utc};
use contacts_domain::{Account, AccountCommand, AccountDetails, AccountError, InvalidAccount};
use event_sourcing::testing::given;
use events::{
    ContactsLogEvent,
    common::{Channel, MessagePrice},
    contact::AccountConnected,
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
fn details_are_trimmed() {
    let untrimmed = AccountDetails {
        name: " Shop ".to_owned(),
        ..details()
    };
    assert_eq!(untrimmed.parse(), Ok(details()));
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
                channel: Channel::Unspecified,
                ..details()
            },
            InvalidAccount::Channel,
        ),
        (
            AccountDetails {
                channel_account_id: "U1".to_owned(),
                ..details()
            },
            InvalidAccount::LineUserId,
        ),
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

fn connected() -> ContactsLogEvent {
    let details = details();
    ContactsLogEvent::AccountConnected(AccountConnected {
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
