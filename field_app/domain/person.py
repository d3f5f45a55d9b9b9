"""People, organizations, and who may run an event."""

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import String
from sqlmodel import Field

from field_app.domain.records import Json, MaybeId, MaybeInstant, Record


class Role(StrEnum):
    BRAND_AGENT = "brand_agent"
    FIELD_MANAGER = "field_manager"
    INTERNAL_ADMIN = "internal_admin"
    CLIENT = "client"
    SYSTEM = "system"
    """The server itself, for what follows from the time alone. Nobody signs in with it."""


RoleColumn = Annotated[Role, Field(sa_type=String)]


class Actor(BaseModel):
    """The person behind an operation; always the token's person, never a field of the wire."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: UUID
    role: Role
    organization_id: UUID | None = None


class User(Record):
    """A person. `email` stays on the server; `phone` travels where somebody may need to call."""

    table: ClassVar[str] = "users"

    name: str
    role: RoleColumn
    organization_id: MaybeId = None
    email: str | None = None
    phone: str | None = None
    status: str = "active"
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None


class Presence(Record):
    """When the server last heard from any device of a person; `id` is the person's."""

    table: ClassVar[str] = "presences"

    last_heard_at: MaybeInstant = None
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None


class Organization(Record):
    """An agency (`tier` internal) or a client brand."""

    table: ClassVar[str] = "organizations"

    name: str
    tier: str | None = None
    settings: Json = None
    contact_info: Json = None
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None

    @property
    def is_internal(self) -> bool:
        return self.tier == "internal"
