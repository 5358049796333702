//! Random bytes.

use rand::TryRng;
use rand::rngs::SysRng;

use crate::error::AppError;

/// Random bytes of the operating system.
///
/// # Errors
/// [`AppError::Unavailable`] when it has none.
pub(crate) fn random<const BYTES: usize>() -> Result<[u8; BYTES], AppError> {
    let mut bytes = [0; BYTES];
    SysRng.try_fill_bytes(&mut bytes).map_err(|error| {
        tracing::error!(%error, "the system has no randomness");
        AppError::Unavailable
    })?;
    Ok(bytes)
}
