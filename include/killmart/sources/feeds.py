"""The feeds there are, by name."""

from __future__ import annotations

from killmart.sources.feed import Feed
from killmart.sources.r2z2 import R2Z2
from killmart.sources.redisq import RedisQ

FEEDS: dict[str, type[Feed]] = {kind.name: kind for kind in (RedisQ, R2Z2)}
