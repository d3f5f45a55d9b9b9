# The sync server: built from the lock, without a compiler, run by nobody in particular.
FROM python:3.12-slim AS build
RUN pip install --no-cache-dir uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /build
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --locked --no-dev --extra server --no-install-project
COPY field_app field_app
COPY server_stub server_stub
RUN uv sync --locked --no-dev --extra server --no-editable

FROM python:3.12-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/fieldkit fieldkit \
 && install -d -o fieldkit /var/lib/fieldkit/uploads
COPY --from=build /build/.venv /build/.venv
ENV PATH=/build/.venv/bin:$PATH FIELD_LOG_FORMAT=json
USER fieldkit
WORKDIR /var/lib/fieldkit
EXPOSE 8551
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8551/healthz', timeout=2)"]
CMD ["sync-server", "serve", "--host", "0.0.0.0", "--port", "8551"]
