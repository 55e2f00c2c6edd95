//! What each number of a report counts. A number that has no source is absent, with a reason, and
//! never 0.
//!
//! | number | is |
//! |---|---|
//! | audience | people frozen in, each once; the sum of the five below |
//! | sent | of them, those whose message the channel accepted |
//! | failed | those whom the channel refused for good, by class and code |
//! | unknown | those of whom nobody can tell whether the message left |
//! | `not_sent` | those not sent to, since the broadcast stopped before |
//! | pending | those without an outcome yet |
//! | `left_out` | people who matched and were not frozen in, each for one reason |
//! | delivered, read | absent: LINE does not tell either of a single person |
//! | clicked | browsers with at least one click by a person; crawlers and previews don't count. Absent where the broadcast has no tracked link |
//! | ctr | clicked / sent, since delivery is not known. Absent where nobody was sent to |
//! | orders | orders whose [last click](crate::attribute) was on this broadcast's links. Absent until the team's first order has arrived from anywhere: until then nobody can tell "no orders" from "not connected" |
//! | revenue | the sum of those orders, one amount a currency. With no orders there is no amount. Absent where a sum is larger than can be told |
//! | cost | the price in force when the broadcast was confirmed × sent. LINE bills a person, not a bubble. The account's own price wins over the [list](crate::PriceList) |
//! | roas | revenue / cost. With no orders it is 0.00. Absent where either is, where the cost is 0, and where any revenue is in another currency |

/// Which of these a report follows. Another meaning of any number is another version.
pub const DEFINITIONS_VERSION: &str = "2026-11";
