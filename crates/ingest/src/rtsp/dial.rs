//! From a host's name to a connected socket, past the address policy.
//!
//! A name is judged by every address it has at the moment of dialling, not by what it is called: names are
//! pointed elsewhere, and `0x7f.1` is this machine, too.

use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpStream;
use url::Url;

use crate::Problem;
use crate::options::AddressPolicy;

/// Addresses of one name that are tried.
const ADDRESSES_MAX: usize = 4;
/// The port of RTSP (RFC 2326 3.2).
const PORT: u16 = 554;

/// `host:port` of a URL, for messages.
pub(crate) fn authority(url: &Url) -> String {
    format!(
        "{}:{}",
        url.host_str().unwrap_or_default(),
        url.port().unwrap_or(PORT)
    )
}

/// Connects to the first address of the URL's host that answers. `from_here`: whoever named the URL is on this
/// machine himself, or the operator wrote that it leads here.
pub(crate) async fn dial(url: &Url, policy: &AddressPolicy, from_here: bool) -> Result<TcpStream, Problem> {
    let host = host(url).to_owned();
    let port = url.port().unwrap_or(PORT);
    let found = tokio::net::lookup_host((host.as_str(), port)).await;
    let found: Vec<SocketAddr> = found
        .map_err(|e| Problem::Dns {
            host: host.clone(),
            cause: e.to_string(),
        })?
        .take(ADDRESSES_MAX)
        .collect();
    let mut last = Problem::Dns {
        host: host.clone(),
        cause: "it has no address".to_owned(),
    };
    for address in found {
        if let Err(why) = allowed(policy, address.ip(), from_here) {
            last = Problem::Address {
                address: address.ip().to_string(),
                why,
            };
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Requests are small and wait for answers.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(e) => last = Problem::Connect(e),
        }
    }
    Err(last)
}

/// The host of a URL as a resolver takes it.
fn host(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    host.trim_start_matches('[').trim_end_matches(']')
}

/// The address that a URL spells out.
pub(crate) fn literal(url: &Url) -> Option<IpAddr> {
    host(url).parse().ok()
}

/// Whether a URL says, to whoever reads it, that it leads to this machine.
pub(crate) fn leads_here(url: &Url) -> bool {
    host(url).eq_ignore_ascii_case("localhost")
        || literal(url).is_some_and(|address| address.to_canonical().is_loopback())
}

/// Whether `address` may be dialled; the reason where not.
pub(crate) fn allowed(policy: &AddressPolicy, address: IpAddr, from_here: bool) -> Result<(), &'static str> {
    if from_here && address.to_canonical().is_loopback() {
        return Ok(());
    }
    policy.check(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_here_leads_here() {
        let policy = AddressPolicy::default();
        let open = AddressPolicy {
            loopback: true,
            ..policy.clone()
        };
        let here = "127.0.0.1".parse().unwrap();
        assert!(allowed(&policy, here, true).is_ok());
        assert!(allowed(&policy, here, false).is_err());
        assert!(allowed(&open, here, false).is_ok());
        let metadata = "169.254.169.254".parse().unwrap();
        assert!(allowed(&policy, metadata, true).is_err());
    }

    #[test]
    fn what_an_operator_reads_as_this_machine() {
        for (url, want) in [
            ("rtsp://127.0.0.2:8554/x", true),
            ("rtsp://LOCALHOST/x", true),
            ("rtsp://[::1]:554/x", true),
            ("rtsp://0x7f.1/x", false),
            ("rtsp://2130706433/x", false),
            ("rtsp://localhost.example/x", false),
            ("rtsp://10.0.0.1/x", false),
        ] {
            assert_eq!(leads_here(&Url::parse(url).unwrap()), want, "{url}");
        }
    }
}
