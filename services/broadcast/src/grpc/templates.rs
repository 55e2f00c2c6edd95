use std::time::Duration;

use bootstrap::principal;
use channels::meta::{self, Quality, Template, TemplateButton};
use event_bus::Progress;
use proto::broadcast::v1::{
    ApprovedTemplate, ListTemplatesRequest, ListTemplatesResponse, TemplateCategory,
    TemplateQuality, TemplateStatus, templates_service_server::TemplatesService,
};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use crate::{
    asking::{AskError, Asking},
    queries::find_account,
    status,
};

const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Templates of the caller's own team's accounts.
#[derive(Debug)]
pub(crate) struct TemplatesGrpc {
    pub(crate) pool: PgPool,
    pub(crate) accounts: Progress,
    pub(crate) asking: Asking,
}

#[tonic::async_trait]
impl TemplatesService for TemplatesGrpc {
    #[tracing::instrument(skip_all, fields(account.id = request.get_ref().account_id))]
    async fn list_templates(
        &self,
        request: Request<ListTemplatesRequest>,
    ) -> Result<Response<ListTemplatesResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let account_id = status::parse_id("account_id", &request.account_id)?;
        let token = status::parse_token(&request.consistency_token)?;
        status::caught_up(&self.accounts, &token).await?;
        let account = find_account(&self.pool, team_id, account_id).await;
        let account = account
            .map_err(|error| bootstrap::internal(&error))?
            .ok_or_else(status::no_account)?;
        let templates = self.asking.templates(team_id, &account).await;
        let mut templates = templates.map_err(refused)?;
        templates.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(Response::new(ListTemplatesResponse {
            templates: templates.into_iter().map(shown).collect(),
        }))
    }
}

fn refused(error: AskError) -> Status {
    match error {
        AskError::NoTemplates => bootstrap::failed_precondition(
            "CHANNEL_HAS_NO_TEMPLATES",
            "templates are Messenger's and WhatsApp's; this account is of another channel",
        ),
        AskError::Incomplete(what) => bootstrap::failed_precondition(
            "ACCOUNT_INCOMPLETE",
            format!("the account was connected without its {what}; rotate the credentials with it"),
        ),
        AskError::Refused(detail) => bootstrap::failed_precondition(
            "CREDENTIALS_REFUSED",
            format!(
                "Meta refuses the account: {detail}; rotate its credentials, or connect it anew"
            ),
        ),
        AskError::Unreachable => bootstrap::unavailable(
            "CHANNEL_UNREACHABLE",
            "Meta does not answer at the moment; ask again",
            RETRY_AFTER,
        ),
        AskError::Vault(error) => bootstrap::internal(&error),
        AskError::Malformed(error) => bootstrap::internal(&error),
    }
}

fn shown(template: Template) -> ApprovedTemplate {
    let buttons = template.buttons().iter().map(|button| match button {
        TemplateButton::Url { text, .. } | TemplateButton::QuickReply { text } => text.clone(),
        TemplateButton::CopyCode => "Copy code".to_owned(),
        TemplateButton::Other(kind) => kind.clone(),
    });
    ApprovedTemplate {
        buttons: buttons.collect(),
        body: template.body().to_owned(),
        cards: u32::try_from(template.cards().len()).unwrap_or_default(),
        status: status_of(&template.status).into(),
        category: category_of(&template.category).into(),
        quality: quality_of(template.quality).into(),
        rejected_reason: template.rejected_reason.unwrap_or_default(),
        name: template.key.name,
        language: template.key.language,
    }
}

fn status_of(status: &meta::TemplateStatus) -> TemplateStatus {
    match status {
        meta::TemplateStatus::Approved => TemplateStatus::Approved,
        meta::TemplateStatus::Pending => TemplateStatus::Pending,
        meta::TemplateStatus::Rejected => TemplateStatus::Rejected,
        meta::TemplateStatus::Paused => TemplateStatus::Paused,
        meta::TemplateStatus::Disabled => TemplateStatus::Disabled,
        meta::TemplateStatus::Other(_) => TemplateStatus::Unspecified,
    }
}

fn category_of(category: &meta::TemplateCategory) -> TemplateCategory {
    match category {
        meta::TemplateCategory::Marketing => TemplateCategory::Marketing,
        meta::TemplateCategory::Utility => TemplateCategory::Utility,
        meta::TemplateCategory::Authentication => TemplateCategory::Authentication,
        meta::TemplateCategory::Other(_) => TemplateCategory::Unspecified,
    }
}

fn quality_of(quality: Quality) -> TemplateQuality {
    match quality {
        Quality::Green => TemplateQuality::High,
        Quality::Yellow => TemplateQuality::Medium,
        Quality::Red => TemplateQuality::Low,
        Quality::Unknown => TemplateQuality::Unspecified,
    }
}
