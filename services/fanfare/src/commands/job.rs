use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};
use proto::contacts::v1::{
    CancelJobRequest, GetJobRequest, Job, JobState, ListJobsRequest, ListJobsResponse,
    StartJobRequest, WatchJobRequest,
};

use super::text::{count, short, time};
use crate::{
    cli::JobCommand,
    client::Client,
    output::{Output, table},
};

pub(crate) async fn run(command: JobCommand, output: Output) -> anyhow::Result<()> {
    let mut client = Client::load()?;
    match command {
        JobCommand::List { limit, page_token } => list(client, limit, page_token, output).await,
        JobCommand::Show { job } => {
            let request = GetJobRequest {
                job_id: job,
                consistency_token: String::new(),
            };
            let response = client.jobs.get_job(request).await?.into_inner();
            output.message(&response, |response| jobs_table(response.job.as_slice()))
        }
        JobCommand::Watch { job } => {
            let ended = watch(&mut client, job, output).await?;
            show_end(&ended, output)
        }
        JobCommand::Cancel { job } => {
            let request = CancelJobRequest { job_id: job };
            let response = client.jobs.cancel_job(request).await?.into_inner();
            output.message(&response, |_| {
                "it stops; what was done until then stays done".to_owned()
            })
        }
    }
}

/// Starts a job and, unless nobody waits, shows how far it is until it has ended.
pub(super) async fn start(
    mut client: Client,
    request: StartJobRequest,
    no_wait: bool,
    output: Output,
) -> anyhow::Result<()> {
    let job_id = request.job_id.clone();
    let started = client.jobs.start_job(request).await?.into_inner();
    if no_wait {
        return output.message(&started, |_| {
            format!("started; `fanfare job watch {job_id}` shows how far it is")
        });
    }
    output.note(&format!(
        "started job {job_id}; it goes on without this command too"
    ));
    let ended = watch(&mut client, job_id, output).await?;
    show_end(&ended, output)
}

/// Shows a bar until the job has ended.
async fn watch(client: &mut Client, job_id: String, output: Output) -> anyhow::Result<Job> {
    let again = format!("`fanfare job watch {job_id}` looks again");
    let request = WatchJobRequest {
        job_id,
        consistency_token: String::new(),
    };
    let mut shown = client.jobs.watch_job(request).await?.into_inner();
    let bar = if output.is_json() {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(0)
    };
    bar.set_style(ProgressStyle::with_template(
        "{bar:32} {human_pos}/{human_len} {per_sec} {msg}",
    )?);
    let mut last = None;
    while let Some(response) = shown.message().await.with_context(|| again.clone())? {
        let job = response.job.context("the job is gone")?;
        bar.set_length(job.total.unwrap_or(job.processed).unsigned_abs());
        bar.set_position(job.processed.unsigned_abs());
        if job.state() == JobState::Preparing {
            bar.set_message("finding out whom it is for");
        } else {
            bar.set_message("");
        }
        last = Some(job);
    }
    bar.finish_and_clear();
    last.context(again)
}

fn show_end(job: &Job, output: Output) -> anyhow::Result<()> {
    if job.state() == JobState::Failed {
        bail!("{}", job.message);
    }
    output.message(job, |job| jobs_table(std::slice::from_ref(job)))
}

async fn list(
    mut client: Client,
    limit: i32,
    page_token: String,
    output: Output,
) -> anyhow::Result<()> {
    let request = ListJobsRequest {
        page_size: limit,
        page_token,
        consistency_token: String::new(),
    };
    let response = client.jobs.list_jobs(request).await?.into_inner();
    output.message(&response, |response: &ListJobsResponse| {
        let mut text = jobs_table(&response.jobs);
        if !response.next_page_token.is_empty() {
            text.push_str("\nmore with --page-token ");
            text.push_str(&response.next_page_token);
        }
        text
    })
}

fn jobs_table(jobs: &[Job]) -> String {
    let mut table = table([
        "Job", "Kind", "State", "Done", "Of", "Refused", "Started", "By",
    ]);
    for job in jobs {
        let kind = short(job.kind().as_str_name(), "JOB_KIND_");
        table.add_row([
            job.job_id.clone(),
            if job.dry_run {
                format!("{kind}, dry run")
            } else {
                kind
            },
            short(job.state().as_str_name(), "JOB_STATE_"),
            count(job.processed),
            job.total.map_or_else(|| "-".to_owned(), count),
            count(job.refused),
            time(job.started_at.as_ref()),
            job.actor.clone(),
        ]);
    }
    let mut text = table.to_string();
    for job in jobs.iter().filter(|job| !job.message.is_empty()) {
        for part in ["\n", &job.job_id, ": ", &job.message] {
            text.push_str(part);
        }
    }
    text
}
