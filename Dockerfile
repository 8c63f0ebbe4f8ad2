# syntax=docker/dockerfile:1
# The tool's own image. It follows the advice it gives: several stages, a static program, nothing else in the image, no
# root. It needs no writable root: run it with `--read-only --cap-drop ALL --security-opt no-new-privileges:true`.
FROM rust:1.90-alpine AS build
WORKDIR /src
RUN apk add --no-cache musl-dev
COPY Cargo.toml Cargo.lock ./
COPY src src
COPY schemas schemas
COPY benches benches
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin harden && cp target/release/harden /harden

FROM scratch
COPY --from=build /harden /harden
USER 65532:65532
WORKDIR /work
# no HEALTHCHECK: it runs, says what it found and ends
ENTRYPOINT ["/harden"]
