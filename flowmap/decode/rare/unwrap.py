"""Rare layers: from a captured frame, or from what a tunnel carries, down to where an IP packet begins.

In comes what the common decoder declines: link types other than Ethernet's, MPLS, PPPoE and other shims, and tunnels that
are not the hosts' own. Out comes where the network header is and its EtherType, or the class that ends the decoding; the IP
and TCP reading is the twin's, so that cut segments count here as there. Every layer takes bytes, so that the walk ends.
"""

from __future__ import annotations

from struct import Struct

from flowmap.decode.layers.ip import Packet
from flowmap.decode.layers.link import Link, link_layer, tags_and_llc
from flowmap.decode.layers.tunnels import Inner
from flowmap.decode.numbers import BRIDGED, DECLINED, FOREIGN_ETHERTYPES, GOES_ON, LINK_SHORT, LINK_UNSUPPORTED, NON_IP
from flowmap.decode.rare.links import LINKS
from flowmap.decode.rare.shims import shim
from flowmap.decode.rare.tunnel_shims import ether_shim, gre_shim, udp_shim

__all__ = ["unwrap_link", "unwrap_tunnel"]

_MAX_LAYERS = 32
_U16 = Struct("!H")
_ARPHRD_GRE = 778


def unwrap_link(frame: bytes, link_type: int) -> tuple[Link, int]:
    """Return (where the network header begins, VLAN tag stack) of a frame of `link_type`."""
    try:
        return _down(frame, _outermost(frame, link_type))
    except IndexError:  # a layer was cut in the middle of its header
        return Link(0, 0, LINK_SHORT), 0


def unwrap_tunnel(frame: bytes, outer: Packet, inner: Inner) -> Inner:
    """Return what is in a tunnel that is declined (code DECLINED), or below an EtherType that is."""
    try:
        if inner.code == DECLINED:
            found = {17: udp_shim, 47: gre_shim, 97: ether_shim}[outer.protocol](frame, outer.at)
            if found is None:
                return Inner(0, 0, outer.at, NON_IP)
            inner = found
        link, _ = _down(frame, Link(inner.position, inner.ethertype))
    except IndexError:
        return Inner(0, 0, outer.at, LINK_SHORT)
    return Inner(inner.code, link.ethertype if link.cls == GOES_ON else 0, link.position, link.cls)


def _outermost(frame: bytes, link_type: int) -> Link:
    """Return the link header; where it only wraps a frame of another link type, that one's."""
    base = 0
    for _ in range(_MAX_LAYERS):
        take = LINKS.get(link_type)
        if take is None:
            link = link_layer(frame[base:], link_type)
            if link.cls == DECLINED:
                link = _cooked(frame[base:], link_type, link)
            return link._replace(position=link.position + base)
        found = take(frame, base)
        if isinstance(found, Link):
            return found
        base, link_type = found
    return Link(0, 0, LINK_UNSUPPORTED)


def _cooked(frame: bytes, link_type: int, link: Link) -> Link:
    """Return the link of SLL and SLL2 for devices without Ethernet's numbers.

    GRE has its own, 802.11 starts with its header.
    """
    hardware = frame[2] << 8 | frame[3] if link_type == 113 else frame[8] << 8 | frame[9]
    if hardware == _ARPHRD_GRE:
        return link._replace(cls=GOES_ON)
    inner = {801: 105, 802: 119, 803: 127}.get(hardware, 0)
    found = LINKS[inner](frame, link.position) if inner else Link(0, 0, LINK_UNSUPPORTED)
    if not isinstance(found, Link):
        found = LINKS[105](frame, found[0])
    if isinstance(found, Link):
        return found._replace(direction=link.direction, ifindex=link.ifindex)
    return Link(0, 0, LINK_UNSUPPORTED)


def _down(frame: bytes, link: Link) -> tuple[Link, int]:
    """Strip tags, LLC and shims until something is left that is none.

    Tags below the first Ethernet header within are not the frame's own.
    """
    stack, tags, outer = 0, 0, True
    for _ in range(_MAX_LAYERS):
        position, ethertype, cls, vlan = tags_and_llc(frame, link)
        if outer and vlan:
            stack, tags = stack << 12 * (vlan >> 60) | vlan & (1 << 60) - 1, tags + (vlan >> 60)
        link = link._replace(position=position, ethertype=ethertype, cls=cls)
        if cls != GOES_ON or ethertype not in FOREIGN_ETHERTYPES:
            break
        if ethertype == BRIDGED:
            outer = False
            if position + 14 > len(frame):
                link = link._replace(cls=LINK_SHORT)
                break
            link = link._replace(position=position + 14, ethertype=_U16.unpack_from(frame, position + 12)[0])
            continue
        position, ethertype = shim(frame, position, ethertype)
        link = link._replace(position=position, ethertype=ethertype, cls=GOES_ON if ethertype >= 0 else NON_IP)
    else:
        link = link._replace(cls=NON_IP)
    return link, min(tags, 5) << 60 | stack & (1 << 60) - 1
