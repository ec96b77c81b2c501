# npm run package -- --executables && docker build --tag minitor .
# For several platforms: docker buildx build --platform linux/amd64,linux/arm64 .
ARG BASE=debian:bookworm-slim
FROM ${BASE} AS executable
COPY dist/packages /packages
# On amd64 the one for older processors: small servers often have no AVX2.
RUN case $(dpkg --print-architecture) in amd64) kind=x64-baseline ;; *) kind=arm64 ;; esac \
  && install /packages/minitor-*-linux-$kind /minitor

FROM ${BASE}
# `dig` is Knot's, which takes the same arguments: BIND's needs 40 MB of libraries. `ping` takes its capability where there
# is one (+p), and starts all the same where containers have none (+ep would be refused). Nothing else may gain rights.
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    ca-certificates curl iputils-ping jq knot-dnsutils libcap2-bin monitoring-plugins-basic openssl tini tzdata \
  && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* /usr/share/doc/* /usr/share/man/* \
  && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
  && setcap cap_net_raw+p /usr/bin/ping -r /usr/lib/nagios/plugins/check_icmp -r /usr/lib/nagios/plugins/check_dhcp \
  && ln -s kdig /usr/bin/dig \
  && useradd --uid 1000 --user-group --home-dir /data --no-create-home minitor \
  && install -d -m 1777 /data

COPY --from=executable /minitor /usr/local/bin/minitor
COPY scripts/docker_check.sh scripts/docker_healthcheck.sh /app/scripts/

ENV PATH=/app/scripts:/usr/lib/nagios/plugins:/usr/local/bin:/usr/bin:/bin \
  MINITOR_DATABASE=/data/minitor.db \
  RUNTIME_DIRECTORY=/tmp/minitor
# Finds config.yml here, or else /etc/minitor/config.yml.
WORKDIR /app
USER 1000:1000
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["tini", "--", "minitor"]
CMD ["run"]
HEALTHCHECK --start-period=60s CMD ["minitor", "healthcheck"]
