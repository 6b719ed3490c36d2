//! Responses to a telephony provider that asks your server about an incoming call: XML that connects the
//! telephone call to a call of Ultravox, by its `joinUrl`.
//!
//! The call is created with the medium of the provider (`CallMedium::twilio()`, `telnyx()` or `plivo()`), so that
//! its `joinUrl` speaks the provider's protocol.
//!
//! ```
//! use ultravox::telephony;
//!
//! let answer = telephony::twiml("wss://voice.example/calls/1?a=b&c=d");
//! assert_eq!(answer.headers()["content-type"], "text/xml");
//! assert_eq!(
//!     answer.body(),
//!     r#"<?xml version="1.0" encoding="UTF-8"?>
//! <Response><Connect><Stream url="wss://voice.example/calls/1?a=b&amp;c=d"/></Connect></Response>"#
//! );
//! ```
//!
//! The forms are those of the page on [telephony
//! platforms](https://docs.ultravox.ai/telephony/telephony-platforms). If Ultravox has the credentials of the
//! provider, it answers by itself, and no server is needed.

use http::Response;
use http::header::{CONTENT_TYPE, HeaderValue};

/// TwiML, for an incoming call of Twilio.
pub fn twiml(join_url: &str) -> Response<String> {
    let url = escape(join_url);
    // `gettingstarted/quickstart/telephony-inbound` gives the stream a name, `telephony/telephony-platforms`
    // does not.
    answer(&format!(r#"<Connect><Stream url="{url}"/></Connect>"#))
}

/// TeXML, for an incoming call of Telnyx, with 16 kHz audio in both directions.
pub fn texml(join_url: &str) -> Response<String> {
    let url = escape(join_url);
    // The page warns that the two codecs must be the same: Telnyx reports only one of them to Ultravox.
    answer(&format!(
        r#"<Connect><Stream url="{url}" bidirectionalMode="rtp" codec="L16" bidirectionalCodec="L16" bidirectionalSamplingRate="16000"/></Connect>"#
    ))
}

/// Plivo XML, for an incoming call of Plivo, with 16 kHz audio in both directions.
pub fn plivo_xml(join_url: &str) -> Response<String> {
    let url = escape(join_url);
    answer(&format!(
        r#"<Stream keepCallAlive="true" contentType="audio/x-l16;rate=16000" bidirectional="true">{url}</Stream>"#
    ))
}

fn answer(verb: &str) -> Response<String> {
    let xml = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>{verb}</Response>");
    let mut response = Response::new(xml);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    response
}

/// A URL as XML text or as the value of an attribute. What neither a URL nor XML can contain, such as a
/// control character, is percent-encoded.
fn escape(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for character in url.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c if c.is_control() || c.is_whitespace() || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    out.push_str(&format!("%{byte:02X}"));
                }
            }
            c => out.push(c),
        }
    }
    out
}
