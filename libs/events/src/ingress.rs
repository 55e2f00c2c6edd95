use proto::events::ingress::v1::{
    AddressSuppressed, LinkClicked, MessageProgressed, OrderPlaced, UnsubscribeRequested,
    WebhookReceived,
};

use crate::codec::log_events;

log_events! {
    /// Facts from outside.
    IngressLogEvent {
        WebhookReceived(WebhookReceived), stored as "fanfare.events.ingress.v1.WebhookReceived", ids [account_id], joined [sender_key_id];
        LinkClicked(LinkClicked), stored as "fanfare.events.ingress.v1.LinkClicked", ids [link_id, broadcast_id, visitor_id];
        MessageProgressed(MessageProgressed), stored as "fanfare.events.ingress.v1.MessageProgressed", ids [account_id];
        OrderPlaced(OrderPlaced), stored as "fanfare.events.ingress.v1.OrderPlaced", ids [];
        UnsubscribeRequested(UnsubscribeRequested), stored as "fanfare.events.ingress.v1.UnsubscribeRequested", ids [account_id, contact_id, broadcast_id];
        AddressSuppressed(AddressSuppressed), stored as "fanfare.events.ingress.v1.AddressSuppressed", ids [account_id], joined [contact_id];
    }
}
