//! Creating a user, with a user token.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use onsale_booking::ids::UserId;
use onsale_booking::user::User;
use onsale_booking::{Command, Outcome};
use uuid::Uuid;

use super::error::{ApiError, Problem};
use super::extract::{Body, Operator};
use super::model::users::{NewUser, UserAnswer};
use crate::app::Shared;
use crate::tokens::Role;

/// A caller who may create users: anybody while sign-up is open, otherwise an operator.
pub(super) struct MaySignUp;

impl FromRequestParts<Shared> for MaySignUp {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        if !app.open_signup {
            Operator::from_request_parts(parts, app).await?;
        }
        Ok(Self)
    }
}

/// Create a user
///
/// Returns a user token; there is no login. If open sign-up is off, only an operator may do this.
#[utoipa::path(post, path = "/v1/users", tag = "users", request_body = NewUser, security(()),
    responses((status = 200, description = "The user and their token", body = UserAnswer),
        (status = "4XX", description = "`invalid_request`; with sign-up closed `token_missing`, `operator_only`", body = Problem)))]
pub(super) async fn create(
    State(app): State<Shared>,
    _: MaySignUp,
    Body(new): Body<NewUser>,
) -> Result<Json<UserAnswer>, ApiError> {
    let user = register(&app, new.name).await?;
    let token = app.keys.sign_user(user.id.0, Role::User, app.now());
    Ok(Json(UserAnswer { id: user.id.0, name: user.name, created_at: user.created_at, token }))
}

/// Stores a new user.
///
/// # Errors
/// An invalid name, or a store that cannot take it.
pub(crate) async fn register(app: &Shared, name: String) -> Result<User, ApiError> {
    match app.submit(Command::Register { user: UserId(Uuid::now_v7()), name }).await? {
        Outcome::Registered(user) => Ok(user),
        other => Err(super::unexpected(&other)),
    }
}
