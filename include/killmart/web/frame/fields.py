"""What may come in from outside: ids, texts and dates of paths, queries and forms."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Form, Path, Query

MAX_BIGINT = 2**63 - 1
EntityKind = Literal["character", "corporation", "alliance", "system"]
"""Of whom there are charts and sums."""

PathId = Annotated[int, Path(ge=1, le=MAX_BIGINT)]
"""A number in the path: 1 to what a bigint holds."""
BeforeId = Annotated[int | None, Query(ge=1, le=MAX_BIGINT)]
"""Paging: rows below this id."""
AfterId = Annotated[int | None, Query(ge=0, le=MAX_BIGINT)]
"""Paging: rows above this id."""
Text = Annotated[str, Query(max_length=1000, pattern=r"^[^\x00]*$")]
"""A text of a query, such as a run id; PostgreSQL's text holds no NUL."""
PathName = Annotated[str, Path(max_length=200, pattern=r"^\w+$")]
"""A name in the path, of a table or an expectation."""
FormNote = Annotated[str, Form(max_length=2000, pattern=r"^[^\x00]*$")]
"""What a person writes into a form."""
ReportDownload = Literal["json", "html"] | None
"""How a report is taken away; None shows the page."""
