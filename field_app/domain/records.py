"""What a record is: one row of a central table, immutable, with an id and a version.

Both databases hold the same records. The column types below render per dialect, so one
declaration serves PostgreSQL (native uuid, TIMESTAMP, JSONB) and SQLite (text that sorts).
"""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import AwareDatetime, PlainSerializer
from sqlalchemy import JSON, Dialect, Float, Integer, Numeric, String, Text, TypeDecorator
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel
from sqlmodel._compat import SQLModelConfig

ISO_MS = "milliseconds"


def format_instant(instant: dt.datetime) -> str:
    """RFC 3339 in UTC with exactly three decimals and `Z`, so that text order is time order."""
    text = instant.astimezone(dt.UTC).isoformat(timespec=ISO_MS)
    return text.removesuffix("+00:00") + "Z"


def _postgres() -> Any:
    """Its types, where they are asked for: a device starts without them."""
    from sqlalchemy.dialects import postgresql

    return postgresql


class InstantType(TypeDecorator[dt.datetime]):
    """An instant. PostgreSQL: TIMESTAMP, written down as UTC. SQLite: the wire's own text."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = (
            _postgres().TIMESTAMP() if dialect.name == "postgresql" else String()
        )
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return value.astimezone(dt.UTC).replace(tzinfo=None)
        return format_instant(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            return dt.datetime.fromisoformat(value)
        stamp: dt.datetime = value
        return stamp.replace(tzinfo=dt.UTC) if stamp.tzinfo is None else stamp


class UuidType(TypeDecorator[UUID]):
    """A UUID. PostgreSQL: native. SQLite: the wire's lower-case text with dashes."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = _postgres().UUID() if dialect.name == "postgresql" else String(36)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        return UUID(value) if isinstance(value, str) else value


class JsonType(TypeDecorator[Any]):
    """A JSON document: JSONB or text."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(_postgres().JSONB(none_as_null=True))
        return dialect.type_descriptor(JSON(none_as_null=True))


class TextListType(TypeDecorator[list[str]]):
    """A list of texts: TEXT[] or a JSON array."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(_postgres().ARRAY(Text()))
        return dialect.type_descriptor(JSON(none_as_null=True))


class IntegerListType(TextListType):
    """A list of whole numbers: INTEGER[] or a JSON array."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(_postgres().ARRAY(Integer()))
        return dialect.type_descriptor(JSON(none_as_null=True))


class HoursType(TypeDecorator[Decimal]):
    """DECIMAL(5,2): hours with two places, at most 999.99 either way."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = Numeric(5, 2) if dialect.name == "postgresql" else Float()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else float(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(str(value))


_instant_json = PlainSerializer(format_instant, return_type=str, when_used="json-unless-none")
_hours_json = PlainSerializer(float, return_type=float, when_used="json-unless-none")

# SQLModel reads `sa_type` only from the outermost annotation, hence a pair for each type.
Id = Annotated[UUID, Field(sa_type=UuidType)]
MaybeId = Annotated[UUID | None, Field(sa_type=UuidType)]
Instant = Annotated[AwareDatetime, _instant_json, Field(sa_type=InstantType)]
MaybeInstant = Annotated[AwareDatetime | None, _instant_json, Field(sa_type=InstantType)]
Hours = Annotated[Decimal | None, _hours_json, Field(sa_type=HoursType)]
Json = Annotated[dict[str, Any] | None, Field(sa_type=JsonType)]
JsonList = Annotated[list[Any] | None, Field(sa_type=JsonType)]
TextList = Annotated[list[str] | None, Field(sa_type=TextListType)]


class Record(SQLModel):
    """One row of one central table. `version` is the server's; 0 means not there yet."""

    model_config = SQLModelConfig(frozen=True, extra="ignore")
    table: ClassVar[str]

    id: Id = Field(primary_key=True, sa_type=UuidType)
    version: int = 0

    def revise(self, **changes: Any) -> Self:
        """The same record with some columns changed; the version stays the one that was read."""
        return self.model_copy(update=changes)
