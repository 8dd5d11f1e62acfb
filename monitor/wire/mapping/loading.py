"""A mapping file from disk: read, checked as a whole, and kept with its text so that later faults can be shown in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from monitor.errors import Fault
from monitor.wire.book.faults import one_of, shown
from monitor.wire.mapping.faults import check_faults, model_faults
from monitor.wire.mapping.model import ExportMapping
from monitor.wire.written.yaml_reader import read_text, read_yaml, refused
from monitor.wire.written.yaml_source import Source


class MappingFile(NamedTuple):
    """A mapping that was read and checked, and the text it came from."""

    mapping: ExportMapping
    source: Source

    def header_faults(self, columns: tuple[str, ...], export: str) -> list[Fault]:
        """What the mapping names and the export has not, one fault for each column."""
        known, faults = set(columns), []
        for place, column in self.mapping.named_columns():
            if column not in known:
                known.add(column)
                expected = f"a column of {export}: {one_of(columns, column)}"
                faults.append(self.source.fault(place, f"column {shown(column)}", expected))
        return faults


def load_mapping(path: Path) -> MappingFile:
    """Reads and checks a mapping file; raises ConfigError with every fault found."""
    source = read_yaml(read_text(path), str(path))
    root: Any = {} if source.root is None else source.root
    try:
        mapping = ExportMapping.model_validate(root)
    except ValidationError as error:
        raise refused([*source.faults, *model_faults(error, source)]) from error
    faults = [*source.faults, *check_faults(mapping, source)]
    if faults:
        raise refused(faults)
    return MappingFile(mapping, source)
