//! Addresses of our own pages. What a request or a form names is not trusted: browsers read
//! `//evil.example` as another site, so every link and every redirect that is made from such text goes
//! through [`local`].

use axum::http::Uri;

/// The address if it is a path on this site, with or without a query, else that of the first page.
pub(super) fn local(address: &str) -> &str {
    let is_local = address.starts_with('/')
        && !address.starts_with("//")
        && address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_local { address } else { "/" }
}

/// The path and query of a request, as links may name it.
pub(super) fn address_of(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |address| local(address.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_leads_to_another_site() {
        assert_eq!(local("/sale/7?part=2"), "/sale/7?part=2");
        for address in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "",
            "javascript:x",
            "/a b",
            "/\r\nx",
        ] {
            assert_eq!(local(address), "/", "{address}");
        }
        for (uri, address) in [
            ("/line?x=1", "/line?x=1"),
            ("//evil.example/line", "/"),
            ("http://evil.example/line", "/line"),
            ("*", "/"),
        ] {
            let uri: Uri = uri.parse().expect("a request can have it");
            assert_eq!(address_of(&uri), address, "{uri}");
        }
    }
}
