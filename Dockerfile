# bisonflow as an image: Node, the code, its production dependencies, the packaged counties, and what it is made
# of (sbom.cdx.json). For amd64 and arm64; what runs while it is built runs on the machine that builds it.
# docs/guide/container.md says how to build and how to run it.

# Any image of Linux (glibc) with Node 20.19, 22 or 24 as `node`; the last stage only copies into it.
ARG BASE_IMAGE=node:24-bookworm-slim
# One with npm besides, for the architecture of the machine that builds.
ARG BUILD_IMAGE=${BASE_IMAGE}

FROM --platform=${BUILDPLATFORM} ${BUILD_IMAGE} AS build
# amd64 or arm64, as builders say of --platform.
ARG TARGETARCH=amd64
WORKDIR /build/bisonflow
COPY package.json package-lock.json ./
# The target's packages: DuckDB's binary is among them, and nothing of them is run here but the compiler.
# A secret `npmrc` is for networks with a registry or a certificate authority of their own; nothing of it stays.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --ignore-scripts --no-audit --no-fund --prefer-offline \
      --os=linux --libc=glibc --cpu="$([ "$TARGETARCH" = arm64 ] && echo arm64 || echo x64)"
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
# npm sbom calls a package missing that is left out on purpose, so those are struck from the list.
RUN node scripts/build.mjs \
 && npm prune --omit=dev --ignore-scripts --no-audit --no-fund --offline \
      --os=linux --libc=glibc --cpu="$([ "$TARGETARCH" = arm64 ] && echo arm64 || echo x64)" \
 && npm pkg delete devDependencies \
 && npm sbom --sbom-format=cyclonedx --sbom-type=application > sbom.cdx.json \
 && node scripts/slim-modules.mjs node_modules \
 && mkdir -p -m 1777 empty/scratch

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="bisonflow" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /build/bisonflow/node_modules /opt/bisonflow/node_modules
COPY --from=build /build/bisonflow/sbom.cdx.json /opt/bisonflow/
COPY package.json LICENSE /opt/bisonflow/
COPY --from=build /build/bisonflow/dist /opt/bisonflow/dist
# The one place that is written to, by any user; put a volume or a tmpfs there and the rest can be read-only.
COPY --from=build /build/bisonflow/empty /
ENV NODE_ENV=production \
    HOME=/scratch \
    TMPDIR=/scratch \
    BISONFLOW_CACHE=/scratch/cache \
    BISONFLOW_CATALOG=/scratch/catalog
WORKDIR /scratch
USER 10001:10001
# Node itself is process 1, so a SIGTERM reaches the task and stops it cleanly.
ENTRYPOINT ["node", "/opt/bisonflow/dist/cli/main.js"]
CMD ["--help"]
