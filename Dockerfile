FROM eclipse-temurin:25-jdk AS build
RUN apt-get update && apt-get install -y --no-install-recommends make maven && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home parley
WORKDIR /parley
RUN chown parley /parley
USER parley
COPY --chown=parley . .
RUN mvn -B -q -Dmaven.test.skip=true package

FROM eclipse-temurin:25-jre
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home parley && mkdir /data && chown parley /data
WORKDIR /parley
COPY --from=build /parley/target/parley.jar target/parley.jar
COPY --from=build /parley/target/lib target/lib
COPY conf conf
USER parley
ENV PARLEY_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD curl -fsS http://localhost:8080/health/ready
ENTRYPOINT ["java", "@conf/jvm.options", "-jar", "target/parley.jar"]
