use axum::http::{HeaderMap, header};
use uuid::Uuid;

const COOKIE: &str = "ff_visitor";
/// A year: longer than any attribution window.
const MAX_AGE_SECONDS: u32 = 365 * 24 * 60 * 60;

/// The browser's own id, if it has been here before.
pub(crate) fn from_cookie(headers: &HeaderMap) -> Option<Uuid> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))
        .find_map(|id| Uuid::parse_str(id).ok())
}

/// Makes the browser remember `visitor`. It holds no personal data, only a random number.
pub(crate) fn to_cookie(visitor: Uuid) -> String {
    format!("{COOKIE}={visitor}; Path=/; Max-Age={MAX_AGE_SECONDS}; HttpOnly; SameSite=Lax")
}

/// `target` with the visitor's id as `ffv`, by which the shop's page can name it with an order.
pub(crate) fn with_visitor(target: &str, visitor: Uuid) -> String {
    let (address, fragment) = match target.split_once('#') {
        Some((address, fragment)) => (address, Some(fragment)),
        None => (target, None),
    };
    let joint = if address.contains('?') { '&' } else { '?' };
    let mut led = format!("{address}{joint}ffv={visitor}");
    if let Some(fragment) = fragment {
        led.push('#');
        led.push_str(fragment);
    }
    led
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_visitor_is_added_before_the_fragment() {
        let visitor = Uuid::nil();
        let led = |target| with_visitor(target, visitor);
        assert_eq!(
            led("https://a.example/p"),
            format!("https://a.example/p?ffv={visitor}")
        );
        assert_eq!(
            led("https://a.example/p?x=1#top"),
            format!("https://a.example/p?x=1&ffv={visitor}#top")
        );
    }

    #[test]
    fn a_cookie_is_read_back() {
        let visitor = Uuid::from_u128(7);
        let mut headers = HeaderMap::new();
        let cookies = format!("other=1; {}", to_cookie(visitor).split(';').next().unwrap());
        headers.insert(header::COOKIE, cookies.parse().unwrap());
        assert_eq!(from_cookie(&headers), Some(visitor));
        assert_eq!(from_cookie(&HeaderMap::new()), None);
    }
}
