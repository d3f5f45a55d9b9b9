"""Photos in a bucket that speaks S3. Readers fetch them there, with a link that soon ends."""

import datetime as dt
from contextlib import suppress
from pathlib import Path
from typing import Final

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import S3Store

LINK_FOR: Final = dt.timedelta(minutes=5)


class BucketStore:
    """Objects below `s3://bucket/prefix`. One that is there is never written again."""

    def __init__(self, address: str) -> None:
        self._bucket = S3Store.from_url(address)

    def add(self, key: str, content: Path | bytes) -> None:
        kind = {"Content-Type": "image/jpeg"}
        # In one request: only then does S3 know "create, or nothing". Where the key is taken,
        # another server was faster with the same photo.
        with suppress(AlreadyExistsError):
            obstore.put(
                self._bucket, key, content, mode="create", attributes=kind, use_multipart=False
            )
        if isinstance(content, Path):
            content.unlink(missing_ok=True)

    def size(self, key: str) -> int | None:
        try:
            return obstore.head(self._bucket, key)["size"]
        except FileNotFoundError:
            return None

    def read(self, key: str) -> bytes | None:
        try:
            return obstore.get(self._bucket, key).bytes().to_bytes()
        except FileNotFoundError:
            return None

    def url(self, key: str) -> str | None:
        return obstore.sign(self._bucket, "GET", key, LINK_FOR)

    def drop(self, key: str) -> None:
        obstore.delete(self._bucket, key)
