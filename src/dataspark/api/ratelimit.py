"""How many requests a key has left in this minute. The only importer of `limits`."""

from __future__ import annotations

import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter


class RateLimit:
    """So many requests a minute for each caller."""

    def __init__(self, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def wait_of(self, caller: str) -> float:
        """Count a request of a caller: 0 if it may pass, else the seconds until it may come again."""
        if await self._limiter.hit(self._item, caller):
            return 0.0
        ends, _left = await self._limiter.get_window_stats(self._item, caller)
        return max(1.0, ends - time.time())
