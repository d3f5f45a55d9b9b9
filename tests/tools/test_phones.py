"""What no phone can install is refused in words."""

import tomllib
from pathlib import Path

import pytest

from tools.phones import ROOT, TARGETS, resolve

ANDROID = "aarch64-linux-android"


def _resolved(folder: Path, dependency: str) -> tuple[str, str]:
    project = folder / "pyproject.toml"
    project.write_text(f'[project]\nname = "x"\nversion = "1"\ndependencies = ["{dependency}"]\n')
    forge = tomllib.loads((ROOT / "tools" / "forge.toml").read_text())
    return resolve(ANDROID, TARGETS[ANDROID], project, forge)


def test_a_pin_that_no_phone_can_satisfy_is_refused_in_words(tmp_path: Path) -> None:
    _, problem = _resolved(tmp_path, "pydantic-core==2.20.0")

    assert "pydantic-core==2.20.0" in problem
    assert "no usable wheels" in problem


@pytest.mark.long
def test_one_that_a_phone_can_satisfy_is_not(tmp_path: Path) -> None:
    resolved, problem = _resolved(tmp_path, "httpx>=0.28,<0.29")

    assert problem == ""
    assert "httpx==0.28" in resolved
