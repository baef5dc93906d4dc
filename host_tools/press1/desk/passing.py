"""A file on its way to the browser: nameless where the system can, and gone once it was sent, or the browser went away."""

import os
from typing import IO

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_PIECE = 1 << 18


class Passing(Response):
    """Sends an open temporary file as a download, a piece at a time, and closes it whatever comes of that."""

    def __init__(self, file: IO[bytes], name: str, kind: str) -> None:
        size = file.seek(0, os.SEEK_END)
        headers = {"content-length": str(size), "content-disposition": f'attachment; filename="{name}"'}
        super().__init__(headers=headers, media_type=kind)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The answer."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await run_in_threadpool(self._file.seek, 0)
            while piece := await run_in_threadpool(self._file.read, _PIECE):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._file.close()
