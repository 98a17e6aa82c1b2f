# syntax=docker/dockerfile:1

# ---- build: the sources and the tools; "make test" works here
FROM maven:3.9-eclipse-temurin-25 AS build
RUN apt-get update \
  && apt-get install -y --no-install-recommends curl make \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --create-home --uid 10001 parley \
  && install -d -o parley -g parley /parley /data
# the image's default is for root
ENV MAVEN_CONFIG=""
ENTRYPOINT []
USER parley
WORKDIR /parley
# dependencies change less often than the sources
COPY --chown=parley:parley pom.xml ./
RUN mvn -B -q dependency:resolve dependency:resolve-plugins
COPY --chown=parley:parley . .
RUN make build
ENV PARLEY_HTTP_HOST=0.0.0.0 PARLEY_DATA_DIR=/data
VOLUME /data
EXPOSE 8080 8090
CMD ["bin/start.sh"]

# ---- the gateway alone
FROM eclipse-temurin:25-jre
RUN apt-get update \
  && apt-get install -y --no-install-recommends curl \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --create-home --uid 10001 parley \
  && install -d -o parley -g parley /parley /parley/target /data
USER parley
WORKDIR /parley
COPY --from=build /parley/target/lib target/lib
COPY --from=build /parley/target/parley.jar target/parley.jar
COPY conf conf
ENV PARLEY_HTTP_HOST=0.0.0.0 PARLEY_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD curl -fsS -o /dev/null "http://127.0.0.1:${PARLEY_HTTP_PORT:-8080}/health/ready" || exit 1
CMD ["java", "@conf/jvm.options", "-jar", "target/parley.jar"]
