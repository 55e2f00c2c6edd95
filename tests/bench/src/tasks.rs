use anyhow::Context as _;
use tokio::task::JoinSet;

/// What a set of tasks came to, or what the first that failed says.
pub(crate) async fn all<T: 'static>(
    mut tasks: JoinSet<anyhow::Result<T>>,
) -> anyhow::Result<Vec<T>> {
    let mut results = Vec::with_capacity(tasks.len());
    while let Some(result) = tasks.join_next().await {
        results.push(result.context("a task panicked")??);
    }
    Ok(results)
}
