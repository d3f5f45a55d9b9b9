"""The app: settings in, routes and their parts together, wake-ups while it runs."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Lifespan

from server_stub import database, description, health, logs, passwords, policy, problems, routes
from server_stub.auth import Doorkeeper
from server_stub.booking import routes as booking_routes
from server_stub.draining import Draining, LastAnswers
from server_stub.garbage import collected_by_the_clock
from server_stub.headers import SafeHeaders
from server_stub.limits import Buckets, Places, Turns, photo_buckets
from server_stub.metrics import Metrics
from server_stub.observing import Observed
from server_stub.photos import routes as photo_routes
from server_stub.photos.staging import Staging
from server_stub.photos.store import open_store
from server_stub.photos.uploads import Photos
from server_stub.replica import Replica
from server_stub.settings import ServerSettings
from server_stub.tick import ticking
from server_stub.wakeups import WakeUps

log = logging.getLogger(__name__)

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
            collected_by_the_clock(),
            WakeUps(settings.direct_url) as wakeups,
            ticking(engine, app.state.photos.sweep, app.state.metrics),
        ):
            app.state.wakeups = wakeups
            with app.state.draining.on_signals(wakeups.end_all):
                log.info("serving")
                yield
        log.info("stopped")
        engine.dispose()
        if app.state.replica is not None:
            app.state.replica.close()

    app = Server(settings, lifespan)
    app.state.settings = settings
    app.state.metrics = Metrics()
    app.state.draining = Draining(settings.drain_s)
    app.state.engine = _engine(settings, settings.database_url)
    app.state.replica = _replica(settings)
    app.state.photos = Photos(
        app.state.engine,
        open_store(settings.photo_store),
        Staging(settings.staging_folder),
        settings.photo_base,
        settings.photo_idle_s,
        settings.photo_days,
        room=photo_buckets(settings.photo_mb_a_day),
    )
    app.state.doorkeeper = Doorkeeper(app.state.engine, settings, passwords.hashes())
    app.state.places = Places(settings.syncs_at_once)
    app.state.turns = Turns(settings.sign_ins_at_once, settings.sign_ins_waiting)
    app.state.buckets = Buckets(settings.device_requests_per_s, settings.device_burst)
    problems.install(app)
    for router in (routes.router, photo_routes.router, booking_routes.router, health.router):
        policy.ensure_declared(router.routes)
        app.include_router(router)
    description.describe(app)
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_FROM_BYTES, compresslevel=1)
    app.add_middleware(LastAnswers, draining=app.state.draining)
    app.add_middleware(Observed, metrics=app.state.metrics)
    return app


def _engine(settings: ServerSettings, url: str) -> Engine:
    return database.create_engine(
        url,
        pool_size=settings.pool_size,
        is_pooled=settings.is_pooled,
        commit_wait_s=settings.commit_wait_s,
    )


def _replica(settings: ServerSettings) -> Replica | None:
    if settings.database_url_replica is None:
        return None
    engine = _engine(settings, settings.database_url_replica)
    return Replica(engine, wait_s=settings.replica_wait_s, rest_s=settings.replica_rest_s)


def from_environment() -> FastAPI:
    """For uvicorn's worker processes."""
    settings = ServerSettings()
    logs.configure(settings.log_level, settings.log_format)
    return create_app(settings)
