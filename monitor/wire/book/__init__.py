"""The promise book: how it is written, what can be wrong with it, and how it becomes the domain's `Book`."""

from monitor.wire.book.loading import load_book, read_book, read_entries
from monitor.wire.book.model import book_json_schema

__all__ = ["book_json_schema", "load_book", "read_book", "read_entries"]
