//! Whom to believe that they are the server.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Whom to believe.
#[derive(Debug)]
pub(super) enum Trust {
    /// Whoever answers: what is sent is hidden from those who listen, not from one who stands in between.
    Anybody,
    /// Who has a certificate for the host's name from one of these, or of the system's authorities.
    Verified {
        /// A PEM file with certificates.
        roots: Option<PathBuf>,
    },
}

pub(super) fn connector(trust: &Trust) -> Result<MakeRustlsConnect, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    let config = match trust {
        Trust::Anybody => {
            let anybody = Arc::new(Anybody(provider));
            builder.dangerous().with_custom_certificate_verifier(anybody).with_no_client_auth()
        }
        Trust::Verified { roots } => {
            builder.with_root_certificates(root_store(roots.as_ref())?).with_no_client_auth()
        }
    };
    Ok(MakeRustlsConnect::new(config))
}

fn root_store(file: Option<&PathBuf>) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    if let Some(file) = file {
        let problem = |error: &dyn std::fmt::Display| format!("sslrootcert {}: {error}", file.display());
        for certificate in CertificateDer::pem_file_iter(file).map_err(|error| problem(&error))? {
            let certificate = certificate.map_err(|error| problem(&error))?;
            store.add(certificate).map_err(|error| problem(&error))?;
        }
        if store.is_empty() {
            return Err(problem(&"holds no certificate"));
        }
        return Ok(store);
    }
    let (found, _) = store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if found == 0 {
        return Err("this system has no certificate authorities; name a file with sslrootcert".to_owned());
    }
    Ok(store)
}

/// Takes every certificate, and still wants it to be the one that the handshake is signed with.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
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
