//! Creating a user, with a user token.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use onsale_app::tokens::Role;

use super::extract::{Body, Operator};
use super::model::users::{NewUser, UserAnswer};
use crate::error::HttpError;
use crate::problem::Problem;
use crate::site::Shared;

/// Checks that the client may create users: anybody while sign-up is open, otherwise only operators.
pub(super) struct MaySignUp;

impl FromRequestParts<Shared> for MaySignUp {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, HttpError> {
        if !site.app.config.open_signup {
            Operator::from_request_parts(parts, site).await?;
        }
        Ok(Self)
    }
}

/// Create a user
///
/// Returns a user token; there is no login. If open sign-up is off, only operators may do this.
#[utoipa::path(post, path = "/v1/users", tag = "users", request_body = NewUser, security(()),
    responses((status = 200, description = "The user and their token", body = UserAnswer),
        (status = "4XX", description = "`invalid_request`; with sign-up closed `token_missing`, `operator_only`", body = Problem)))]
pub(super) async fn create(
    State(site): State<Shared>,
    _: MaySignUp,
    Body(new): Body<NewUser>,
) -> Result<Json<UserAnswer>, HttpError> {
    let user = site.app.register(new.name).await?;
    let token = site.app.keys.sign_user(user.id.0, Role::User, site.app.now());
    Ok(Json(UserAnswer { id: user.id.0, name: user.name, created_at: user.created_at, token }))
}
