"""The app: settings in, routes and their parts together, wake-ups while it runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Lifespan

from server_stub import database, passwords, problems, routes
from server_stub.auth import Doorkeeper
from server_stub.booking import routes as booking_routes
from server_stub.headers import SafeHeaders
from server_stub.limits import Buckets, Turns
from server_stub.photos import routes as photo_routes
from server_stub.photos.staging import Staging
from server_stub.photos.store import open_store
from server_stub.photos.uploads import Photos
from server_stub.settings import ServerSettings
from server_stub.tick import ticking
from server_stub.wakeups import WakeUps

GZIP_FROM_BYTES = 512


class Server(FastAPI):
    """With safe headers around everything, also around what answers to faults."""

    def __init__(self, settings: ServerSettings, lifespan: Lifespan[FastAPI]) -> None:
        docs, redoc = (None, None) if settings.is_production else ("/docs", "/redoc")
        super().__init__(
            title="Fieldkit sync server",
            version="1",
            lifespan=lifespan,
            docs_url=docs,
            redoc_url=redoc,
        )
        self._settings = settings

    def build_middleware_stack(self) -> ASGIApp:
        return SafeHeaders(super().build_middleware_stack(), self._settings)


def create_app(settings: ServerSettings) -> FastAPI:
    """A sync server on one database."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engine = app.state.engine
        async with (
            WakeUps(settings.database_url) as wakeups,
            ticking(engine, app.state.photos.sweep),
        ):
            app.state.wakeups = wakeups
            yield
        engine.dispose()

    app = Server(settings, lifespan)
    app.state.settings = settings
    app.state.engine = database.create_engine(settings.database_url, pool_size=settings.pool_size)
    app.state.photos = Photos(
        app.state.engine,
        open_store(settings.photo_store),
        Staging(settings.staging_folder),
        settings.photo_base,
        settings.photo_idle_s,
        settings.photo_days,
    )
    app.state.doorkeeper = Doorkeeper(app.state.engine, settings, passwords.hashes())
    app.state.turns = Turns(settings.sign_ins_at_once, settings.sign_ins_waiting)
    app.state.buckets = Buckets(settings.device_requests_per_s, settings.device_burst)
    problems.install(app)
    app.include_router(routes.router)
    app.include_router(photo_routes.router)
    app.include_router(booking_routes.router)
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_FROM_BYTES, compresslevel=1)
    return app


def from_environment() -> FastAPI:
    """For uvicorn's worker processes."""
    return create_app(ServerSettings())
