"""Where a request comes from. Only as many hops as TRUSTED_PROXIES names are believed."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request


def client_ip(request: HttpRequest | Request) -> str | None:
    """Return the caller's address, or None where the server was reached without one (a unix socket)."""
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    proxies: int = settings.TRUSTED_PROXIES
    forwarded = hops[-proxies] if 0 < proxies <= len(hops) else ""
    return _address(forwarded) or _address(request.META.get("REMOTE_ADDR", ""))


def network_of(ip: str) -> str:
    """Return what one caller has for certain: an address, or of IPv6 the /64 that every line is given whole."""
    address = ip_address(ip)
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else ip


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None
