"""Tells a web address of each change: a POST of JSON, tried again a few times.

The address may hold a secret: it is in no message.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from typing import Any

from flowmap.message import Message, msg

__all__ = ["post"]

_ATTEMPTS = 3
_TIMEOUT_S = 10
_PAUSE_S = 1.0


def post(url: str, body: dict[str, Any]) -> Message | None:
    """Send; None, or why it could not be delivered, without the address."""
    data = json.dumps(body, ensure_ascii=False).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", "User-Agent": "flowmap"})
    reason = ""
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE_S * 2 ** (attempt - 1))
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
                answer.read(1024)
                return None
        except urllib.error.HTTPError as error:
            reason = f"HTTP {error.code}"
            error.close()
            if error.code < 500 and error.code != 429:
                break
        except OSError as error:
            cause = getattr(error, "reason", error)
            reason = getattr(cause, "strerror", None) or type(cause).__name__
    return msg("the webhook could not be reached: {reason}", reason=reason)
