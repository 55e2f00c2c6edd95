use std::collections::HashMap;

use reqwest::Method;

use super::{
    GraphPosted, GraphTotals, Received,
    control::{SetGraphFaults, Verified},
    faults::GraphFault,
};
use crate::{
    control::Control,
    messenger::{PagePlan, PageSettings, PersonState},
    whatsapp::{ConsumerState, PhonePlan, PhoneSettings, TemplateSettings},
};

impl Control {
    /// Makes a WhatsApp phone number, or sets an existing one anew.
    pub async fn set_phone(&self, id: &str, settings: &PhoneSettings) -> anyhow::Result<()> {
        self.tell(Method::PUT, &format!("phones/{id}"), settings)
            .await
    }

    /// By number, as digits alone, or by business-scoped user id.
    pub async fn set_consumers(
        &self,
        phone: &str,
        states: &HashMap<String, ConsumerState>,
    ) -> anyhow::Result<()> {
        self.tell(Method::PUT, &format!("phones/{phone}/users"), states)
            .await
    }

    pub async fn set_templates(
        &self,
        phone: &str,
        templates: &[TemplateSettings],
    ) -> anyhow::Result<()> {
        self.tell(
            Method::PUT,
            &format!("phones/{phone}/templates"),
            &templates,
        )
        .await
    }

    pub async fn phone_totals(&self, phone: &str) -> anyhow::Result<GraphTotals> {
        self.get(&format!("phones/{phone}/totals")).await
    }

    pub async fn phone_deliveries(&self, phone: &str) -> anyhow::Result<Vec<Received>> {
        self.get(&format!("phones/{phone}/deliveries")).await
    }

    /// Posts statuses and events to the phone's webhook.
    pub async fn phone_webhooks(
        &self,
        phone: &str,
        plan: &PhonePlan,
    ) -> anyhow::Result<Vec<GraphPosted>> {
        let path = format!("phones/{phone}/webhooks");
        self.ask(Method::POST, &path, Some(plan)).await
    }

    /// Makes a Messenger page, or sets an existing one anew.
    pub async fn set_page(&self, id: &str, settings: &PageSettings) -> anyhow::Result<()> {
        self.tell(Method::PUT, &format!("pages/{id}"), settings)
            .await
    }

    pub async fn set_people(
        &self,
        page: &str,
        states: &HashMap<String, PersonState>,
    ) -> anyhow::Result<()> {
        self.tell(Method::PUT, &format!("pages/{page}/users"), states)
            .await
    }

    pub async fn page_totals(&self, page: &str) -> anyhow::Result<GraphTotals> {
        self.get(&format!("pages/{page}/totals")).await
    }

    pub async fn page_deliveries(&self, page: &str) -> anyhow::Result<Vec<Received>> {
        self.get(&format!("pages/{page}/deliveries")).await
    }

    /// Posts echoes, watermarks and events to the page's webhook.
    pub async fn page_webhooks(
        &self,
        page: &str,
        plan: &PagePlan,
    ) -> anyhow::Result<Vec<GraphPosted>> {
        let path = format!("pages/{page}/webhooks");
        self.ask(Method::POST, &path, Some(plan)).await
    }

    /// Whether the phone's webhook passes Meta's check.
    pub async fn verify_phone(&self, phone: &str) -> anyhow::Result<bool> {
        let path = format!("phones/{phone}/verify");
        let verified: Verified = self.ask(Method::POST, &path, Some(&())).await?;
        Ok(verified.verified)
    }

    /// Whether the page's webhook passes Meta's check.
    pub async fn verify_page(&self, page: &str) -> anyhow::Result<bool> {
        let path = format!("pages/{page}/verify");
        let verified: Verified = self.ask(Method::POST, &path, Some(&())).await?;
        Ok(verified.verified)
    }

    /// These faults and no others at Messenger and WhatsApp, from now on.
    pub async fn set_graph_faults(&self, seed: u64, faults: Vec<GraphFault>) -> anyhow::Result<()> {
        self.tell(
            Method::PUT,
            "graph/faults",
            &SetGraphFaults { seed, faults },
        )
        .await
    }
}
