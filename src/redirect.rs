//! Decides how a redirect is followed, and with which request. It sends nothing.
//!
//! | method | 301, 302 | 303 | 307, 308 |
//! |---|---|---|---|
//! | GET and other safe methods | the same method | the same method | the same method |
//! | POST | a GET without a body, as browsers do | a GET without a body | the same method |
//! | PUT, PATCH, DELETE | the same method | refused | the same method |
//!
//! A request that changes something is redirected within the origin only, and only if its body can
//! be sent again. PUT, PATCH and DELETE never become a GET, which would succeed without having
//! changed anything. 303 is refused for them because it points to another resource, and does not
//! confirm the change.

use reqwest::header::LOCATION;
use reqwest::{Method, Response, StatusCode};
use url::Url;

/// How many redirects of a call are followed.
pub(crate) const MAX: usize = 10;

/// The `Location` of a redirect; `Some(None)` if it has none, or an invalid one.
pub(crate) fn target(response: &Response) -> Option<Option<&str>> {
    matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308).then(|| {
        let location = response.headers().get(LOCATION)?;
        location.to_str().ok()
    })
}

/// The target of a redirect.
#[derive(Debug, PartialEq)]
pub(crate) struct Hop {
    pub(crate) url: Url,
    /// Otherwise it becomes a GET without a body.
    pub(crate) keeps_method: bool,
}

/// Whether a redirect is followed, and how. The error has the target, and why it is not followed.
pub(crate) fn next_hop(
    from: &Url,
    method: &Method,
    status: StatusCode,
    location: Option<&str>,
) -> Result<Hop, (Box<Url>, &'static str)> {
    let refused = |to: Url, reason| Err((Box::new(to), reason));
    let Some(url) = location.and_then(|location| from.join(location).ok()) else {
        return refused(from.clone(), "the API sent no valid address");
    };
    if !matches!(url.scheme(), "http" | "https") {
        return refused(url, "it is neither https nor http");
    }
    if from.scheme() == "https" && url.scheme() == "http" {
        return refused(url, "it leaves https");
    }
    if method.is_safe() {
        let keeps_method = true;
        return Ok(Hop { url, keeps_method });
    }
    let keeps_method = match status.as_u16() {
        301..=303 if *method == Method::POST => false,
        303 => {
            let reason = "it does not confirm the change that was requested";
            return refused(url, reason);
        }
        _ => true,
    };
    if keeps_method && url.origin() != from.origin() {
        return refused(url, "it would send the request's body elsewhere");
    }
    Ok(Hop { url, keeps_method })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(
        from: &str,
        method: &Method,
        status: u16,
        location: &str,
    ) -> Result<(String, bool), &'static str> {
        let from = Url::parse(from).unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        next_hop(&from, method, status, Some(location))
            .map(|hop| (hop.url.into(), hop.keeps_method))
            .map_err(|(_, reason)| reason)
    }

    #[test]
    fn a_redirect_never_leaves_https() {
        let from = "https://api.example/a";
        let refused = hop(from, &Method::GET, 302, "http://api.example/a");
        assert_eq!(refused, Err("it leaves https"));
        let storage = "https://storage.example/b?sig=1".to_owned();
        let followed = hop(from, &Method::GET, 302, &storage);
        assert_eq!(followed, Ok((storage, true)));
        let up = hop("http://api.example/a", &Method::GET, 301, from);
        assert_eq!(up, Ok((from.to_owned(), true)));
    }

    #[test]
    fn only_a_post_becomes_a_get() {
        let from = "https://api.example/a";
        let refused = Err("it does not confirm the change that was requested");
        for status in [301, 302, 303, 307, 308] {
            for method in [
                Method::GET,
                Method::HEAD,
                Method::POST,
                Method::PUT,
                Method::PATCH,
                Method::DELETE,
            ] {
                let followed = hop(from, &method, status, "/b").map(|(_, keeps)| keeps);
                let expected = match (&method, status) {
                    (&Method::GET | &Method::HEAD, _) => Ok(true),
                    (&Method::POST, 301..=303) => Ok(false),
                    (_, 303) => refused,
                    _ => Ok(true),
                };
                assert_eq!(followed, expected, "{method} {status}");
            }
        }
    }

    #[test]
    fn a_body_goes_to_no_other_origin() {
        let from = "https://api.example/a";
        let refused = Err("it would send the request's body elsewhere");
        for location in ["https://other.example/", "https://api.example:8443/"] {
            assert_eq!(hop(from, &Method::POST, 307, location), refused);
            assert_eq!(hop(from, &Method::PUT, 302, location), refused);
            assert!(hop(from, &Method::POST, 303, location).is_ok());
        }
    }

    #[test]
    fn a_redirect_to_no_web_address_is_refused() {
        let from = "https://api.example/a";
        for location in ["ftp://api.example/", "file:///etc/passwd", "data:,x"] {
            let refused = hop(from, &Method::GET, 302, location);
            assert_eq!(refused, Err("it is neither https nor http"));
        }
        let from = Url::parse(from).unwrap();
        for location in [None, Some("https://")] {
            let (to, reason) =
                next_hop(&from, &Method::GET, StatusCode::FOUND, location).unwrap_err();
            assert_eq!(
                (*to, reason),
                (from.clone(), "the API sent no valid address")
            );
        }
    }
}
