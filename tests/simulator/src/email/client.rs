use std::collections::HashMap;

use reqwest::Method;

use super::{
    MailDelivery, MailFault, MailReported, MailSettings, MailTotals, MailboxState,
    control::SetMailFaults,
};
use crate::control::Control;

impl Control {
    /// Sets the SMTP server anew, for sessions that begin from now on.
    pub async fn set_mail(&self, settings: &MailSettings) -> anyhow::Result<()> {
        self.tell(Method::PUT, "mail", settings).await
    }

    /// What becomes of mail for these addresses.
    pub async fn set_mailboxes(
        &self,
        states: &HashMap<String, MailboxState>,
    ) -> anyhow::Result<()> {
        self.tell(Method::PUT, "mail/mailboxes", states).await
    }

    /// These faults and no others at the SMTP server, from now on.
    pub async fn set_mail_faults(&self, seed: u64, faults: Vec<MailFault>) -> anyhow::Result<()> {
        let set = SetMailFaults { seed, faults };
        self.tell(Method::PUT, "mail/faults", &set).await
    }

    pub async fn mail_totals(&self) -> anyhow::Result<MailTotals> {
        self.get("mail/totals").await
    }

    pub async fn mail_deliveries(&self) -> anyhow::Result<Vec<MailDelivery>> {
        self.get("mail/deliveries").await
    }

    pub async fn mail_deliveries_to(&self, address: &str) -> anyhow::Result<Vec<MailDelivery>> {
        self.get(&format!("mail/deliveries/{address}")).await
    }

    /// Bounces and complaints about what was delivered since the last time.
    pub async fn mail_reports(&self) -> anyhow::Result<Vec<MailReported>> {
        self.ask(Method::POST, "mail/reports", Some(&())).await
    }
}
