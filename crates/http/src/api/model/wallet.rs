//! Wallets and bills, as the API sends them.

use jiff::Timestamp;
use onsale_app::purchases::Payment;
use onsale_booking::bill::Bill;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The record of a payment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "0199d6a0-0000-7000-8000-0000000000b1",
    "concertId": "0199d6a0-0000-7000-8000-0000000000c1", "seatId": "0199d6a0-0000-5000-8000-0000000000a1",
    "seatNo": 7, "holderId": "0199d6a0-0000-7000-8000-000000000001", "amount": 50000,
    "createdAt": "2026-03-01T09:02:00Z", "balance": 50000}))]
pub struct PaymentAnswer {
    /// The bill.
    #[serde(flatten)]
    pub bill: BillAnswer,
    /// The balance left in the wallet, in minor units.
    pub balance: i64,
}

impl PaymentAnswer {
    /// One answer per bill of a payment, in the payment's order.
    pub(in crate::api) fn all(payment: &Payment) -> Vec<Self> {
        let answer = |bill| Self { bill: BillAnswer::from(bill), balance: payment.balance.0 };
        payment.bills.iter().map(answer).collect()
    }
}

/// A bill.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "0199d6a0-0000-7000-8000-0000000000b1",
    "concertId": "0199d6a0-0000-7000-8000-0000000000c1", "seatId": "0199d6a0-0000-5000-8000-0000000000a1",
    "seatNo": 7, "holderId": "0199d6a0-0000-7000-8000-000000000001", "amount": 50000,
    "createdAt": "2026-03-01T09:02:00Z"}))]
pub struct BillAnswer {
    /// Its id.
    pub id: Uuid,
    /// The concert.
    pub concert_id: Uuid,
    /// The seat.
    pub seat_id: Uuid,
    /// The seat's number.
    pub seat_no: u32,
    /// The user who paid and owns the seat.
    pub holder_id: Uuid,
    /// The amount paid, in minor units.
    pub amount: i64,
    /// When it was paid.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl From<&Bill> for BillAnswer {
    fn from(bill: &Bill) -> Self {
        Self {
            id: bill.id.0,
            concert_id: bill.concert.0,
            seat_id: bill.seat.0,
            seat_no: bill.seat_no,
            holder_id: bill.holder.0,
            amount: bill.amount.0,
            created_at: bill.created_at,
        }
    }
}

/// Money to put into the wallet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": 100_000}))]
pub struct ChargeBody {
    /// 1 to 1,000,000,000 minor units.
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub amount: i64,
}

/// A wallet.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"userId": "0199d6a0-0000-7000-8000-000000000001", "amount": 100_000}))]
pub struct ChargeAnswer {
    /// The user it belongs to.
    pub user_id: Uuid,
    /// The balance, in minor units.
    pub amount: i64,
}

/// A page of bills.
#[derive(Debug, Serialize, ToSchema)]
pub struct BillPage {
    /// Newest first.
    pub items: Vec<BillAnswer>,
    /// The `after` of the next page; null on the last.
    pub next: Option<String>,
}
