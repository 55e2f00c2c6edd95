//! Waiting for what happens on its own time.

use std::time::Duration;

use tokio::time::{sleep, timeout};

const LIMIT: Duration = Duration::from_mins(1);
const INTERVAL: Duration = Duration::from_millis(10);

/// Asks again and again until there is an answer. Panics with `what` when there is none for 60 seconds.
pub async fn eventually<T>(what: &str, mut poll: impl AsyncFnMut() -> Option<T>) -> T {
    let answer = async {
        loop {
            if let Some(answer) = poll().await {
                return answer;
            }
            sleep(INTERVAL).await;
        }
    };
    timeout(LIMIT, answer)
        .await
        .unwrap_or_else(|_| panic!("not within {} s: {what}", LIMIT.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::eventually;

    #[tokio::test]
    async fn the_first_answer_ends_the_wait() {
        let mut polls = 0;

        let answer = eventually("the third poll answers", async || {
            polls += 1;
            (polls == 3).then_some("here")
        })
        .await;

        assert_eq!(answer, "here");
        assert_eq!(polls, 3);
    }
}
