"""What the benchmarks hold Kept against: pydantic reading an event with nothing in Python called for it.

The models are those of `monitor.wire.events.cloud_events`, but for the validators written in Python that check instants: slower checks
must not make the peer slower and Kept look faster.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Annotated, Any, Final, Union

from pydantic import AwareDatetime, Field, TypeAdapter, create_model

from monitor.wire.events.cloud_events import EVENT_MODELS
from monitor.wire.events.event_files import read_lines

_MODELS: Final[tuple[Any, ...]] = tuple(
    create_model(model.__name__, __base__=model, time=(AwareDatetime, ...)) for model in EVENT_MODELS.values()
)
_ONE_OF_THEM: Final[Any] = Union[_MODELS]  # noqa: UP007  a union made from a table
_ANY_EVENT: Final[TypeAdapter[Any]] = TypeAdapter(Annotated[_ONE_OF_THEM, Field(discriminator="type")])

validate_json: Final = _ANY_EVENT.validate_json
"""The model of the event in a line of JSON."""


if __name__ == "__main__":
    gc.disable()
    for line in read_lines(Path(sys.argv[1])):
        validate_json(line.text)
