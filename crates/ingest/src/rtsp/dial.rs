//! From a host's name to a connected socket, past the address policy.

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

/// Connects to the first address of the URL's host that answers. `from`: the address of the peer that
/// redirected us here.
pub(crate) async fn dial(
    url: &Url,
    policy: &AddressPolicy,
    from: Option<IpAddr>,
) -> Result<TcpStream, Problem> {
    let host = url
        .host_str()
        .unwrap_or_default()
        .trim_start_matches('[')
        .trim_end_matches(']')
        .to_owned();
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
        if let Err(why) = allowed(policy, address.ip(), from) {
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

fn allowed(policy: &AddressPolicy, address: IpAddr, from: Option<IpAddr>) -> Result<(), &'static str> {
    policy.check(address)?;
    let outsider = from.is_some_and(|from| !from.to_canonical().is_loopback());
    if outsider && address.to_canonical().is_loopback() {
        return Err("a redirect from elsewhere leads to a loopback address");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_does_not_reach_into_this_machine() {
        let policy = AddressPolicy::default();
        let (here, there) = ("127.0.0.1".parse().unwrap(), "10.0.0.9".parse().unwrap());
        assert!(allowed(&policy, here, None).is_ok());
        assert!(allowed(&policy, here, Some(here)).is_ok());
        assert!(allowed(&policy, here, Some(there)).is_err());
        assert!(allowed(&policy, there, Some(there)).is_ok());
        assert!(allowed(&policy, "169.254.169.254".parse().unwrap(), Some(there)).is_err());
    }
}
