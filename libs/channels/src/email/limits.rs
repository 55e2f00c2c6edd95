//! Where no standard has a limit, one is set that no honest mail reaches.

/// RFC 5322's longest line, unfolded.
pub const SUBJECT_CHARS_MAX: usize = 998;
/// Ours: ten times what Gmail shows before it cuts a mail off.
pub const HTML_BYTES_MAX: usize = 1024 * 1024;
/// Ours: with a dot or a plus before it, it fits in the 64 bytes that RFC 5321 has for the part before the `@`.
pub const CORRELATION_BYTES_MAX: usize = 46;
/// Ours: a report holds the mail that it is about, at most.
pub const REPORT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// RFC 5321, 4.5.3.1.
pub(super) const LOCAL_BYTES_MAX: usize = 64;
pub(super) const ADDRESS_BYTES_MAX: usize = 254;
/// RFC 5322, 2.1.1, without its line's name and end.
pub(super) const URL_BYTES_MAX: usize = 900;
