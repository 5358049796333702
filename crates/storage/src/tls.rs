//! Which servers to trust.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// Which servers to trust.
#[derive(Debug)]
pub(crate) enum Trust {
    /// Any server. This protects against eavesdropping, not against a server in between.
    AnyServer,
    /// A server with a certificate for its host name, issued by one of these authorities or one of the
    /// system's.
    Verified {
        /// A PEM file of certificates.
        roots: Option<PathBuf>,
    },
}

/// How to speak TLS with such servers.
///
/// # Errors
/// A message that says what is wrong with the authorities.
pub(crate) fn client_config(trust: &Trust) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    Ok(match trust {
        Trust::AnyServer => {
            let verifier = Arc::new(AcceptAny(provider));
            builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
        }
        Trust::Verified { roots } => {
            let store = roots.as_deref().map_or_else(system_roots, |file| Ok(roots_in(file)?.0))?;
            builder.with_root_certificates(store).with_no_client_auth()
        }
    })
}

/// The authorities in a PEM file, and the file's content.
///
/// # Errors
/// A message that names the file, if it holds none or something else as well.
pub(crate) fn roots_in(file: &Path) -> Result<(RootCertStore, Vec<u8>), String> {
    let problem = |error: &dyn std::fmt::Display| format!("sslrootcert {}: {error}", file.display());
    let content = std::fs::read(file).map_err(|error| problem(&error))?;
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&content) {
        let certificate = certificate.map_err(|error| problem(&error))?;
        store.add(certificate).map_err(|error| problem(&error))?;
    }
    if store.is_empty() {
        return Err(problem(&"holds no certificate"));
    }
    Ok((store, content))
}

fn system_roots() -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    let (found, _) = store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if found == 0 {
        return Err("this system has no certificate authorities; name a file with sslrootcert".to_owned());
    }
    Ok(store)
}

/// Accepts every certificate, but the handshake must be signed with it.
#[derive(Debug)]
struct AcceptAny(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
