//! Waiting for what happens on its own time.

use std::time::Duration;

use tokio::time::{sleep, timeout};

const LIMIT: Duration = Duration::from_secs(20);
const INTERVAL: Duration = Duration::from_millis(10);

/// Asks again and again until there is an answer. Panics with `what` when there is none for 20 seconds.
pub async fn eventually<T, F>(what: &str, mut poll: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let answer = async {
        loop {
            if let Some(answer) = poll().await {
                return answer;
            }
            sleep(INTERVAL).await;
        }
    };
    match timeout(LIMIT, answer).await {
        Ok(answer) => answer,
        Err(_elapsed) => panic!("not within {} s: {what}", LIMIT.as_secs()),
    }
}
