"""Files that are taken away have names that any file system takes, whatever players call themselves."""

from __future__ import annotations

import pytest

from killmart.web.attachment import attachment


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("run-7",), "run-7"),
        (("alliance", "../../etc/passwd", "a"), "alliance-etc-passwd-a"),
        (('x"; filename="evil.exe', "\r\nSet-Cookie: a"), "x-filename-evil.exe-Set-Cookie-a"),
        (("", "…", "."), "file"),
        (("a" * 300,), "a" * 120),
    ],
)
def test_a_name_is_safe_and_short(parts: tuple[str, ...], name: str) -> None:
    assert attachment("svg", *parts) == {"Content-Disposition": f'attachment; filename="killmart-{name}.svg"'}
