"""What the app was started with: read once, then only passed on."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel

APP_VERSION = "0.1.0"
DEFAULT_SERVER = "http://127.0.0.1:8551"


class DemoPerson(BaseModel):
    """One of the demo's one-tap sign-ins."""

    name: str
    email: str
    role: str


@dataclass(frozen=True)
class Settings:
    """`data_dir` holds one folder per device: in the web view every browser is one."""

    server_url: str
    data_dir: Path
    is_web: bool = False
    port: int = 8550
    demo_people: list[DemoPerson] = field(default_factory=list)
    demo_password: str | None = None

    @property
    def is_demo(self) -> bool:
        return bool(self.demo_people)


def default_data_dir() -> Path:
    """Where Flet keeps an installed app's files; `.field-app` where nobody says."""
    return Path(os.environ.get("FLET_APP_STORAGE_DATA") or ".field-app")


def demo_people() -> list[DemoPerson]:
    """The people `field-demo` offers, passed in its environment."""
    offered = json.loads(os.environ.get("FIELD_DEMO_PEOPLE") or "[]")
    return [DemoPerson.model_validate(person) for person in offered]


def demo_password() -> str | None:
    return os.environ.get("FIELD_DEMO_PASSWORD")
