# The embedded default in one container: API, Dagster, SQLite, all state under /data.
FROM python:3.11-slim-bookworm

RUN apt-get update \
 && apt-get install -y --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 aura \
 && install -d -o aura -g aura -m 0700 /data \
 && git config --system --add safe.directory /repo

WORKDIR /opt/aura
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY aura_core ./aura_core
COPY aura_pipelines ./aura_pipelines
COPY aura_api ./aura_api
COPY aura_mcp ./aura_mcp
COPY aura_cli ./aura_cli
COPY dagster.yaml workspace.yaml ./
RUN pip install --no-cache-dir --constraint constraints.txt '.[dagster]'

USER aura
ENV AURA_HOME=/data \
    AURA_HOST=0.0.0.0 \
    AURA_PORT=8321 \
    PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8321
# Bound to more than loopback inside the container, the API answers nobody without the token in /data/token.
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=5 \
  CMD ["python", "-c", "import urllib.request as u; t=open('/data/token').read().strip(); u.urlopen(u.Request('http://127.0.0.1:8321/health', headers={'Authorization': 'Bearer ' + t}), timeout=4)"]
CMD ["aura", "dev", "--repo", "/repo"]
