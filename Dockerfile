# The image of the daemon, and of everything else that `hopwatch` does. docs/containers.md says how to build and run it,
# and how both of these are had from a mirror. amd64 and arm64: every dependency has a wheel for both.
ARG PYTHON_IMAGE=python:3.11.15-slim-bookworm

FROM ${PYTHON_IMAGE} AS dependencies
# pip reads the variable by itself, in every step below, and takes an empty one for none.
ARG PIP_INDEX_URL
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN python -m venv tools && python -m venv --without-pip /opt/hopwatch && mkdir state
COPY requirements.lock config/docker/build.lock ./
RUN tools/bin/pip install --quiet --require-hashes --only-binary :all: -r build.lock \
    && tools/bin/pip --python /opt/hopwatch/bin/python install --quiet --require-hashes --only-binary :all: \
        -r requirements.lock


# A layer of its own, of some megabytes, so that a change of ours costs seconds to build and little to pull.
FROM dependencies AS ours
COPY pyproject.toml README.md LICENSE ./
COPY config/hopwatch.yml config/lab.yml config/
COPY probe probe
RUN tools/bin/python -m hatchling build -t wheel -d dist \
    && tools/bin/pip --python /opt/hopwatch/bin/python install --quiet --no-index --no-deps --prefix /ours \
        dist/*.whl


FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="hopwatch" \
      org.opencontainers.image.description="Probes every hop of a relay chain from several networks and says which one is broken, and why." \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/hopwatch/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOPWATCH_CONFIG_FILE=/etc/hopwatch/hopwatch.yml \
    STATE_DIRECTORY=/var/lib/hopwatch
COPY --from=dependencies /opt/hopwatch /opt/hopwatch
COPY --from=ours /ours /opt/hopwatch
# A volume that is new takes its owner from here.
COPY --from=dependencies --chown=65532:65532 /build/state /var/lib/hopwatch
USER 65532:65532
WORKDIR /var/lib/hopwatch
EXPOSE 9860
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["hopwatch", "healthcheck"]
ENTRYPOINT ["hopwatch"]
# It listens on the container's own loopback until it is told otherwise, as everywhere.
CMD ["run"]
