"""`kept schemas`: writes the documents that describe what Kept reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.domain.number import number_of
from monitor.wire.interface.schemas import documents, rendered


def schemas(
    folder: Annotated[Path, typer.Argument(help="Where to write; missing folders are made, nothing is removed.")],
) -> None:
    """Write the JSON Schemas of events and files, the AsyncAPI and the OpenAPI document."""
    written = {folder / path: rendered(document) for path, document in documents().items()}
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    typer.echo(f"wrote {number_of(len(written), 'document')} to {folder}")
