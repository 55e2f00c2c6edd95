use std::{collections::BTreeMap, time::Duration};

use reqwest::{Client, Response, Url, header};

const PERSON: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) \
    AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari Line/15.12.0";
/// What LINE fetches link previews as.
const BOT: &str = "facebookexternalhit/1.1;line-poker/1.0";
const TIMEOUT: Duration = Duration::from_secs(10);
const VISITOR_PARAMETER: &str = "ffv";

/// One person's cookies: host and name to value.
pub(crate) type Jar = BTreeMap<(String, String), String>;

/// Follows a link as far as the first answer. `Err` stands for no answer, or one of 400 and above.
pub(super) async fn click(
    client: &Client,
    jar: &mut Jar,
    link: &str,
) -> Result<Option<String>, ()> {
    let url = Url::parse(link).map_err(drop)?;
    let mut request = client
        .get(url.clone())
        .timeout(TIMEOUT)
        .header(header::USER_AGENT, PERSON)
        .header(
            header::ACCEPT,
            "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
        )
        .header(header::ACCEPT_LANGUAGE, "en");
    if let Some(cookies) = cookies(jar, &url) {
        request = request.header(header::COOKIE, cookies);
    }
    let response = request.send().await.map_err(drop)?;
    if response.status().as_u16() >= 400 {
        return Err(());
    }
    let set = keep_cookies(jar, &url, &response);
    Ok(redirected_as(&url, &response).or(set))
}

/// What a preview bot does: no cookies, and the answer is not looked at.
pub(super) async fn fetch_as_bot(client: &Client, link: &str) -> bool {
    let request = client
        .get(link)
        .timeout(TIMEOUT)
        .header(header::USER_AGENT, BOT);
    request.send().await.is_ok()
}

fn cookies(jar: &Jar, url: &Url) -> Option<String> {
    let host = url.host_str()?;
    let cookies: Vec<String> = jar
        .iter()
        .filter(|((of, _), _)| of == host)
        .map(|((_, name), value)| format!("{name}={value}"))
        .collect();
    (!cookies.is_empty()).then(|| cookies.join("; "))
}

/// The value of the first cookie that was set.
fn keep_cookies(jar: &mut Jar, url: &Url, response: &Response) -> Option<String> {
    let host = url.host_str()?.to_owned();
    let mut first = None;
    for cookie in response.headers().get_all(header::SET_COOKIE) {
        let pair = cookie.to_str().ok().and_then(|text| text.split(';').next());
        if let Some((name, value)) = pair.and_then(|pair| pair.split_once('=')) {
            first.get_or_insert_with(|| value.trim().to_owned());
            let key = (host.clone(), name.trim().to_owned());
            jar.insert(key, value.trim().to_owned());
        }
    }
    first
}

fn redirected_as(url: &Url, response: &Response) -> Option<String> {
    let location = response.headers().get(header::LOCATION)?.to_str().ok()?;
    let target = url.join(location).ok()?;
    let mut parameters = target.query_pairs();
    let (_, visitor) = parameters.find(|(name, _)| name == VISITOR_PARAMETER)?;
    Some(visitor.into_owned())
}
