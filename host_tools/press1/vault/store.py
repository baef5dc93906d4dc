"""Where the sealed files lie: any place that fsspec knows, a folder if nothing else is said."""

import hashlib
import io
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import fsspec
from fsspec.implementations.local import LocalFileSystem

from press1.errors import Gone, Press1Error, Usage

_CHUNK = 1 << 20
_OBJECT = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{30})\.p1r$")


class Unreachable(Press1Error):
    """The store does not answer."""


class Store:
    """Objects by name under a URL. A name is there whole or not at all."""

    def __init__(self, url: str) -> None:
        try:
            self._fs, self._root = fsspec.core.url_to_fs(url, use_listings_cache=False)
        except ImportError as error:
            raise Usage(f"this store needs a Python package: {error}", "for S3: pip install 'press1[s3]'") from error
        except ValueError as error:
            raise Usage("the store's URL is none that fsspec knows") from error
        self.local = isinstance(self._fs, LocalFileSystem)

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    def put(self, name: str, source: BinaryIO) -> str:
        """Write all of `source` under a name, durably; the SHA-256 of what was written, as hex."""
        with _answering():
            if self.local:
                return self._put_file(self._path(name), source)
            digest = hashlib.sha256()
            with self._fs.open(self._path(name), "wb") as file:  # an object store publishes at close
                _copy(source, file, digest)
            return digest.hexdigest()

    def _put_file(self, path: str, source: BinaryIO) -> str:
        digest = hashlib.sha256()
        os.makedirs(os.path.dirname(path), exist_ok=True)
        temporary = f"{path}.{uuid.uuid4().hex[:8]}.part"
        try:
            with open(temporary, "wb") as file:
                _copy(source, file, digest)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
            _settle(os.path.dirname(path))
        except BaseException:
            if os.path.exists(temporary):
                os.unlink(temporary)
            raise
        return digest.hexdigest()

    def open(self, name: str) -> BinaryIO:
        """The object from its beginning; Gone where there is none."""
        try:
            with _answering():
                file: BinaryIO = self._fs.open(self._path(name), "rb")
                return file
        except FileNotFoundError:
            raise Gone(f"the store has no {name}", "`press1 vault verify` tells what is missing") from None

    def sha256(self, name: str) -> str:
        """Of what is stored now, as hex; Gone where there is nothing."""
        digest = hashlib.sha256()
        with self.open(name) as file, _answering():
            while piece := file.read(_CHUNK):
                digest.update(piece)
        return digest.hexdigest()

    def delete(self, name: str) -> None:
        """Remove an object; one that is not there is nothing."""
        with _answering():
            try:
                self._fs.rm_file(self._path(name))
            except FileNotFoundError:
                return
            if self.local:
                _settle(os.path.dirname(self._path(name)))

    def names(self) -> set[str]:
        """Names of all recordings that are stored."""
        matches = (_OBJECT.search(path) for path in self._find(self._root))
        return {match[0] for match in matches if match}

    def listed(self, folder: str, suffix: str) -> list[str]:
        """Names in a folder, sorted."""
        found = (path.rsplit("/", 1)[1] for path in self._find(self._path(folder)))
        return sorted(f"{folder}/{name}" for name in found if name.endswith(suffix))

    def _find(self, path: str) -> list[str]:
        with _answering():
            try:
                return [name.replace("\\", "/") for name in self._fs.find(path)]
            except FileNotFoundError:
                return []

    def write(self, name: str, data: bytes) -> None:
        """Write a small object."""
        self.put(name, io.BytesIO(data))


def _copy(source: BinaryIO, target: Any, digest: Any) -> None:
    while piece := source.read(_CHUNK):
        digest.update(piece)
        target.write(piece)


def _settle(folder: str) -> None:
    """Make new names last through a power cut, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _answering() -> Iterator[None]:
    """Say in one line that the store does not answer; a missing object passes as FileNotFoundError."""
    try:
        yield
    except (FileNotFoundError, Press1Error):
        raise
    except Exception as error:  # each kind of store has errors of its own
        raise Unreachable(f"the store does not answer: {type(error).__name__}", "is it mounted, and reachable?") from error
