use std::time::Instant;
use test_support::*;
#[tokio::test]
async fn timing() {
    let db = TestDatabase::create(Database::Contacts).await;
    for s in ["wal_log", "file_copy", "wal_log", "file_copy"] {
    for i in 0..6 {
        let t = Instant::now();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create database x{s}{i} strategy {s}"))).execute(&db.pool).await.unwrap();
        eprint!(" {s} {:?}", t.elapsed());
    }
    for i in 0..6 {
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("drop database x{s}{i}"))).execute(&db.pool).await.unwrap();
    }
    eprintln!();
    }
}
