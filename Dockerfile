# Two images from one build:
#
#   docker build --target database -t agent_auth-database .
#   docker build --target gateway  -t agent_auth-gateway .
#
# The database is PostgreSQL 15 with the extension, the gateway its HTTP.
# examples/docker/compose.yaml runs them together.

FROM debian:bookworm-slim AS packages
RUN apt-get update && \
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      build-essential debhelper pkg-config postgresql-server-dev-all \
      libgnutls28-dev libjson-c-dev libmicrohttpd-dev libpq-dev libssl-dev
COPY . /build/agent-auth
WORKDIR /build/agent-auth
RUN DEB_BUILD_OPTIONS='nocheck noautodbgsym' dpkg-buildpackage -us -uc -b -Pnocheck


FROM debian:bookworm-slim AS database
COPY --from=packages /build/postgresql-15-agent-auth_*.deb /tmp/
# No cluster of Debian's own: the entry point makes one, in the volume.
RUN mkdir -p /etc/postgresql-common && \
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf && \
    apt-get update && \
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      /tmp/postgresql-15-agent-auth_*.deb && \
    rm -rf /tmp/*.deb /var/lib/apt/lists/* && \
    useradd --system --uid 990 --no-create-home --shell /usr/sbin/nologin agent_auth_gateway && \
    install -d -o postgres -g postgres -m 700 /var/lib/postgresql/database && \
    install -d -o postgres -g postgres -m 755 /run/postgresql
COPY examples/docker/database /usr/local/bin/database
RUN chmod 755 /usr/local/bin/database
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/bin:/bin
ENV PGDATA=/var/lib/postgresql/database/15
VOLUME /var/lib/postgresql/database
USER postgres
EXPOSE 5432
# A fast shutdown.
STOPSIGNAL SIGINT
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD pg_isready -q
ENTRYPOINT ["database"]


FROM debian:bookworm-slim AS gateway
COPY --from=packages /build/agent-auth-gateway_*.deb /tmp/
# The user has the number that it has in the database's image, so that the server
# knows its name when it comes by the socket.
RUN apt-get update && \
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      /tmp/agent-auth-gateway_*.deb curl && \
    rm -rf /tmp/*.deb /var/lib/apt/lists/* && \
    useradd --system --uid 990 --no-create-home --shell /usr/sbin/nologin agent_auth_gateway
ENV AGENT_AUTH_GATEWAY_LISTEN=0.0.0.0:8080
USER agent_auth_gateway
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD curl -fsS -o /dev/null http://127.0.0.1:8080/healthz
ENTRYPOINT ["agent_auth_gateway"]
