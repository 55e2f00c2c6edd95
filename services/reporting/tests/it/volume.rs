//! A million people.

use proto::reporting::v1::RecipientStatus;
use sqlx::query_scalar;

use crate::{facts::Facts, projector::projected, reader::Reader, self_check::assert_consistent};

const PEOPLE: usize = 1_000_000;
const CHUNKS: i64 = 2_000;

#[tokio::test]
async fn a_million_people_are_a_row_a_chunk_and_listed_one_by_one() {
    let mut facts = Facts::of_a_team();
    let broadcast = facts.sent_to(PEOPLE);
    let database = projected(&facts).await;
    assert_consistent(&database.pool).await;
    let chunks = query_scalar!(r#"SELECT count(*) AS "count!" FROM chunks"#);
    assert_eq!(chunks.fetch_one(&database.pool).await.unwrap(), CHUNKS);
    let runs = query_scalar!(r#"SELECT count(*) AS "count!" FROM outcome_runs"#);
    assert_eq!(runs.fetch_one(&database.pool).await.unwrap(), CHUNKS);

    let reader = Reader::new(&database.pool, facts.team);
    assert_eq!(reader.report(broadcast).await.unwrap().sent, 1_000_000);
    let mut people = facts.broadcasts[0]
        .chunks
        .iter()
        .flat_map(|chunk| &chunk.contacts);
    let mut token = String::new();
    for _ in 0..3 {
        let page = reader
            .recipients_page(broadcast, RecipientStatus::Sent, 1_000, token)
            .await
            .unwrap();
        assert_eq!((page.recipients.len(), page.total), (1_000, 1_000_000));
        for person in page.recipients {
            assert_eq!(person.contact_id, people.next().unwrap().to_string());
        }
        token = page.next_page_token;
    }
}
