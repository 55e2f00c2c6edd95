//! Asks the service, as a member of a team.

use bootstrap::{AuthConfig, PageTokens, Principal};
use proto::reporting::v1::{
    AttributedOrder, BroadcastReport, GetBroadcastReportRequest, ListAttributedOrdersRequest,
    ListAttributedOrdersResponse, ListBroadcastReportsRequest, ListBroadcastReportsResponse,
    ListRecipientsRequest, ListRecipientsResponse, Recipient, RecipientStatus,
    reporting_service_server::ReportingService as _,
};
use reporting::{Freshness, ReportingGrpc};
use reporting_domain::PriceList;
use sqlx::PgPool;
use tonic::{Code, Request, Status};
use uuid::Uuid;

pub(crate) const EVERY_LIST: [RecipientStatus; 12] = [
    RecipientStatus::Audience,
    RecipientStatus::LeftOut,
    RecipientStatus::Sent,
    RecipientStatus::Failed,
    RecipientStatus::Unknown,
    RecipientStatus::NotSent,
    RecipientStatus::Pending,
    RecipientStatus::Clicked,
    RecipientStatus::Delivered,
    RecipientStatus::Read,
    RecipientStatus::DeliveryOpen,
    RecipientStatus::Held,
];

#[derive(Debug)]
pub(crate) struct Reader {
    service: ReportingGrpc,
    pub(crate) team: Uuid,
}

impl Reader {
    pub(crate) fn new(pool: &PgPool, team: Uuid) -> Self {
        let auth = AuthConfig {
            secret: "a secret of at least 32 characters".into(),
        };
        let service = ReportingGrpc::new(
            pool.clone(),
            Freshness::new(Vec::new()),
            PriceList::built_in().unwrap(),
            PageTokens::new(&auth),
        );
        Self { service, team }
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.extensions_mut().insert(Principal {
            team_id: self.team,
            subject: "mia".to_owned(),
        });
        request
    }

    pub(crate) async fn report(&self, broadcast: Uuid) -> Result<BroadcastReport, Status> {
        let request = self.request(GetBroadcastReportRequest {
            broadcast_id: broadcast.to_string(),
            ..GetBroadcastReportRequest::default()
        });
        let response = self.service.get_broadcast_report(request).await?;
        Ok(response.into_inner().report.unwrap())
    }

    pub(crate) async fn reports_page(
        &self,
        page_size: i32,
        page_token: String,
    ) -> Result<ListBroadcastReportsResponse, Status> {
        let request = self.request(ListBroadcastReportsRequest {
            page_size,
            page_token,
            ..ListBroadcastReportsRequest::default()
        });
        Ok(self
            .service
            .list_broadcast_reports(request)
            .await?
            .into_inner())
    }

    pub(crate) async fn recipients_page(
        &self,
        broadcast: Uuid,
        status: RecipientStatus,
        page_size: i32,
        page_token: String,
    ) -> Result<ListRecipientsResponse, Status> {
        let request = self.request(ListRecipientsRequest {
            broadcast_id: broadcast.to_string(),
            status: status.into(),
            page_size,
            page_token,
            ..ListRecipientsRequest::default()
        });
        Ok(self.service.list_recipients(request).await?.into_inner())
    }

    pub(crate) async fn orders_page(
        &self,
        broadcast: Uuid,
        page_size: i32,
        page_token: String,
    ) -> Result<ListAttributedOrdersResponse, Status> {
        let request = self.request(ListAttributedOrdersRequest {
            broadcast_id: broadcast.to_string(),
            page_size,
            page_token,
            ..ListAttributedOrdersRequest::default()
        });
        Ok(self
            .service
            .list_attributed_orders(request)
            .await?
            .into_inner())
    }

    /// Every report, page by page.
    pub(crate) async fn reports(&self, page_size: i32) -> Vec<BroadcastReport> {
        let mut all = Vec::new();
        let mut token = String::new();
        loop {
            let page = self.reports_page(page_size, token).await.unwrap();
            assert!(page.reports.len() <= usize::try_from(page_size).unwrap());
            all.extend(page.reports);
            token = page.next_page_token;
            if token.is_empty() {
                return all;
            }
        }
    }

    /// A whole list, page by page. Its length is its total. `None`: the report has no such number.
    pub(crate) async fn recipients(
        &self,
        broadcast: Uuid,
        status: RecipientStatus,
        page_size: i32,
    ) -> Option<Vec<Recipient>> {
        let mut all = Vec::new();
        let mut token = String::new();
        loop {
            let page = self.recipients_page(broadcast, status, page_size, token);
            let page = match page.await {
                Ok(page) => page,
                Err(refused) => {
                    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused:?}");
                    return None;
                }
            };
            assert!(page.recipients.len() <= usize::try_from(page_size).unwrap());
            all.extend(page.recipients);
            token = page.next_page_token;
            if token.is_empty() {
                assert_eq!(i64::try_from(all.len()).unwrap(), page.total);
                return Some(all);
            }
        }
    }

    /// All orders of a broadcast, page by page. Their number is the total.
    pub(crate) async fn orders(&self, broadcast: Uuid, page_size: i32) -> Vec<AttributedOrder> {
        let mut all = Vec::new();
        let mut token = String::new();
        loop {
            let page = self.orders_page(broadcast, page_size, token).await.unwrap();
            all.extend(page.orders);
            token = page.next_page_token;
            if token.is_empty() {
                assert_eq!(i64::try_from(all.len()).unwrap(), page.total);
                return all;
            }
        }
    }
}
