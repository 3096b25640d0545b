"""Many readers at one address at once, in a process of their own so that the one who measures meanwhile is not slowed.

Run as a program: `python hammering.py URL TOKEN READERS`, until it is told to end; it then prints what was answered.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit


@contextmanager
def hammered(url: str, token: str, readers: int) -> Iterator[Counter[str]]:
    """While inside, `readers` ask for `url` again and again, without a pause; yields answers by status, at the end."""
    command = [sys.executable, str(Path(__file__)), url, token, str(readers)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    answers: Counter[str] = Counter()
    try:
        yield answers
    finally:
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
        answers.update(json.loads(output))


async def _read_on(url: str, token: str, answers: Counter[str]) -> None:
    """One reader: one answer after the other over one connection, a new one where it broke."""
    to = urlsplit(url)
    asked = f"GET {to.path}?{to.query} HTTP/1.1\r\nHost: {to.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    while True:
        with suppress(OSError, EOFError):
            reader, writer = await asyncio.open_connection(to.hostname, to.port)
            try:
                while True:
                    writer.write(asked)
                    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                    length = head.partition("content-length:")[2].partition("\r\n")[0]
                    await reader.readexactly(int(length))
                    answers[head.split()[1]] += 1
            finally:
                writer.close()
        answers["broken"] += 1
        await asyncio.sleep(0.5)


async def _hammer(url: str, token: str, readers: int) -> None:
    answers: Counter[str] = Counter()
    tasks = [asyncio.create_task(_read_on(url, token, answers)) for _ in range(readers)]
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, ended.set)
    await ended.wait()
    print(json.dumps(answers), flush=True)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(_hammer(sys.argv[1], sys.argv[2], int(sys.argv[3])))
