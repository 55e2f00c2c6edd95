use proto::broadcast::v1::{ApprovedTemplate, ListTemplatesRequest};

use super::{account, text};
use crate::{
    cli::TemplateCommand,
    client::Client,
    output::{Output, table},
};

/// Enough to tell templates apart in a table; `--json` has all of it.
const BODY_CHARS: usize = 40;

pub(crate) async fn run(command: TemplateCommand, output: Output) -> anyhow::Result<()> {
    let mut client = Client::load()?;
    let TemplateCommand::List { account } = command;
    let request = ListTemplatesRequest {
        account_id: account::resolve(&mut client, account).await?,
        consistency_token: String::new(),
    };
    let response = client.templates.list_templates(request).await?;
    output.message(&response.into_inner(), |response| {
        if response.templates.is_empty() {
            return "Meta has no template of this account yet".to_owned();
        }
        let mut table = table(["Name", "Language", "Status", "Category", "Quality", "Text"]);
        for template in &response.templates {
            table.add_row(row(template));
        }
        table.to_string()
    })
}

fn row(template: &ApprovedTemplate) -> [String; 6] {
    [
        template.name.clone(),
        template.language.clone(),
        text::short(template.status().as_str_name(), "TEMPLATE_STATUS_"),
        text::short(template.category().as_str_name(), "TEMPLATE_CATEGORY_"),
        text::short(template.quality().as_str_name(), "TEMPLATE_QUALITY_"),
        beginning(&template.body),
    ]
}

fn beginning(body: &str) -> String {
    let line = body.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= BODY_CHARS {
        return line;
    }
    let beginning: String = line.chars().take(BODY_CHARS).collect();
    format!("{beginning}…")
}
