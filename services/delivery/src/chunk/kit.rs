use std::time::Duration;

use anyhow::Context as _;
use broadcast_domain::Recipients;
use channels::whatsapp::DailyLimit;
use tracing::info;
use vault::LookupKey;

use super::Sending;
use crate::{
    client::Client,
    credentials::{Access, Opened},
    one_by_one::Sender,
    request::Request,
};

/// What calls need. All that can fail is done before a window is started: who is in one may not be
/// sent to again.
pub(super) struct Kit {
    pub(super) opened: Opened,
    pub(super) sender: Sender,
    pub(super) lookup: LookupKey,
    /// The address of an image that was uploaded before.
    pub(super) uploaded: Option<String>,
}

impl Sending<'_> {
    /// `None`: the account is not connected.
    pub(super) async fn kit(&mut self) -> anyhow::Result<Option<Kit>> {
        let team_id = self.ready.team_id;
        let Access::Open(opened) = self.account.access(team_id).await? else {
            return Ok(None);
        };
        let Client::OneByOne(client) = opened.client.clone() else {
            anyhow::bail!("the account's channel takes many people a call");
        };
        let lookup = self.account.shared.vault.lookup_key(team_id).await;
        let sender = Sender::try_new(client, self.ready)?;
        let (sender, uploaded) = self.with_upload(sender).await?;
        Ok(Some(Kit {
            sender,
            lookup: lookup.context("cannot have the team's look-up key")?,
            opened,
            uploaded,
        }))
    }

    /// Meta fetches an image once, and not for everybody.
    async fn with_upload(&self, sender: Sender) -> anyhow::Result<(Sender, Option<String>)> {
        let shared = &self.account.shared;
        let Some((page, url)) = sender.image() else {
            return Ok((sender, None));
        };
        let now = shared.clock.now();
        let id = shared
            .attachments
            .of(self.account.id, page, url, now)
            .await?;
        let Some(id) = id else {
            return Ok((sender, None));
        };
        let url = url.to_owned();
        Ok((sender.with_attachment(&id), Some(url)))
    }

    /// An image may be gone at Meta before its time: then it is uploaded again, and nothing is given up.
    pub(super) async fn may_have_lost(&self, uploaded: Option<&str>) -> anyhow::Result<bool> {
        let Some(url) = uploaded else {
            return Ok(false);
        };
        let shared = &self.account.shared;
        let now = shared.clock.now();
        shared.attachments.forget(self.account.id, url, now).await
    }

    /// Those whom the channel lets the account reach today, or how long there is nobody.
    pub(super) async fn admitted(
        &self,
        kit: &Kit,
        request: &Request,
        few: Recipients,
    ) -> anyhow::Result<Result<Recipients, Duration>> {
        let shared = &self.account.shared;
        let Some((number, business_account_id)) = kit.sender.counted() else {
            return Ok(Ok(few));
        };
        let limit = shared.daily.limit(business_account_id, number).await;
        let Some(DailyLimit::People(limit)) = limit else {
            return Ok(Ok(few));
        };
        let places: Vec<u32> = few.iter().collect();
        let people: Vec<[u8; 32]> = places
            .iter()
            .map(|place| kit.lookup.phone(request.address(*place)))
            .collect();
        let now = shared.clock.now();
        let admitted = shared
            .daily
            .admit(business_account_id, limit, &people, now)
            .await?;
        if let Some(wait) = admitted.wait {
            info!(
                account.id = %self.account.id,
                limit,
                "the account has reached all the people that it may today"
            );
            return Ok(Err(wait));
        }
        let admitted = admitted.places.into_iter();
        let places = admitted.filter_map(|at| places.get(at).copied());
        Ok(Ok(places
            .map(|place| place..place.saturating_add(1))
            .collect()))
    }
}
