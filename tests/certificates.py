"""Certificates made for a test by the openssl command."""

from __future__ import annotations

import subprocess
from pathlib import Path

from .processes import program


def make_certificates(folder: Path, host: str = "127.0.0.1", days: int = 2) -> Path:
    """An authority (ca.pem), a server certificate for `host` and a client certificate, in `folder`.

    Those two are valid for `days` from now, or ended as many ago.
    """
    folder.mkdir(exist_ok=True)
    _openssl(
        folder, "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=test-authority"
    )
    name = f"IP:{host}" if host[0].isdigit() else f"DNS:{host}"
    (folder / "server.ext").write_text(f"subjectAltName={name}\n")
    (folder / "client.ext").write_text("extendedKeyUsage=clientAuth\n")
    for who in ("server", "client"):
        _openssl(folder, f"req -newkey rsa:2048 -nodes -keyout {who}.key -out {who}.csr -subj /CN={who}")
        signing = f"x509 -req -in {who}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out {who}.pem"
        _openssl(folder, f"{signing} -days {days} -extfile {who}.ext")
    return folder


def _openssl(folder: Path, arguments: str) -> None:
    command = [program("openssl", package="openssl"), *arguments.split()]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
