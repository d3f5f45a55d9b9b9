"""The people and organizations of the demo, all invented."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from field_app.domain.person import Organization, Role, User

DEMO_PASSWORD: Final = "field-demo-2026"
DEMO_DOMAIN: Final = "fieldkit.example"
NAMES: Final = UUID("6f1d3b52-6c0e-4c55-9d52-0a7f6f3e5a11")

AGENCY: Final = "Fieldkit Agency"
LUMEN: Final = "Lumen Beverage Co."
HALCYON: Final = "Halcyon Zero Spirits"
TERRA: Final = "Terra Trail Footwear"

ADMIN: Final = "Priya Raman"
DANA: Final = "Dana Whitfield"
LUIS: Final = "Luis Ortega"
MEI: Final = "Mei Tanaka"
ANA: Final = "Ana Castillo"
JALEN: Final = "Jalen Brooks"
CHLOE: Final = "Chloe Nguyen"
MARCUS: Final = "Marcus Reid"
SOFIA: Final = "Sofia Petrova"
HANNAH: Final = "Hannah Weiss"
DEVIN: Final = "Devin Park"
SAM: Final = "Sam Kowalski"


@dataclass(frozen=True)
class DemoPerson:
    """Somebody of the demo. `part` is their role, or what they do where that says more."""

    name: str
    part: str
    organization: str = AGENCY

    @property
    def id(self) -> UUID:
        return demo_id("person", self.name)

    @property
    def email(self) -> str:
        return f"{self.name.lower().replace(' ', '.')}@{DEMO_DOMAIN}"

    @property
    def role(self) -> Role:
        also = {"lead": Role.BRAND_AGENT, "kit_desk": Role.INTERNAL_ADMIN}
        return also.get(self.part) or Role(self.part)


PEOPLE: Final = (
    DemoPerson(ANA, "lead"),
    DemoPerson(JALEN, "brand_agent"),
    DemoPerson(DANA, "field_manager"),
    DemoPerson("Sam Kowalski", "kit_desk"),
    DemoPerson(ADMIN, "internal_admin"),
    DemoPerson(CHLOE, "brand_agent"),
    DemoPerson(LUIS, "field_manager"),
    DemoPerson(MEI, "field_manager"),
    DemoPerson(MARCUS, "brand_agent"),
    DemoPerson(SOFIA, "brand_agent"),
    DemoPerson(HANNAH, "brand_agent"),
    DemoPerson("Devin Park", "lead"),
    DemoPerson("Imani Cole", "brand_agent"),
    DemoPerson("Rafael Duarte", "brand_agent"),
    DemoPerson("Omar Haddad", "lead"),
    DemoPerson("Grace Kim", "brand_agent"),
    DemoPerson("Tomas Vega", "brand_agent"),
    DemoPerson("Nora Lindqvist", "client", LUMEN),
    DemoPerson("Victor Osei", "client", HALCYON),
    DemoPerson("Erin Walsh", "client", TERRA),
)

DEMO_PEOPLE: Final = [
    {"name": person.name, "email": person.email, "role": person.part} for person in PEOPLE[:8]
]
"""Whom the demo's sign-in screen offers."""


def demo_id(*key: object) -> UUID:
    """The same id for the same thing, however often the demo is seeded."""
    return uuid5(NAMES, ":".join(map(str, key)))


def person_id(name: str) -> UUID:
    return demo_id("person", name)


def organizations() -> list[Organization]:
    return [
        Organization(
            id=demo_id("organization", name),
            name=name,
            tier="internal" if name == AGENCY else "client",
            contact_info={"email": f"hello@{name.split()[0].lower()}.example"},
        )
        for name in (AGENCY, LUMEN, HALCYON, TERRA)
    ]


def users() -> list[User]:
    return [
        User(
            id=person.id,
            name=person.name,
            role=person.role,
            organization_id=demo_id("organization", person.organization),
            email=person.email,
            phone=f"+1 212 555 01{number:02}",
        )
        for number, person in enumerate(PEOPLE)
    ]
