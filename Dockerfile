# Three images from one lock file:
#   docker build --target post|capital|bridge --tag crossing-post .
# buildah needs --format docker, or it drops the health checks.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

# What installs; none of it reaches an image. Every dependency comes as a wheel (--no-build), but for pyscard, which a
# post compiles in a stage of its own.
FROM ${PYTHON_IMAGE} AS installer
ARG UV_VERSION=0.13.9
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore "uv==${UV_VERSION}"
ENV UV_PROJECT_ENVIRONMENT=/opt/crossing \
    UV_PYTHON_DOWNLOADS=never \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1
WORKDIR /build
COPY pyproject.toml uv.lock ./
COPY devices/pyproject.toml devices/
COPY interpol_bridge/pyproject.toml interpol_bridge/

# The weights change rarely: a stage of their own, checked by SHA-256.
FROM ${PYTHON_IMAGE} AS models
COPY tools/fetch_models.py /tmp/
RUN python /tmp/fetch_models.py --into /models

FROM installer AS post-environment
# No versions: Debian's archive keeps the newest of a release alone.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev libpcsclite-dev \
    && rm -rf /var/lib/apt/lists/*
# dlib's 68-point predictor is never loaded, and its training set excludes commercial use: it is not passed on.
RUN uv sync --frozen --no-dev --no-build --no-install-workspace --no-install-package pyscard \
        --package crossing --package crossing-devices --extra post --extra pcsc \
    && find /opt/crossing -name 'shape_predictor_68_face_landmarks.dat' -delete
COPY . .
RUN uv sync --frozen --no-dev --no-editable \
        --package crossing --package crossing-devices --extra post --extra pcsc

FROM installer AS capital-environment
RUN uv sync --frozen --no-dev --no-build --no-install-workspace --package crossing
COPY . .
RUN uv sync --frozen --no-dev --no-editable --package crossing

FROM installer AS bridge-environment
RUN uv sync --frozen --no-dev --no-build --no-install-workspace --package interpol-bridge
COPY . .
RUN uv sync --frozen --no-dev --no-editable --package interpol-bridge

# What the three images have in common. They run with a read-only root; /data is the one folder that is written to,
# and /tmp, where a large upload rests for a moment: docker run --read-only --tmpfs /tmp
FROM ${PYTHON_IMAGE} AS base
ARG VERSION=0.1.0
LABEL org.opencontainers.image.vendor="The Crossing authors" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
RUN groupadd --gid 10001 crossing \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin crossing \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --chmod=0755 tools/healthcheck.py /usr/local/bin/healthcheck
ENV PATH=/opt/crossing/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /data
VOLUME /data
USER 10001:10001

FROM base AS post
LABEL org.opencontainers.image.title="Crossing: post" \
      org.opencontainers.image.description="Traveller registration at a land border post, and its device agent"
# The client side of PC/SC. The service, pcscd, runs on the host: --volume /run/pcscd:/run/pcscd
USER 0:0
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpcsclite1 \
    && rm -rf /var/lib/apt/lists/*
USER 10001:10001
COPY --from=models /models /opt/crossing-models
COPY --from=post-environment /opt/crossing /opt/crossing
ENV CROSSING_POST_DATA=/data \
    CROSSING_POST_MODELS=/opt/crossing-models \
    CROSSING_POST_HOST=0.0.0.0 \
    CROSSING_POST_TLS_ENDS_ELSEWHERE=true \
    CROSSING_POST_SECURE_COOKIES=true \
    HEALTH_URL=http://127.0.0.1:8400/health/live
EXPOSE 8400
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["healthcheck"]
CMD ["crossing", "post"]

FROM base AS capital
LABEL org.opencontainers.image.title="Crossing: capital" \
      org.opencontainers.image.description="The national server: receives the posts' records, search and oversight"
COPY --from=capital-environment /opt/crossing /opt/crossing
ENV CROSSING_CAPITAL_DATA=/data \
    CROSSING_CAPITAL_HOST=0.0.0.0 \
    CROSSING_CAPITAL_TLS_ENDS_ELSEWHERE=true \
    CROSSING_CAPITAL_SECURE_COOKIES=true \
    CROSSING_CAPITAL_MACHINE_HOST=0.0.0.0 \
    HEALTH_URL=http://127.0.0.1:8500/health/live
EXPOSE 8500 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["healthcheck"]
CMD ["crossing", "capital"]

FROM base AS bridge
LABEL org.opencontainers.image.title="Crossing: INTERPOL bridge" \
      org.opencontainers.image.description="Between the posts and a National Central Bureau's I-24/7 access"
COPY --from=bridge-environment /opt/crossing /opt/crossing
ENV INTERPOL_BRIDGE_DATA_FOLDER=/data \
    INTERPOL_BRIDGE_HOST=0.0.0.0 \
    HEALTH_URL=https://127.0.0.1:9443/health/live
EXPOSE 9443
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["healthcheck"]
CMD ["interpol-bridge", "serve"]
