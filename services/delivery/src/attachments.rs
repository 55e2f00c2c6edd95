use std::sync::Arc;

use anyhow::Context as _;
use channels::messenger::MessengerClient;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use tokio::sync::Mutex;
use tracing::warn;
use uuid::Uuid;

/// Meta forgets an image after 90 days; a broadcast may take some of the rest.
const RENEWED_AFTER: TimeDelta = TimeDelta::days(80);
/// What was uploaded within it and is refused is refused for what it is.
const RECENT: TimeDelta = TimeDelta::minutes(10);

/// Images that pages have uploaded, each once.
#[derive(Debug, Clone)]
pub(crate) struct Attachments {
    pool: PgPool,
    /// One upload at a time: others may be after the same image.
    uploading: Arc<Mutex<()>>,
}

impl Attachments {
    pub(crate) fn new(pool: PgPool) -> Self {
        Self {
            pool,
            uploading: Arc::default(),
        }
    }

    /// Meta's id of the image, which is uploaded first if it has to be.
    ///
    /// `None`: it can't be uploaded. Then its address is sent, and what is wrong with it is told by the answer.
    pub(crate) async fn of(
        &self,
        account_id: Uuid,
        page: &MessengerClient,
        url: &str,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Option<String>> {
        let since = now - RENEWED_AFTER;
        if let Some(known) = self.find(account_id, url, since).await? {
            return Ok(Some(known));
        }
        let _one = self.uploading.lock().await;
        if let Some(known) = self.find(account_id, url, since).await? {
            return Ok(Some(known));
        }
        let uploaded = match page.upload_image(url).await {
            Ok(uploaded) => uploaded,
            Err(error) => {
                warn!(account.id = %account_id, %error, "an image can't be uploaded; its address is sent");
                return Ok(None);
            }
        };
        sqlx::query!(
            "INSERT INTO messenger_attachments VALUES ($1, $2, $3, $4)
             ON CONFLICT (account_id, url) DO UPDATE
             SET attachment_id = excluded.attachment_id, uploaded_at = excluded.uploaded_at",
            account_id,
            url,
            uploaded,
            now,
        )
        .execute(&self.pool)
        .await
        .context("cannot keep an uploaded image")?;
        Ok(Some(uploaded))
    }

    /// After a refusal: the next one to need the image uploads it again. False: it was uploaded just now, so that is
    /// not why.
    pub(crate) async fn forget(
        &self,
        account_id: Uuid,
        url: &str,
        now: DateTime<Utc>,
    ) -> anyhow::Result<bool> {
        let forgotten = sqlx::query!(
            "DELETE FROM messenger_attachments
             WHERE account_id = $1 AND url = $2 AND uploaded_at < $3",
            account_id,
            url,
            now - RECENT,
        )
        .execute(&self.pool)
        .await
        .context("cannot forget an uploaded image")?;
        Ok(forgotten.rows_affected() > 0)
    }

    async fn find(
        &self,
        account_id: Uuid,
        url: &str,
        since: DateTime<Utc>,
    ) -> anyhow::Result<Option<String>> {
        sqlx::query_scalar!(
            "SELECT attachment_id FROM messenger_attachments
             WHERE account_id = $1 AND url = $2 AND uploaded_at >= $3",
            account_id,
            url,
            since,
        )
        .fetch_optional(&self.pool)
        .await
        .context("cannot look an uploaded image up")
    }
}
