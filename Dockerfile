# Stagepath for the scaled-out form, run as `server` and as `worker` (docker-compose.yml). The worker's image has the
# extra `training` besides, which servers do without.
FROM node:24-slim AS pages
WORKDIR /srv/stagepath/app/portal/web
COPY app/portal/web/package.json app/portal/web/package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY app/portal/web ./
COPY schema/operations /srv/stagepath/schema/operations
RUN npm run build

FROM python:3.11-slim AS build
ARG EXTRAS="--extra valkey --extra traces"
RUN pip install --no-cache-dir uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /srv/stagepath
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev ${EXTRAS} --no-install-project
COPY . .
RUN uv sync --frozen --no-dev ${EXTRAS}

FROM python:3.11-slim
RUN useradd --system --home-dir /srv/stagepath stagepath \
    && install -d -o stagepath /srv/stagepath/.stagepath
WORKDIR /srv/stagepath
COPY --from=build /srv/stagepath /srv/stagepath
COPY --from=pages /srv/stagepath/app/portal/built /srv/stagepath/app/portal/built
ENV PATH=/srv/stagepath/.venv/bin:$PATH PYTHONUNBUFFERED=1 STAGEPATH_HOST=0.0.0.0 STAGEPATH_LOG_FORMAT=json
USER stagepath
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["stagepath", "serve"]
