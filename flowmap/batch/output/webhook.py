"""Tells a web address of a change: a POST of JSON, tried again a few times.

The address may hold a secret: it is in no message.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.error
import urllib.request
from typing import Any

from flowmap.message import Message, encodable_parts, msg

__all__ = ["post"]

_ATTEMPTS = 3
_TIMEOUT_S = 10.0
_PAUSE_S = 0.5


class _NoDetour(urllib.request.HTTPRedirectHandler):
    """A redirected POST would become a GET without its body, which would be lost."""

    def redirect_request(self, *_: Any) -> None:
        return None


def post(url: str, body: dict[str, Any], timeout_s: float = _TIMEOUT_S, pause_s: float = _PAUSE_S) -> Message | None:
    """Send; None, or why it could not be delivered, without the address. Each attempt ends within `timeout_s`."""
    data = json.dumps(encodable_parts(body), ensure_ascii=False).encode()
    reason = ""
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(pause_s * 2 ** (attempt - 1))
        reason, again = _within(timeout_s, url, data)
        if not reason:
            return None
        if not again:
            break
    return msg("the webhook could not be reached: {reason}", reason=reason)


def _within(timeout_s: float, url: str, data: bytes) -> tuple[str, bool]:
    """Make one attempt, in a thread: neither a look-up of a name nor a server that answers byte by byte heeds a timeout."""
    heard: list[tuple[str, bool]] = []
    thread = threading.Thread(target=lambda: heard.append(_attempt(timeout_s, url, data)), daemon=True)
    thread.start()
    thread.join(timeout_s)
    return heard[0] if heard else ("timed out", True)


def _attempt(timeout_s: float, url: str, data: bytes) -> tuple[str, bool]:
    """Return why it failed, empty if it did not, and whether another attempt may help."""
    try:
        request = urllib.request.Request(url, data, {"Content-Type": "application/json", "User-Agent": "flowmap"})
        with urllib.request.build_opener(_NoDetour).open(request, timeout=timeout_s):
            return "", False
    except urllib.error.HTTPError as error:
        error.close()
        return f"HTTP {error.code}", error.code >= 500 or error.code == 429
    except OSError as error:
        cause = getattr(error, "reason", error)
        return getattr(cause, "strerror", None) or type(cause).__name__, True
    except (http.client.HTTPException, ValueError) as error:  # their texts may quote the address
        return type(error).__name__, isinstance(error, http.client.HTTPException)
