"""An installation with a day to report, and the channel that it posts to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from msgspec.structs import replace as with_settings

from killmart.runtime import Runtime
from support.channel import Channel

DAY = date(2021, 11, 29)
ALLIANCE, FRIENDS, PILOT = 99_000_001, 98_000_002, 95_000_002
ZKB = {"totalValue": 2e9, "fittedValue": 2e9, "destroyedValue": 2e9, "droppedValue": 0, "points": 7}
NAUGHTY = "@everyone **[x](http://evil.example)** `<@123> <#1> :skull: ||\u202e\x07"


@dataclass
class Place:
    """An installation and the channel that it posts to."""

    runtime: Runtime
    channel: Channel

    def about(self, entity: str) -> Runtime:
        """The same, telling of one entity."""
        return replace(self.runtime, settings=with_settings(self.runtime.settings, digest_entity=entity))

    @property
    def fields(self) -> dict[str, str]:
        """What the last message says, by heading."""
        return {field["name"]: field["value"] for field in self.embed["fields"]}

    @property
    def embed(self) -> dict[str, Any]:
        [embed] = self.channel.messages[-1]["embeds"]
        found: dict[str, Any] = embed
        return found
