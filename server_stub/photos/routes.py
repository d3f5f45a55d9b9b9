"""The photo routes: tus 1.0 (core and creation) with the SHA-256 as the upload's name, and PUT."""

import base64
import binascii
from collections.abc import AsyncIterator
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from field_app.domain.issues import MOST_PHOTO_BYTES
from server_stub.access import while_welcome
from server_stub.metrics import Metrics
from server_stub.photos import records
from server_stub.photos.store import Photo
from server_stub.photos.uploads import Photos
from server_stub.problems import ProblemError
from server_stub.routes import CallerDep, Parts, PartsDep
from server_stub.tokens import Caller

router = APIRouter()

NOT_KEPT = {"cache-control": "no-store"}
TUS = {"tus-resumable": "1.0.0"} | NOT_KEPT
ABILITIES = TUS | {
    "tus-version": "1.0.0",
    "tus-extension": "creation",
    "tus-max-size": str(MOST_PHOTO_BYTES),
}
SERVED = {
    "cache-control": "private, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "content-disposition": 'attachment; filename="photo.jpg"',
}
PIECE = "application/offset+octet-stream"
Hash = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


def photos_of(request: Request) -> Photos:
    return cast(Photos, request.app.state.photos)


PhotosDep = Annotated[Photos, Depends(photos_of)]


@router.options("/v1/photos")
def abilities() -> Response:
    """What this server can do of tus."""
    return Response(status_code=204, headers=ABILITIES)


@router.post("/v1/photos")
async def announce(
    caller: CallerDep,
    photos: PhotosDep,
    upload_length: Annotated[int, Header()],
    upload_metadata: Annotated[str, Header()],
) -> Response:
    """Announce a photo: its length, and its hash among the metadata."""
    photo = Photo(caller.person.organization_id, _hash_in(upload_metadata))
    _ensure_length(upload_length)
    offset = await photos.begin(photo, upload_length, caller.person.id)
    headers = TUS | {"location": f"/v1/photos/{photo.sha256}", "upload-offset": str(offset)}
    return Response(status_code=201, headers=headers)


@router.head("/v1/photos/{sha256}")
async def stand(sha256: Hash, caller: CallerDep, photos: PhotosDep) -> Response:
    """How far an upload has come."""
    found = await photos.offset(Photo(caller.person.organization_id, sha256))
    if found is None:
        raise ProblemError(404)
    offset, length = found
    headers = TUS | {"upload-offset": str(offset), "upload-length": str(length)}
    return Response(headers=headers)


@router.patch("/v1/photos/{sha256}")
async def append(
    request: Request,
    sha256: Hash,
    caller: CallerDep,
    parts: PartsDep,
    photos: PhotosDep,
    upload_offset: Annotated[int, Header(ge=0)],
    content_type: Annotated[str, Header()],
) -> Response:
    """The next piece of a photo."""
    if content_type != PIECE:
        raise ProblemError(415)
    photo = Photo(caller.person.organization_id, sha256)
    offset = await photos.append(photo, upload_offset, _body(request, parts, caller))
    return Response(status_code=204, headers=TUS | {"upload-offset": str(offset)})


@router.put("/v1/photos/{sha256}")
async def put(
    request: Request,
    sha256: Hash,
    caller: CallerDep,
    parts: PartsDep,
    photos: PhotosDep,
    content_length: Annotated[int, Header()],
) -> Response:
    """A whole photo at once."""
    _ensure_length(content_length)
    photo = Photo(caller.person.organization_id, sha256)
    is_new = await photos.put(
        photo, content_length, _body(request, parts, caller), caller.person.id
    )
    return Response(status_code=201 if is_new else 200)


@router.get("/v1/photos/{sha256}")
async def show(
    sha256: Hash, caller: CallerDep, parts: PartsDep, photos: PhotosDep, size: str = "full"
) -> Response:
    """A photo, or its thumbnail, for whoever may read an issue that names it.

    From a bucket it is fetched with a link of its own, which says so by itself.
    """
    photo = await run_in_threadpool(
        records.readable, parts.engine, parts.settings, caller.person, sha256
    )
    if photo is None:
        raise ProblemError(404)
    if await run_in_threadpool(photos.store.size, photo.thumb_key) is None:
        raise ProblemError(404)  # not looked at yet, or no picture: shown to nobody
    key = photo.thumb_key if size == "thumb" else photo.key
    if (elsewhere := await run_in_threadpool(photos.store.url, key)) is not None:
        return Response(status_code=302, headers={"location": elsewhere} | NOT_KEPT)
    content = await run_in_threadpool(photos.store.read, key)
    if content is None:
        raise ProblemError(404)
    return Response(content, media_type="image/jpeg", headers=SERVED)


def _body(request: Request, parts: Parts, caller: Caller) -> AsyncIterator[bytes]:
    return while_welcome(parts.engine, parts.wakeups, caller, _pieces(request))


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """The body's pieces; a connection that breaks just ends them, what came is kept."""
    metrics: Metrics = request.app.state.metrics
    try:
        async for chunk in request.stream():
            if chunk:
                metrics.photo(len(chunk))
                yield chunk
    except ClientDisconnect:
        return


def _ensure_length(length: int) -> None:
    if length <= 0:
        raise ProblemError(400, detail="a photo has at least one byte")
    if length > MOST_PHOTO_BYTES:
        raise ProblemError(413)


def _hash_in(metadata: str) -> str:
    """The value of `sha256` in tus metadata: names and base64 values, separated by commas."""
    for pair in metadata.split(","):
        name, _, value = pair.strip().partition(" ")
        if name != "sha256":
            continue
        try:
            sha256 = base64.b64decode(value, validate=True).decode("ascii")
        except (binascii.Error, UnicodeDecodeError):
            break
        if len(sha256) == 64 and set(sha256) <= set("0123456789abcdef"):
            return sha256
    raise ProblemError(400, detail="upload-metadata names no sha256")
