use ring::hmac;

/// Of what a token says, for one purpose: a token for another is worth nothing.
pub(crate) fn mac<const BYTES: usize>(secret: &[u8], purpose: &str, says: &[u8]) -> [u8; BYTES] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let mut context = hmac::Context::with_key(&key);
    context.update(purpose.as_bytes());
    context.update(says);
    let tag = context.sign();
    let mut mac = [0; BYTES];
    for (byte, from) in mac.iter_mut().zip(tag.as_ref()) {
        *byte = *from;
    }
    mac
}

/// Whether it is the same, in a time that gives no hint.
pub(crate) fn is_same(expected: &[u8], given: &[u8]) -> bool {
    let differences = expected
        .iter()
        .zip(given)
        .fold(0, |found, (a, b)| found | (a ^ b));
    expected.len() == given.len() && differences == 0
}
