//! Somebody with a browser: cookies, forms and pages, no script.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::header::{ACCEPT, ACCEPT_LANGUAGE, COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder};

use crate::actors::Client;

/// The most that a page may weigh with its style sheet and modules.
pub(crate) const PAGE_BYTES_MAX: usize = 100_000;

/// See the module.
pub(crate) struct Visitor {
    client: Arc<Client>,
    http: reqwest::Client,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) language: &'static str,
    /// Headers that a proxy in between adds.
    pub(crate) forwarded: Vec<(&'static str, &'static str)>,
}

/// What a browser shows, or where it is sent.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) html: String,
}

impl Visitor {
    pub(crate) fn new(client: &Arc<Client>, language: &'static str) -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build();
        let http = http.expect("a client");
        Self { client: Arc::clone(client), http, cookies: BTreeMap::new(), language, forwarded: Vec::new() }
    }

    /// The same browser, in another tab or as somebody has copied it.
    pub(crate) fn copy(&self) -> Self {
        let mut copy = Self::new(&self.client, self.language);
        copy.cookies.clone_from(&self.cookies);
        copy.forwarded.clone_from(&self.forwarded);
        copy
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self
            .http
            .request(method, format!("{}{path}", self.client.base()))
            .header(COOKIE, cookies.join("; "))
            .header(ACCEPT, "text/html,*/*;q=0.8")
            .header(ACCEPT_LANGUAGE, self.language);
        self.forwarded.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        let request = self.request(Method::GET, path);
        self.send(request).await
    }

    /// Sends a form from one of our own pages, which the browser has loaded before.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut fields = fields.to_vec();
        let is_known = self.cookies.keys().any(|name| name.ends_with("onsale_user"));
        let is_joining = path == "/line" && !is_known;
        let mut stamp = None;
        if is_joining || self.cookies.is_empty() {
            let page = self.get("/line").await;
            stamp = page.shows("name=\"form\"").then(|| page.hidden("form"));
        }
        if let Some(stamp) = stamp.as_deref().filter(|_| is_joining) {
            fields.push(("form", stamp));
        }
        self.post_as_it_is(path, &fields).await
    }

    /// Sends a form with these fields and no other.
    pub(crate) async fn post_as_it_is(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = self.form(path, fields);
        self.send(request).await
    }

    /// The request of a form from one of our own pages.
    pub(crate) fn form(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let request = self.request(Method::POST, path).header("sec-fetch-site", "same-origin");
        let form: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        request.header("content-type", "application/x-www-form-urlencoded").body(form.join("&"))
    }

    /// Sends a form and goes where it leads.
    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let sent = self.post(path, fields).await;
        assert_eq!(sent.status, 303, "{path}: {}", sent.html);
        self.get(&sent.location()).await
    }

    /// Fills in a form of this page, sends it, and goes where it leads.
    pub(crate) async fn fill(&mut self, page: &Page, form: &str, fields: &[(&str, &str)]) -> Page {
        let hidden = page.fields_of(form);
        let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<_> = hidden.chain(fields.iter().copied()).collect();
        self.submit(form, &all).await
    }

    pub(crate) async fn send(&mut self, request: RequestBuilder) -> Page {
        let response = request.send().await.expect("the server answers");
        for given in response.headers().get_all(SET_COOKIE) {
            let given = given.to_str().expect("cookies are ASCII");
            let (name, rest) = given.split_once('=').expect("a cookie has a name");
            let value = rest.split(';').next().expect("a cookie has a value");
            if given.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let html = response.text().await.expect("pages are text");
        let page = Page { status, headers, html };
        page.check();
        page
    }
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("our headers are ASCII"))
    }

    pub(crate) fn location(&self) -> String {
        self.header(LOCATION.as_str()).to_owned()
    }

    pub(crate) fn shows(&self, text: &str) -> bool {
        self.html.contains(text)
    }

    /// The text between the first `before` and the next `after`.
    pub(crate) fn between(&self, before: &str, after: &str) -> String {
        let rest = self.html.split_once(before).unwrap_or_else(|| panic!("no {before} in {}", self.html)).1;
        rest.split_once(after).expect("it ends").0.to_owned()
    }

    /// The value of a form's hidden field.
    pub(crate) fn hidden(&self, name: &str) -> String {
        self.between(&format!("name=\"{name}\" value=\""), "\"")
    }

    /// Where the answer leads, and the notice that the page there shows: `/line form_over`.
    pub(crate) fn outcome(&self) -> String {
        let cookies = self.headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
        let notices = cookies.filter_map(|cookie| cookie.strip_prefix("onsale_notice="));
        let notice = notices.filter_map(|cookie| cookie.split('@').next()).collect::<String>();
        format!("{} {notice}", self.location())
    }

    /// The hidden fields of the first form that is sent to this path.
    pub(crate) fn fields_of(&self, action: &str) -> Vec<(String, String)> {
        let form = self.between(&format!("action=\"{action}\""), "</form>");
        let inputs = form.split("<input type=\"hidden\" name=\"").skip(1);
        let field = |input: &str| {
            let (name, rest) = input.split_once("\" value=\"").expect("a hidden field has a value");
            let (value, _) = rest.split_once('"').expect("the value ends");
            (name.to_owned(), value.to_owned())
        };
        inputs.map(field).collect()
    }

    /// What must be true of every page.
    fn check(&self) {
        if !self.header("content-type").starts_with("text/html") {
            return;
        }
        let policy = self.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(self.header("x-content-type-options"), "nosniff");
        assert_eq!(self.header("cache-control"), "no-store");
        assert_eq!(self.header("referrer-policy"), "same-origin");
        assert!(self.html.len() < PAGE_BYTES_MAX * 2 / 3, "{} bytes: {}", self.html.len(), self.html);
        for inline in ["style=", "onclick=", "<style", "javascript:"] {
            assert!(!self.html.contains(inline), "{inline} in {}", self.html);
        }
        for script in self.html.split("<script").skip(1) {
            assert!(script.starts_with(" type=\"module\" src=\"/assets/"), "{script}");
        }
        // Sentences for the page's modules are filled in there; any other is whole.
        for sentence in self.html.split('>').skip(1).filter_map(|part| part.split('<').next()) {
            assert!(!sentence.contains(['{', '}']), "not filled in: {sentence}");
        }
    }
}

/// As a form sends it.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
