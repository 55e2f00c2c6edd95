use bootstrap::{PageTokens, page_size, principal};
use events::to_timestamp;
use proto::{
    common::v1::Money,
    reporting::v1::{
        self as api, GetBroadcastReportRequest, GetBroadcastReportResponse,
        ListAttributedOrdersRequest, ListAttributedOrdersResponse, ListBroadcastReportsRequest,
        ListBroadcastReportsResponse, ListRecipientsRequest, ListRecipientsResponse,
        RecipientStatus, reporting_service_server::ReportingService,
    },
};
use reporting_domain::PriceList;
use sqlx::{PgPool, PgTransaction};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    freshness::Freshness,
    paging::Tokens,
    queries::{
        AttributedOrder, Broadcast, Counts, Cursor as _, count, find_broadcast,
        list_attributed_orders, list_broadcasts, snapshot,
    },
    recipient_lists::List,
    reports::reports_of,
    status::{failed, invalid_id, no_list, no_such_broadcast, number_absent},
};

const REPORTS_DEFAULT: u32 = 20;
const REPORTS_MAX: u32 = 100;
const PEOPLE_DEFAULT: u32 = 50;
const PEOPLE_MAX: u32 = 1000;

/// Answers from the read models. Each answer is of one moment, so its numbers add up.
#[derive(Debug)]
pub struct ReportingGrpc {
    pool: PgPool,
    freshness: Freshness,
    prices: PriceList,
    pages: PageTokens,
}

impl ReportingGrpc {
    pub fn new(pool: PgPool, freshness: Freshness, prices: PriceList, pages: PageTokens) -> Self {
        Self {
            pool,
            freshness,
            prices,
            pages,
        }
    }

    fn tokens(&self, team_id: Uuid, fingerprint: String) -> Tokens<'_> {
        Tokens {
            pages: &self.pages,
            team_id,
            fingerprint,
        }
    }

    async fn snapshot(&self, consistency_token: &str) -> Result<PgTransaction<'static>, Status> {
        self.freshness.wait_for(consistency_token).await?;
        snapshot(&self.pool).await.map_err(|error| failed(&error))
    }
}

#[tonic::async_trait]
impl ReportingService for ReportingGrpc {
    async fn get_broadcast_report(
        &self,
        request: Request<GetBroadcastReportRequest>,
    ) -> Result<Response<GetBroadcastReportResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let broadcast_id = parse_id("broadcast_id", &request.broadcast_id)?;

        let mut tx = self.snapshot(&request.consistency_token).await?;
        let broadcast = get_broadcast(&mut tx, team_id, broadcast_id).await?;
        let reports = reports_of(&mut tx, team_id, vec![broadcast], &self.prices)
            .await
            .map_err(|error| failed(&error))?;
        Ok(Response::new(GetBroadcastReportResponse {
            report: reports.into_iter().next(),
        }))
    }

    async fn list_broadcast_reports(
        &self,
        request: Request<ListBroadcastReportsRequest>,
    ) -> Result<Response<ListBroadcastReportsResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let limit = page_size(request.page_size, REPORTS_DEFAULT, REPORTS_MAX)?;
        let tokens = self.tokens(team_id, "ListBroadcastReports".to_owned());
        let after = tokens.open_key(&request.page_token)?;

        let mut tx = self.snapshot(&request.consistency_token).await?;
        let page = list_broadcasts(&mut tx, team_id, after, limit)
            .await
            .map_err(|error| failed(&error))?;
        let reports = reports_of(&mut tx, team_id, page.items, &self.prices)
            .await
            .map_err(|error| failed(&error))?;
        Ok(Response::new(ListBroadcastReportsResponse {
            reports,
            next_page_token: tokens.seal(page.next.map(|key| key.to_cursor())),
        }))
    }

    async fn list_recipients(
        &self,
        request: Request<ListRecipientsRequest>,
    ) -> Result<Response<ListRecipientsResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let broadcast_id = parse_id("broadcast_id", &request.broadcast_id)?;
        if request.status() == RecipientStatus::Unspecified {
            return Err(no_list());
        }
        let limit = page_size(request.page_size, PEOPLE_DEFAULT, PEOPLE_MAX)?;
        let fingerprint = format!("ListRecipients {broadcast_id} {}", request.status);
        let tokens = self.tokens(team_id, fingerprint);
        let cursor = tokens.open(&request.page_token)?;

        let mut tx = self.snapshot(&request.consistency_token).await?;
        let broadcast = get_broadcast(&mut tx, team_id, broadcast_id).await?;
        let list = List::of(request.status(), broadcast.channel).ok_or_else(no_list)?;
        if list == List::Absent {
            return Err(number_absent());
        }
        let counts = count(&mut tx, team_id, &[broadcast_id])
            .await
            .map_err(|error| failed(&error))?;
        let (recipients, next) = list
            .page(&mut tx, team_id, &broadcast, cursor.as_deref(), limit)
            .await
            .map_err(|error| failed(&error))?;
        Ok(Response::new(ListRecipientsResponse {
            recipients,
            next_page_token: tokens.seal(next),
            total: counts
                .get(&broadcast_id)
                .map_or(0, |counts| list.total(counts)),
        }))
    }

    async fn list_attributed_orders(
        &self,
        request: Request<ListAttributedOrdersRequest>,
    ) -> Result<Response<ListAttributedOrdersResponse>, Status> {
        let team_id = principal(&request)?.team_id;
        let request = request.into_inner();
        let broadcast_id = parse_id("broadcast_id", &request.broadcast_id)?;
        let limit = page_size(request.page_size, PEOPLE_DEFAULT, PEOPLE_MAX)?;
        let tokens = self.tokens(team_id, format!("ListAttributedOrders {broadcast_id}"));
        let after = tokens.open_key(&request.page_token)?;

        let mut tx = self.snapshot(&request.consistency_token).await?;
        get_broadcast(&mut tx, team_id, broadcast_id).await?;
        let counts = count(&mut tx, team_id, &[broadcast_id])
            .await
            .map_err(|error| failed(&error))?;
        let page = list_attributed_orders(&mut tx, team_id, broadcast_id, after.as_ref(), limit)
            .await
            .map_err(|error| failed(&error))?;
        Ok(Response::new(ListAttributedOrdersResponse {
            orders: page.items.into_iter().map(shown).collect(),
            next_page_token: tokens.seal(page.next.map(|key| key.to_cursor())),
            total: counts.get(&broadcast_id).map_or(0, Counts::orders),
        }))
    }
}

async fn get_broadcast(
    tx: &mut PgTransaction<'_>,
    team_id: Uuid,
    broadcast_id: Uuid,
) -> Result<Broadcast, Status> {
    find_broadcast(tx, team_id, broadcast_id)
        .await
        .map_err(|error| failed(&error))?
        .ok_or_else(no_such_broadcast)
}

fn parse_id(field: &str, value: &str) -> Result<Uuid, Status> {
    Uuid::parse_str(value).map_err(|_| invalid_id(field))
}

fn shown(order: AttributedOrder) -> api::AttributedOrder {
    api::AttributedOrder {
        order_id: order.order_id,
        placed_at: Some(to_timestamp(order.placed_at)),
        total: Some(Money {
            currency: order.currency,
            minor_units: order.minor_units,
        }),
        clicked_at: Some(to_timestamp(order.clicked_at)),
        ground: "VISITOR".to_owned(),
    }
}
