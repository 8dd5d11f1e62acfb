"""Certificates for servers that tests start: for 127.0.0.1 and for no other name, each its own authority."""

from __future__ import annotations

from pathlib import Path

from tests.services.processes import ServerFolder


def make_certificate(folder: ServerFolder, certificate: Path, key: Path) -> None:
    """Writes a certificate and its key, both in PEM, as the folder's user; nobody else may read the key."""
    folder.run(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=a server of kept's tests",
        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
    )  # fmt: skip
    key.chmod(0o600)
