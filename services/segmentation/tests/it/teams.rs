use proto::segmentation::v1::ListContactsRequest;

use crate::{
    app::{ACCOUNT, App, OTHER_TEAM, TEAM},
    people::person,
};

#[tokio::test]
async fn another_team_sees_nobody() {
    let app = App::start().await;
    let ours = app.import(TEAM, &[person(1, &["repeat"])]).await;
    assert_eq!(app.count(None, &ours).await, 1);
    let token = app
        .import(
            OTHER_TEAM,
            &[person(2, &["repeat"]), person(3, &["repeat"])],
        )
        .await;
    let mut other = app.client(OTHER_TEAM, "person:other");
    for account_id in [String::new(), ACCOUNT.to_string()] {
        let request = ListContactsRequest {
            account_id,
            consistency_token: token.clone(),
            ..ListContactsRequest::default()
        };
        let listed = other
            .list_contacts(request)
            .await
            .unwrap()
            .into_inner()
            .contacts;
        let mut names: Vec<String> = listed
            .into_iter()
            .map(|contact| contact.display_name)
            .collect();
        names.sort_unstable();
        assert_eq!(names, ["Person 2", "Person 3"]);
    }
}
