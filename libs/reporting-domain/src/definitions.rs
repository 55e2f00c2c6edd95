//! What each number of a report counts. A number that has no source is absent, with a reason, and
//! never 0.
//!
//! | number | is |
//! |---|---|
//! | audience | people frozen in, each once; the sum of the five below |
//! | sent | of them, those whose message the channel accepted, at once or as it told later, and has not told to have failed |
//! | failed | those whom the channel refused for good, at once or later, by class and code. Whoever was told to have failed and to have got it has got it |
//! | unknown | those of whom nobody can tell whether the message left |
//! | `not_sent` | those not sent to, since the broadcast stopped before |
//! | pending | those without an outcome yet |
//! | `left_out` | people who matched and were not frozen in, each for one reason |
//! | held | of those sent, whom WhatsApp keeps waiting while it checks a template, and of whom it told nothing since |
//! | delivered | of those sent, of whom Messenger or WhatsApp told it, or that they read it. E-mail: all sent, since a mail server took it and no bounce came back. Absent on LINE, which does not tell it of a single person, and until the channel has told anything of the broadcast |
//! | `delivery_open` | sent without delivered: not told yet, and perhaps never. Absent on LINE |
//! | read | of those delivered, of whom Messenger or WhatsApp told it; people may switch that off. Messenger tells that somebody has opened the conversation after the message was sent. Absent on LINE, by e-mail, and until the channel has told anything of the broadcast |
//! | clicked | browsers with at least one click by a person; crawlers and previews don't count. Absent where the broadcast has no tracked link |
//! | ctr | clicked / delivered, or / sent where delivery is not told. Absent where that is nobody |
//! | orders | orders whose [last click](crate::attribute) was on this broadcast's links. Absent until the team's first order has arrived from anywhere: until then nobody can tell "no orders" from "not connected" |
//! | revenue | the sum of those orders, one amount a currency. With no orders there is no amount. Absent where a sum is larger than can be told |
//! | cost | the price in force when the broadcast was confirmed × sent; WhatsApp bills what it delivered. LINE bills a person, not a bubble. The account's own price wins over the [list](crate::PriceList) |
//! | roas | revenue / cost. With no orders it is 0.00. Absent where either is, where the cost is 0, and where any revenue is in another currency |

/// Which of these a report follows. Another meaning of any number is another version.
pub const DEFINITIONS_VERSION: &str = "2026-11.2";
