"""Where photos stay for good: a folder of this machine, or a bucket that speaks S3."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class Photo:
    """One picture of one organization: the same bytes of another one are another photo."""

    organization_id: UUID | None
    sha256: str

    @property
    def key(self) -> str:
        return f"{self._tenant}/photo/{self.sha256[:2]}/{self.sha256}"

    @property
    def thumb_key(self) -> str:
        return f"{self._tenant}/thumb/{self.sha256[:2]}/{self.sha256}"

    @property
    def _tenant(self) -> str:
        return str(self.organization_id) if self.organization_id else "none"


class PhotoStore(Protocol):
    """JPEGs by key. A key is written once and never changed; what is added survives a power cut."""

    def add(self, key: str, content: Path | bytes) -> None:
        """Whole or not at all, and nothing where the key is taken. A file is moved in."""

    def size(self, key: str) -> int | None:
        """In bytes; None where there is nothing under this key."""

    def read(self, key: str) -> bytes | None: ...

    def url(self, key: str) -> str | None:
        """Where anybody who holds it may read this for some minutes; None: through us only."""

    def drop(self, key: str) -> None: ...


def open_store(address: str) -> PhotoStore:
    """The store at a folder's path or at `s3://bucket/prefix`.

    A bucket's credentials, region and endpoint come from the usual `AWS_...` variables.
    """
    if address.startswith("s3://"):
        from server_stub.photos.bucket import BucketStore  # a server with a folder needs no obstore

        return BucketStore(address)
    from server_stub.photos.folder import FolderStore

    return FolderStore(Path(address))
