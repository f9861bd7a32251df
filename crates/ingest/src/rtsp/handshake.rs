//! OPTIONS, DESCRIBE with its redirects, SETUP on the transport the camera accepts, PLAY.

use std::time::Duration;

use rtsp_types::{HeaderName, Method, headers};
use url::Url;

use super::auth::Auth;
use super::connection::Wire;
use super::datagrams::Datagrams;
use super::dial::{authority, dial};
use super::dialogue::{Context, Session};
use super::message::Reply;
use crate::address::take_userinfo;
use crate::options::Transport;
use crate::receive::Receiver;
use crate::sdp::{self, Media};
use crate::source::Target;
use crate::{Event, Problem};

/// A session's timeout where the camera names none (RFC 2326 12.37).
const SESSION_TIMEOUT: Duration = Duration::from_secs(60);

/// Connects, follows redirects, and learns what the camera has. `attempt` is kept up to date for the
/// error of whoever runs out of patience.
pub(super) async fn describe<'a, 'b>(
    context: &'b mut Context<'a>,
    target: Target,
    attempt: &mut String,
) -> Result<(Session<'a, 'b>, Media), Problem> {
    let source = context.source;
    let options = &source.options;
    let mut url = target.url.clone();
    let mut credentials = target.credentials.clone();
    let mut from_here = target.from_here;
    let mut hops = 0;
    let (mut session, reply) = loop {
        *attempt = format!("connecting to {}", authority(&url));
        let stream = dial(&url, &options.addresses, from_here).await?;
        from_here = stream
            .peer_addr()
            .is_ok_and(|peer| peer.ip().to_canonical().is_loopback());
        let mut session = Session {
            context: &mut *context,
            wire: Wire::new(stream, &options.bounds, options.read_buffer_bytes),
            auth: Auth::new(credentials.clone()),
            aggregate: url.clone(),
            url: url.clone(),
            id: None,
            timeout: SESSION_TIMEOUT,
            cseq: 0,
            get_parameter: false,
            receiver: None,
            datagrams: None,
            attempt: String::new(),
        };
        *attempt = format!("asking {} for OPTIONS", source.redacted(&url));
        let mut reply = session.ask(&Method::Options, &url, &[]).await?;
        if !is_redirect(reply.status) {
            // Leniency: whatever OPTIONS is answered, DESCRIBE decides.
            session.get_parameter = reply
                .header("Public")
                .is_some_and(|v| v.to_ascii_uppercase().contains("GET_PARAMETER"));
            *attempt = format!("asking {} for DESCRIBE", source.redacted(&url));
            let accept = [(headers::ACCEPT, "application/sdp".to_owned())];
            reply = session.ask(&Method::Describe, &url, &accept).await?;
        }
        if !is_redirect(reply.status) {
            // The borrow of `context` ends with the loop only for the session that stays.
            let Session {
                wire,
                auth,
                url,
                timeout,
                cseq,
                get_parameter,
                id,
                ..
            } = session;
            let aggregate = url.clone();
            break (
                Parts {
                    wire,
                    auth,
                    url,
                    aggregate,
                    timeout,
                    cseq,
                    get_parameter,
                    id,
                },
                reply,
            );
        }
        hops += 1;
        if hops > options.bounds.redirects_max {
            return Err(Problem::Redirect(format!(
                "more than {} in a row",
                options.bounds.redirects_max
            )));
        }
        url = location(&reply, &url)?;
        let own = take_userinfo(&mut url);
        let same_host = url.host_str() == target.url.host_str();
        credentials = own.or_else(|| target.credentials.clone().filter(|_| same_host));
        (session.context.outlet)(Event::Redirected {
            to: source.redacted(&url),
        });
    };
    if reply.status / 100 != 2 {
        return Err(reply.problem());
    }
    *attempt = format!("reading the description of {}", source.redacted(&session.url));
    let media = sdp::choose(&reply.body, &options.bounds)?;
    let base = ["Content-Base", "Content-Location"]
        .iter()
        .find_map(|name| Url::parse(reply.header(name)?).ok());
    let mut base = base.unwrap_or_else(|| session.url.clone());
    let _ = take_userinfo(&mut base);
    session.url = base;
    session.aggregate = match &media.session_control {
        Some(control) => join(&session.url, control)?,
        None => session.url.clone(),
    };
    let attempt = attempt.clone();
    Ok((session.with(context, attempt), media))
}

/// A session without its context, while redirects are followed.
struct Parts {
    wire: Wire,
    auth: Auth,
    url: Url,
    aggregate: Url,
    timeout: Duration,
    cseq: u32,
    get_parameter: bool,
    id: Option<String>,
}

impl Parts {
    fn with<'a, 'b>(self, context: &'b mut Context<'a>, attempt: String) -> Session<'a, 'b> {
        Session {
            context,
            wire: self.wire,
            auth: self.auth,
            url: self.url,
            aggregate: self.aggregate,
            id: self.id,
            timeout: self.timeout,
            cseq: self.cseq,
            get_parameter: self.get_parameter,
            receiver: None,
            datagrams: None,
            attempt,
        }
    }
}

fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 305 | 307 | 308)
}

fn location(reply: &Reply, from: &Url) -> Result<Url, Problem> {
    let location = reply
        .header("Location")
        .ok_or_else(|| Problem::Redirect("it names no Location".to_owned()))?;
    let url = Url::parse(location).or_else(|_| from.join(location));
    let url = url.map_err(|e| Problem::Redirect(format!("its Location is no URL: {e}")))?;
    if url.scheme() != "rtsp" || url.host_str().is_none_or(str::is_empty) {
        return Err(Problem::Redirect(format!(
            "its Location is no rtsp URL but {}",
            url.scheme()
        )));
    }
    Ok(url)
}

/// A control attribute's URL (RFC 2326 C.1.1). Relative ones are appended, not joined as RFC 3986 has
/// it: cameras with a query in their Content-Base (`...?channel=1&subtype=0/` and `trackID=0`) mean it so.
fn join(base: &Url, control: &str) -> Result<Url, Problem> {
    let control = control.trim();
    let odd = |e: url::ParseError| Problem::Protocol(format!("a control attribute makes no URL: {e}"));
    if control.is_empty() || control == "*" {
        return Ok(base.clone());
    }
    if control
        .get(..7)
        .is_some_and(|s| s.eq_ignore_ascii_case("rtsp://"))
    {
        let mut url = Url::parse(control).map_err(odd)?;
        let _ = take_userinfo(&mut url);
        return Ok(url);
    }
    if let Some(rest) = control.strip_prefix("//") {
        return Url::parse(&format!("rtsp://{rest}")).map_err(odd);
    }
    let base = base.as_str();
    let slash = if base.ends_with('/') { "" } else { "/" };
    Url::parse(&format!("{base}{slash}{}", control.trim_start_matches('/'))).map_err(odd)
}

impl Session<'_, '_> {
    /// SETUP and PLAY.
    pub(super) async fn start(&mut self, media: &Media) -> Result<(), Problem> {
        let control = match &media.control {
            Some(control) => join(&self.url, control)?,
            None => self.aggregate.clone(),
        };
        let preferred = match (
            self.context.source.options.transport,
            self.context.memory.transport,
        ) {
            (_, Some(remembered)) => remembered,
            (Transport::Udp, None) => Transport::Udp,
            (Transport::Auto | Transport::Tcp, None) => Transport::Tcp,
        };
        let transport = match self.setup(&control, media, preferred).await {
            Err(Problem::Status { code: 461, .. }) => {
                let other = if preferred == Transport::Udp {
                    Transport::Tcp
                } else {
                    Transport::Udp
                };
                self.setup(&control, media, other).await?;
                other
            }
            done => done.map(|()| preferred)?,
        };
        self.context.memory.transport = Some(transport);
        self.attempt = format!(
            "asking {} for PLAY",
            self.context.source.redacted(&self.aggregate)
        );
        let aggregate = self.aggregate.clone();
        let range = [(headers::RANGE, "npt=0.000-".to_owned())];
        let mut reply = self.ask(&Method::Play, &aggregate, &range).await?;
        if reply.status == 457 {
            // Leniency: live sources that know no range at all.
            reply = self.ask(&Method::Play, &aggregate, &[]).await?;
        }
        if reply.status / 100 != 2 {
            return Err(reply.problem());
        }
        (self.context.outlet)(Event::Connected {
            transport,
            codec: media.codec,
        });
        Ok(())
    }

    async fn setup(&mut self, control: &Url, media: &Media, transport: Transport) -> Result<(), Problem> {
        self.attempt = format!(
            "asking {} for SETUP over {}",
            self.context.source.redacted(control),
            transport.name()
        );
        let mut datagrams = None;
        let value = if transport == Transport::Udp {
            let address = |a: std::io::Result<std::net::SocketAddr>| a.map(|a| a.ip()).map_err(Problem::Io);
            let stream = self.wire.stream();
            let pair = Datagrams::bind(address(stream.local_addr())?, address(stream.peer_addr())?).await?;
            let (rtp, rtcp) = pair.ports()?;
            datagrams = Some(pair);
            format!("RTP/AVP;unicast;client_port={rtp}-{rtcp}")
        } else {
            "RTP/AVP/TCP;unicast;interleaved=0-1".to_owned()
        };
        let transport_header: HeaderName = headers::TRANSPORT;
        let reply = self
            .ask(&Method::Setup, control, &[(transport_header, value)])
            .await?;
        if reply.status / 100 != 2 {
            return Err(reply.problem());
        }
        let accepted = reply.header("Transport").unwrap_or_default();
        if let Some(pair) = &mut datagrams {
            pair.open(pair_of(accepted, "server_port")).await;
        } else {
            // Leniency: a camera that says nothing takes the channels we named.
            let (rtp, rtcp) = pair_of(accepted, "interleaved").unwrap_or((0, 1));
            let channel = |n: u16| {
                u8::try_from(n)
                    .map_err(|_| Problem::Protocol(format!("interleaved channel {n} in {accepted:?}")))
            };
            self.wire.channels = (channel(rtp)?, channel(rtcp)?);
        }
        let announced = transport_parameter(accepted, "ssrc").and_then(|v| u32::from_str_radix(v, 16).ok());
        self.receiver = Some(Receiver::new(
            &self.context.source.camera,
            media,
            &self.context.source.options,
            self.context.memory.epoch,
            announced,
            datagrams.is_some(),
        ));
        self.datagrams = datagrams;
        Ok(())
    }
}

fn transport_parameter<'a>(transport: &'a str, name: &str) -> Option<&'a str> {
    transport.split([';', ',']).find_map(|part| {
        let (key, value) = part.trim().split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

/// `name=a-b`; a lone `a` means `a-(a+1)`.
fn pair_of(transport: &str, name: &str) -> Option<(u16, u16)> {
    let value = transport_parameter(transport, name)?;
    let (first, second) = value.split_once('-').unwrap_or((value, ""));
    let first: u16 = first.trim().parse().ok()?;
    Some((
        first,
        second.trim().parse().ok().or_else(|| first.checked_add(1))?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_attributes_are_joined_as_cameras_mean_them() {
        let rows = [
            ("rtsp://h/s/", "trackID=1", "rtsp://h/s/trackID=1"),
            ("rtsp://h/s", "trackID=1", "rtsp://h/s/trackID=1"),
            ("rtsp://h/s", "/trackID=1", "rtsp://h/s/trackID=1"),
            ("rtsp://h/s", "*", "rtsp://h/s"),
            ("rtsp://h/s", "", "rtsp://h/s"),
            ("rtsp://h/s", "rtsp://u:p@i:8554/t", "rtsp://i:8554/t"),
            ("rtsp://h/s", "RTSP://i/t", "rtsp://i/t"),
            ("rtsp://h/s", "//i/t", "rtsp://i/t"),
            (
                "rtsp://h/cam?channel=1&subtype=0/",
                "trackID=0",
                "rtsp://h/cam?channel=1&subtype=0/trackID=0",
            ),
        ];
        for (base, control, want) in rows {
            assert_eq!(
                join(&Url::parse(base).unwrap(), control).unwrap().as_str(),
                want,
                "{base} {control}"
            );
        }
    }

    #[test]
    fn transport_headers_are_read() {
        let text = "RTP/AVP/TCP;unicast;Interleaved=2-3;ssrc=0000ABCD";
        assert_eq!(pair_of(text, "interleaved"), Some((2, 3)));
        assert_eq!(transport_parameter(text, "ssrc"), Some("0000ABCD"));
        assert_eq!(
            pair_of("RTP/AVP;server_port=6970", "server_port"),
            Some((6970, 6971))
        );
        assert_eq!(pair_of("RTP/AVP;server_port=x", "server_port"), None);
        assert_eq!(pair_of("RTP/AVP;server_port=65535", "server_port"), None);
    }
}
