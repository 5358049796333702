//! Users, as the API sends them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A new user.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Kim"}))]
pub struct NewUser {
    /// 1 to 200 characters (code points in NFC), at least one of them visible. Control characters, line and
    /// direction controls, and code points for private use or without a character are refused; invisible
    /// characters may only join parts of a word or an emoji. Stored in NFC, without blanks at its ends.
    #[schema(min_length = 1, max_length = 200, format = "display-name")]
    pub name: String,
}

/// A user with their token.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "0199d6a0-0000-7000-8000-000000000001", "name": "Kim",
    "createdAt": "2026-03-01T09:00:00Z", "token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl"}))]
pub struct UserAnswer {
    /// The user's id.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// When the user was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// The user token, valid for 30 days.
    pub token: String,
}
