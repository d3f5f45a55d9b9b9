"""Do the app's dependencies install on phones?  `uv run python -m tools.phones`

Resolves [project].dependencies for each target with wheels alone, as `flet build` does. Flet's own
index stands in as empty wheels made from forge.toml: names, tags and requirements are real, so a
pin that no phone can satisfy fails here and not at the first build.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

PYTHON = "3.14"
"""What `flet build` puts into the app."""
TARGETS = {
    "aarch64-linux-android": "android_24_arm64_v8a",
    "x86_64-linux-android": "android_24_x86_64",
    "arm64-apple-ios": "ios_13_0_arm64_iphoneos",
    "arm64-apple-ios-simulator": "ios_13_0_arm64_iphonesimulator",
}
Forge = dict[str, dict[str, dict[str, list[str]]]]
ROOT = Path(__file__).parent.parent
PLACEHOLDER = re.compile(r"==0\.0(\.[01])?$", re.M)
"""Empty wheels that hold a name on PyPI."""


def main() -> int:
    forge = tomllib.loads((Path(__file__).parent / "forge.toml").read_text())
    failed = 0
    for target, tag in TARGETS.items():
        resolved, problem = resolve(target, tag, ROOT / "pyproject.toml", forge)
        failed += bool(problem)
        compiled = [line for line in resolved.split() if line.partition("==")[0] in forge]
        print(f"{target}: {'DOES NOT RESOLVE' if problem else 'ok, ' + ', '.join(compiled)}")
        print(problem, end="")
    return 1 if failed else 0


def resolve(target: str, tag: str, project: Path, forge: Forge) -> tuple[str, str]:
    """What a phone would get, and what is wrong with that; "" for nothing."""
    with tempfile.TemporaryDirectory() as folder:
        for name, version, requires in _wheels(forge):
            _make_wheel(Path(folder), name, version, tag, requires)
        answer = _resolve(target, folder, project)
    return answer.stdout, answer.stderr if answer.returncode else _placeholders(answer.stdout)


def _wheels(forge: Forge) -> Iterator[tuple[str, str, list[str]]]:
    for name, about in forge.items():
        for version, pythons in about["versions"].items():
            if PYTHON in pythons:
                yield name, version, list(about.get("requires", []))


def _make_wheel(folder: Path, name: str, version: str, tag: str, requires: list[str]) -> None:
    """A wheel with nothing in it but what a resolver reads."""
    python = "cp" + PYTHON.replace(".", "")
    base = f"{name.replace('-', '_')}-{version}"
    needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
    files = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        "WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {python}-{python}-{tag}\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(folder / f"{base}-{python}-{python}-{tag}.whl", "w") as wheel:
        for file, text in files.items():
            wheel.writestr(f"{base}.dist-info/{file}", text)


def _resolve(target: str, links: str, project: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [
            *("uv", "pip", "compile", str(project), "--quiet", "--no-header", "--no-annotate"),
            *("--python-platform", target, "--python-version", PYTHON),
            *("--only-binary", ":all:", "--find-links", links),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def _placeholders(resolved: str) -> str:
    return "".join(f"  {line} is empty\n" for line in resolved.split() if PLACEHOLDER.search(line))


if __name__ == "__main__":
    sys.exit(main())
