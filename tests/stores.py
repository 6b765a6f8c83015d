"""Servers of files on loopback for tests: sftp and an object store, each (URL of a folder, variables of its reader)."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

Served = tuple[str, dict[str, str]]
SECRET = "hunter2"


@contextmanager
def sftp(folder: Path) -> Iterator[Served]:
    """The files of a folder, read-only, behind a password."""
    paramiko = pytest.importorskip("paramiko", reason="paramiko is not installed")
    key = paramiko.RSAKey.generate(2048)

    class Who(paramiko.ServerInterface):  # type: ignore[misc, name-defined]
        def check_auth_password(self, username: str, password: str) -> int:
            good = (username, password) == ("me", SECRET)
            return int(paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED)

        def check_channel_request(self, kind: str, number: int) -> int:
            return int(paramiko.OPEN_SUCCEEDED)

    class Files(paramiko.SFTPServerInterface):  # type: ignore[misc, name-defined]
        def list_folder(self, path: str) -> Any:
            if not os.path.isdir(path):
                return paramiko.SFTP_NO_SUCH_FILE
            return [paramiko.SFTPAttributes.from_stat(os.lstat(Path(path, name)), name) for name in os.listdir(path)]

        def stat(self, path: str) -> Any:
            try:
                return paramiko.SFTPAttributes.from_stat(os.stat(path))
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)

        lstat = stat

        def open(self, path: str, flags: int, attr: Any) -> Any:
            handle = paramiko.SFTPHandle(flags)
            handle.readfile = open(path, "rb")  # noqa: SIM115 - paramiko closes it
            return handle

    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):
            while True:
                transport = paramiko.Transport(listener.accept()[0])
                transport.add_server_key(key)
                transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Files)
                transport.start_server(server=Who())

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"sftp://me:{SECRET}@127.0.0.1:{listener.getsockname()[1]}{folder}/", {}
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@contextmanager
def object_store(folder: Path) -> Iterator[Served]:
    """The files of a folder in a bucket."""
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    pytest.importorskip("flask", reason="moto[server] is not installed")
    server_of = pytest.importorskip("moto.server", reason="moto[server] is not installed")
    boto3 = pytest.importorskip("boto3", reason="moto[server] is not installed")
    server = server_of.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    keys = {"AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1"}
    words = {"aws_access_key_id": "me", "aws_secret_access_key": SECRET, "region_name": "us-east-1"}
    try:
        store = boto3.client("s3", endpoint_url=address, **words)
        store.create_bucket(Bucket="captures")
        for file in sorted(folder.rglob("*.pcap")):
            store.upload_file(str(file), "captures", f"all/{file.relative_to(folder)}")
        yield "s3://captures/all/", {**keys, "AWS_ENDPOINT_URL": address}
    finally:
        server.stop()
