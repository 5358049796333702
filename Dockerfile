# syntax=docker/dockerfile:1
# `docker build --tag onsale .`, then
# `docker run --publish 127.0.0.1:3000:3000 --volume onsale:/data onsale serve --demo`.

FROM rust:1.95.0-bookworm AS build
WORKDIR /src
COPY . .
# The caches keep downloaded and compiled dependencies, so a change to our code compiles only our code.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package onsale && \
    cp target/release/onsale /usr/local/bin/onsale

FROM debian:bookworm-slim
# CA certificates for TLS to a remote database, time zones for ONSALE_TIME_ZONE.
RUN apt-get update && \
    apt-get install --yes --no-install-recommends ca-certificates tzdata && \
    rm -rf /var/lib/apt/lists/* && \
    useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin onsale && \
    install --directory --owner onsale --group onsale /data
COPY --from=build /usr/local/bin/onsale /usr/local/bin/onsale
USER onsale
# By default the data are stored here, in onsale-data.
WORKDIR /data
VOLUME /data
# Inside the container: `--publish` decides who reaches it.
ENV ONSALE_LISTEN=0.0.0.0:3000
EXPOSE 3000
# The image has no HTTP client, but its bash can open a connection.
HEALTHCHECK --interval=2s --timeout=3s --start-period=60s --retries=5 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/3000 && printf 'GET /readyz HTTP/1.1\\r\\nHost: onsale\\r\\nConnection: close\\r\\n\\r\\n' >&3 && head --lines=1 <&3 | grep --quiet ' 200 '"]
ENTRYPOINT ["onsale"]
CMD ["serve"]
