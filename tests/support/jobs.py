"""What tests have done in processes of their own, which import it by name."""

from __future__ import annotations

import logging
import os
import signal
import time

from killmart.errors import KillmartError, UpstreamRefusedError
from killmart.load.side_by_side import Told

log = logging.getLogger("killmart.test")


class OfNoUse(Exception):
    """An error that does not survive the way to another process."""

    def __init__(self, what: str, why: object) -> None:
        super().__init__(f"{what}: {why}")


def work(item: str, told: Told) -> tuple[str, int]:
    """Do what the item says; returns it with the number of the process that did."""
    told(f"{item} is begun")
    log.info("at work on %s", item)
    match item:
        case "fail":
            raise UpstreamRefusedError("somebody wants quiet", 7.0)
        case "break":
            raise ZeroDivisionError("nothing to divide by")
        case "break oddly":
            raise OfNoUse("broken", object())
        case "fail oddly":
            raise type("Odd", (KillmartError,), {})("an error of a class that nobody else knows")
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exit":
            os._exit(3)
        case "wait":
            time.sleep(600)
    return item, os.getpid()
