//! What the numbers of a report mean, and how they are worked out. Pure: no clock, no I/O.

mod absent;
mod attribution;
mod currency;
mod definitions;
mod figures;
mod money;
mod price;
mod price_list;
mod ratio;
mod terms;

pub use self::{
    absent::Absent,
    attribution::{ATTRIBUTION_WINDOW, Click, attribute},
    currency::{Currency, InvalidCurrency},
    definitions::DEFINITIONS_VERSION,
    figures::{Basis, Figures, Orders},
    money::{Money, MoneyError},
    price::MessagePrice,
    price_list::{PriceList, PriceListError},
    ratio::roas,
    terms::{Terms, price_at},
};
