//! Decides offline how an incoming SIP INVITE is routed, from a [`SipConfig`] alone, and why.
//!
//! It makes no request. It does not know which agents exist, and it neither checks the domain of
//! the To URI nor authenticates the caller. The rules are those of
//! <https://docs.ultravox.ai/telephony/sip>.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use regex::Regex;
use uuid::Uuid;

use crate::types::{AgentAllowance, SipConfig};

/// How an INVITE reaches the account.
///
/// An [`IpAddr`], [`Ipv4Addr`] or [`Ipv6Addr`] converts into [`Source::Address`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Directly from this address, which `allowedCidrRanges` has to contain.
    ///
    /// The ranges are IPv4 only: no IPv6 address is inside one, except that an IPv4-mapped address
    /// (`::ffff:192.0.2.1`) counts as its IPv4 address.
    Address(IpAddr),
    /// Over one of the account's SIP registrations: `allowedCidrRanges` does not apply.
    Registration,
}

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        Self::Address(address)
    }
}

impl From<Ipv4Addr> for Source {
    fn from(address: Ipv4Addr) -> Self {
        Self::Address(address.into())
    }
}

impl From<Ipv6Addr> for Source {
    fn from(address: Ipv6Addr) -> Self {
        Self::Address(address.into())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Registration => f.pad("registration"),
        }
    }
}

/// How an INVITE is routed, as [`SipConfig::route`] decides. Its `Display` is one line for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Routing {
    /// The call goes to an agent.
    Agent {
        /// The agent that takes the call. Under [`Rule::AllowAllAgents`] it is the one that the caller
        /// named: whether the account has such an agent is not known offline.
        agent_id: Uuid,
        /// The rule that applies.
        rule: Rule,
    },
    /// The call is rejected.
    Rejected {
        /// Why.
        reason: Rejection,
    },
    /// The outcome depends on patterns that cannot be evaluated here. It is not guessed.
    Undecidable {
        /// The patterns in question, in the order of `allowedAgents`; never empty. Entries after the
        /// one that `otherwise` names are not evaluated.
        unreadable: Vec<UnreadablePattern>,
        /// The outcome if none of these patterns matches; never itself undecidable.
        otherwise: Box<Routing>,
    },
}

impl fmt::Display for Routing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent { agent_id, rule } => write!(f, "agent {agent_id} by {rule}"),
            Self::Rejected { reason } => write!(f, "rejected: {reason}"),
            Self::Undecidable {
                unreadable,
                otherwise,
            } => {
                f.write_str("undecidable: ")?;
                for pattern in unreadable {
                    write!(f, "{pattern}; ")?;
                }
                write!(f, "without a match there: {otherwise}")
            }
        }
    }
}

/// The rule of a [`SipConfig`] by which a call reaches its agent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// An entry of `allowedAgents`.
    Entry {
        /// Its position, from 0.
        index: usize,
        /// The pattern that matched.
        pattern: String,
        /// Whether the entry has no pattern, so that `^agent_<agent_id>$` applies.
        implied: bool,
    },
    /// No entry matched; `allowAllAgents` is on and the caller named the agent.
    AllowAllAgents,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry {
                index,
                pattern,
                implied,
            } => {
                let kind = if *implied {
                    "implied pattern"
                } else {
                    "pattern"
                };
                write!(f, "allowedAgents[{index}], {kind} `{}`", OneLine(pattern))
            }
            Self::AllowAllAgents => f.write_str("allowAllAgents"),
        }
    }
}

/// An entry of `allowedAgents` with a pattern that the
/// [`regex`](https://docs.rs/regex/latest/regex/#syntax) crate cannot compile.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnreadablePattern {
    /// The position of the entry in `allowedAgents`, from 0.
    pub index: usize,
    /// The agent that takes the call if the pattern matches.
    pub agent_id: Uuid,
    /// The pattern as configured.
    pub pattern: String,
    /// The reason, such as look-around or a compiled size over the limit.
    pub reason: String,
}

impl fmt::Display for UnreadablePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pattern, reason) = (OneLine(&self.pattern), OneLine(&self.reason));
        write!(
            f,
            "allowedAgents[{}], pattern `{pattern}` for agent {}: {reason}",
            self.index, self.agent_id
        )
    }
}

/// Why a call is rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The call comes from an address outside `allowedCidrRanges`.
    #[error(
        "allowedCidrRanges does not contain {address}{}",
        if address.to_canonical().is_ipv6() { " (it can only hold IPv4 ranges)" } else { "" }
    )]
    SourceNotAllowed {
        /// The address, as it was given.
        address: IpAddr,
    },
    /// The user part could not be found in `to_user`.
    #[error("the To URI cannot be read: {0}")]
    UnreadableTo(UnreadableTo),
    /// No entry of `allowedAgents` matches, and `allowAllAgents` is off.
    #[error(
        "no entry of allowedAgents matches the user `{}`, and allowAllAgents is off",
        OneLine(user)
    )]
    NoMatch {
        /// The user part that was tried, decoded.
        user: String,
    },
    /// No entry of `allowedAgents` matches; `allowAllAgents` is on, but the user part is not of the
    /// form `agent_<agent_id>`.
    #[error(
        "no entry of allowedAgents matches the user `{}`, and allowAllAgents only accepts \
         agent_<agent_id>, the id in lower case with hyphens",
        OneLine(user)
    )]
    NotAnAgent {
        /// The user part that was tried, decoded.
        user: String,
    },
}

/// Why a To URI has no usable user part. The URI is not repeated, as it may contain a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum UnreadableTo {
    /// There is no user part, as in `sip:example.com`.
    #[error("it has no user part; expected a user or sip:user@domain")]
    NoUser,
    /// Nothing follows the `@`.
    #[error("it has no domain after the `@`")]
    NoDomain,
    /// A quoted display name or a `<` is not closed, or the display name is not followed by `<`.
    #[error("its quotes or angle brackets do not pair up")]
    Unbalanced,
    /// An address contains more than one `@`, so that its user part is ambiguous.
    #[error("it has more than one `@`; one inside the user part is written %40")]
    SecondAt,
    /// The scheme is none of `sip`, `sips` and `tel`, or a `:` without an `@` makes it look like one.
    #[error("its scheme is none of sip, sips and tel; a `:` inside the user part is written %3A")]
    Scheme,
    /// White space or a control character before the `@` is not percent-encoded.
    #[error("its user part has white space or control characters that are not percent-encoded")]
    Space,
    /// A `%` is not followed by two hexadecimal digits, or the decoded bytes are not UTF-8.
    #[error("a percent-encoding in the user part is invalid; a `%` itself is written %25")]
    PercentEncoding,
}

impl SipConfig {
    /// Decides offline which agent takes an incoming call, or why none does, by the rules that the
    /// [SIP guide](https://docs.ultravox.ai/telephony/sip) publishes:
    ///
    /// 1. The address of a call must be in `allowed_cidr_ranges`; if that is empty or absent, no
    ///    address is allowed. A call over a registration ([`Source::Registration`]) passes.
    /// 2. The patterns of `allowed_agents` are searched for in the user part of the To URI, in order.
    ///    The first that matches names the agent. It need not match the whole user part: only `^` and
    ///    `$` anchor it. An entry without a pattern means `^agent_<agent_id>$`; an empty
    ///    pattern is a pattern, and matches everything.
    /// 3. If none matches and `allow_all_agents` is on, the user `agent_<agent_id>` reaches that agent.
    /// 4. Everything else is rejected.
    ///
    /// `to_user` is the user part alone (`sales`), an address (`sales@example.com`), a `sip:`,
    /// `sips:` or `tel:` URI, or a whole To header value (`"Sales" <sip:sales@example.com>;tag=1`).
    /// A password and user parameters (`user;param:password@`) are dropped, percent-encodings are
    /// decoded. A number stays as it is written: `+15551234567` does not match `^15551234567$`. The
    /// domain is ignored.
    ///
    /// # Limits
    ///
    /// The guide does not name the regular expression dialect of the service. Here patterns are
    /// compiled by the [`regex`](https://docs.rs/regex/latest/regex/#syntax) crate, in time linear
    /// in the user part. One that it cannot compile (look-around, back-references, too large) makes
    /// the outcome
    /// [`Routing::Undecidable`], unless an earlier entry matches. One that it can compile is
    /// evaluated, although a few constructs have other meanings in other dialects: possessive
    /// quantifiers (`a*+`), `[`, `&&`, `--` and `~~` inside a class, `\<` and `\>`, and `$` before
    /// a trailing line feed.
    ///
    /// # Example
    ///
    /// ```
    /// use std::net::Ipv4Addr;
    /// use ultravox::{sip::{Routing, Source}, types::SipConfig};
    ///
    /// let sip: SipConfig = serde_json::from_value(serde_json::json!({
    ///     "domain": "acme.sip.example",
    ///     "allowedCidrRanges": ["192.0.2.0/24"],
    ///     "allowedAgents": [{
    ///         "agentId": "6f0c2a52-8f6e-4a52-9d5e-2d2f1c0b7a11",
    ///         "toUserPattern": "^sales$",
    ///     }],
    /// }))?;
    ///
    /// match sip.route(Ipv4Addr::new(192, 0, 2, 7), "sip:sales@acme.sip.example") {
    ///     Routing::Agent { agent_id, rule } => {
    ///         assert_eq!(agent_id.to_string(), "6f0c2a52-8f6e-4a52-9d5e-2d2f1c0b7a11");
    ///         assert_eq!(rule.to_string(), "allowedAgents[0], pattern `^sales$`");
    ///     }
    ///     other => unreachable!("{other}"),
    /// }
    /// assert_eq!(
    ///     sip.route(Source::Registration, "support").to_string(),
    ///     "rejected: no entry of allowedAgents matches the user `support`, and allowAllAgents is off"
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn route(&self, source: impl Into<Source>, to_user: &str) -> Routing {
        let user = match self.admit(source.into(), to_user) {
            Ok(user) => user,
            Err(reason) => return Routing::Rejected { reason },
        };

        let mut unreadable = Vec::new();
        let matched = self
            .allowed_agents
            .iter()
            .enumerate()
            .find_map(|(index, entry)| {
                try_entry(index, entry, &user).unwrap_or_else(|pattern| {
                    unreadable.push(pattern);
                    None
                })
            });
        let decided = matched.unwrap_or_else(|| self.route_unmatched(user));
        if unreadable.is_empty() {
            return decided;
        }
        Routing::Undecidable {
            unreadable,
            otherwise: Box::new(decided),
        }
    }

    fn admit(&self, source: Source, to_user: &str) -> Result<String, Rejection> {
        match source {
            Source::Address(address) if !self.allows(address) => {
                Err(Rejection::SourceNotAllowed { address })
            }
            _ => user_part(to_user).map_err(Rejection::UnreadableTo),
        }
    }

    fn allows(&self, address: IpAddr) -> bool {
        match address.to_canonical() {
            IpAddr::V4(address) => self
                .allowed_cidr_ranges
                .iter()
                .flatten()
                .any(|range| range.contains(&address)),
            IpAddr::V6(_) => false,
        }
    }

    fn route_unmatched(&self, user: String) -> Routing {
        let reason = if !self.allow_all_agents.unwrap_or_default() {
            Rejection::NoMatch { user }
        } else if let Some(agent_id) = named_agent(&user) {
            let rule = Rule::AllowAllAgents;
            return Routing::Agent { agent_id, rule };
        } else {
            Rejection::NotAnAgent { user }
        };
        Routing::Rejected { reason }
    }
}

fn try_entry(
    index: usize,
    entry: &AgentAllowance,
    user: &str,
) -> Result<Option<Routing>, UnreadablePattern> {
    let agent_id = entry.agent_id;
    let (matches, pattern, implied) = match &entry.to_user_pattern {
        None => (
            named_agent(user) == Some(agent_id),
            format!("^agent_{agent_id}$"),
            true,
        ),
        Some(pattern) => {
            let regex = Regex::new(pattern).map_err(|error| UnreadablePattern {
                index,
                agent_id,
                pattern: pattern.clone(),
                reason: short_reason(&error),
            })?;
            (regex.is_match(user), pattern.clone(), false)
        }
    };
    let rule = Rule::Entry {
        index,
        pattern,
        implied,
    };
    Ok(matches.then_some(Routing::Agent { agent_id, rule }))
}

/// `Uuid` parses several spellings; the user part of a SIP URI is case-sensitive, so only one is meant.
fn named_agent(user: &str) -> Option<Uuid> {
    let text = user.strip_prefix("agent_")?;
    let agent_id = Uuid::parse_str(text).ok()?;
    (agent_id.to_string() == text).then_some(agent_id)
}

/// A syntax error of `regex` spans several lines, of which the last has the reason.
fn short_reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or(&text);
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

fn user_part(to: &str) -> Result<String, UnreadableTo> {
    let address = addr_spec(to.trim())?;
    let (scheme, rest) = match address.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
        _ => (None, address),
    };
    let is_tel = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("tel"));
    let user_info = match rest.split_once('@') {
        Some((_, domain)) if domain.contains('@') => return Err(UnreadableTo::SecondAt),
        Some((_, "")) => return Err(UnreadableTo::NoDomain),
        Some((user_info, _)) => user_info,
        None if scheme.is_some() && !is_tel => return Err(UnreadableTo::NoUser),
        None if rest.contains(':') => return Err(UnreadableTo::Scheme),
        None => rest,
    };
    if user_info.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(UnreadableTo::Space);
    }
    match user_info.split([':', ';']).next() {
        None | Some("") => Err(UnreadableTo::NoUser),
        Some(user) => percent_decode(user),
    }
}

fn is_scheme(text: &str) -> bool {
    ["sip", "sips", "tel"]
        .iter()
        .any(|scheme| text.eq_ignore_ascii_case(scheme))
}

/// A quoted display name may itself contain `<`, `@` and escaped quotes.
fn addr_spec(to: &str) -> Result<&str, UnreadableTo> {
    let rest = match to.strip_prefix('"') {
        None => to,
        Some(quoted) => {
            let mut escaped = false;
            let end = quoted.find(|c| {
                let closes = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                closes
            });
            let rest = &quoted[end.ok_or(UnreadableTo::Unbalanced)? + 1..];
            if !rest.trim_start().starts_with('<') {
                return Err(UnreadableTo::Unbalanced);
            }
            rest
        }
    };
    match rest.split_once('<') {
        None if rest.contains('>') => Err(UnreadableTo::Unbalanced),
        None => Ok(rest),
        Some((_, inner)) => match inner.split_once('>') {
            Some((address, _)) => Ok(address.trim()),
            None => Err(UnreadableTo::Unbalanced),
        },
    }
}

fn percent_decode(text: &str) -> Result<String, UnreadableTo> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (hex, rest) = part
            .split_at_checked(2)
            .ok_or(UnreadableTo::PercentEncoding)?;
        if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(UnreadableTo::PercentEncoding);
        }
        bytes.push(u8::from_str_radix(hex, 16).map_err(|_| UnreadableTo::PercentEncoding)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| UnreadableTo::PercentEncoding)
}

/// Text of a caller or of the service may be printed to a terminal: it must not control it.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A line separator or a bidirectional control would make a line look like another one.
        let is_shown = |c: char| {
            !c.is_control()
                && !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        self.0.chars().try_for_each(|c| match is_shown(c) {
            true => write!(f, "{c}"),
            false => write!(f, "{}", c.escape_default()),
        })
    }
}

#[cfg(test)]
mod tests;
