use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};

/// The address of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

/// Where a request comes from: the peer of the connection, if the host says it with [`ConnectInfo`]; behind a proxy, the
/// last address that the proxy added to `X-Forwarded-For`. Earlier ones may be invented by the client.
pub(super) fn of(request: &Request, behind_proxy: bool) -> Option<ClientAddress> {
    let forwarded = || {
        let last = request.headers().get_all("x-forwarded-for").iter().next_back()?;
        let last = last.to_str().ok()?.rsplit(',').next()?.trim();
        let as_ip = last.parse::<IpAddr>().ok();
        as_ip.or_else(|| last.parse::<SocketAddr>().ok().map(|address| address.ip()))
    };
    let peer = || {
        let info = request.extensions().get::<ConnectInfo<SocketAddr>>();
        info.map(|ConnectInfo(address)| address.ip())
    };
    let address = if behind_proxy { forwarded().or_else(peer) } else { peer() };
    address.map(|address| ClientAddress(address.to_canonical()))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(forwarded: &[&str]) -> Request {
        let mut builder = Request::builder();
        for value in forwarded {
            builder = builder.header("x-forwarded-for", *value);
        }
        let mut request = builder.body(Body::empty()).unwrap();
        let peer = SocketAddr::from(([192, 0, 2, 1], 7));
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    }

    fn address(forwarded: &[&str], behind_proxy: bool) -> String {
        of(&request(forwarded), behind_proxy).unwrap().0.to_string()
    }

    #[test]
    fn only_the_last_address_of_a_proxy_is_believed() {
        assert_eq!(address(&["198.51.100.7"], false), "192.0.2.1");
        assert_eq!(address(&["203.0.113.9, 198.51.100.7"], true), "198.51.100.7");
        assert_eq!(address(&["203.0.113.9", "198.51.100.7:80"], true), "198.51.100.7");
        assert_eq!(address(&["::ffff:198.51.100.7"], true), "198.51.100.7");
        assert_eq!(address(&["unknown"], true), "192.0.2.1");
        assert_eq!(address(&[], true), "192.0.2.1");
        assert_eq!(of(&Request::new(Body::empty()), true), None);
    }
}
