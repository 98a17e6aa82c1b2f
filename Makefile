# What a developer or operator does, by name. bin/java-home finds the JDK.
SHELL := /bin/bash
.DEFAULT_GOAL := help

java_home = $$(bin/java-home)
maven = export JAVA_HOME=$(java_home) && [ -n "$$JAVA_HOME" ] && mvn -B
jar = target/parley.jar
sources = $(shell find src/main conf docs clients -type f) $(wildcard *.md) pom.xml
base_url = $${BASE_URL:-http://localhost:$${PARLEY_HTTP_PORT:-8080}}

.PHONY: help setup build run cluster test check bench demo db-up clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## check the tools and download what the build needs
	@bin/java-home > /dev/null && command -v mvn > /dev/null || { echo "Parley is built by Maven: install the package maven." >&2; exit 1; }
	@command -v node > /dev/null && command -v npm > /dev/null || echo "optional, for tests with JavaScript and TypeScript clients: install nodejs and npm"
	@/usr/bin/python3 -c 'import pydantic, dateutil, urllib3' 2> /dev/null || echo "optional, for tests with a Python client: install python3-pydantic, python3-dateutil and python3-urllib3"
	@bin/front-setup
	@$(maven) -q -DskipTests test-compile && echo "ready: try 'make run'"

build: $(jar) ## build the gateway

$(jar): $(sources)
	@$(maven) -q -DskipTests -Dmaven.test.skip=true package
	@bin/rehearse
	@touch $(jar)

run: build ## build, and run a sandbox in the foreground; Ctrl-C stops it
	@bin/gateway

cluster: build ## build, and run three nodes with one front in the foreground; Ctrl-C stops all
	@bin/gateway cluster

test: ## run the fast and integration tests; TEST=LiveTest or TEST='LiveTest#method' or TAGS=clients selects
	@$(maven) test $(if $(TEST),-Dtest='$(TEST)') $(if $(TAGS),-Dgroups=$(TAGS)) $(if $(TEST)$(TAGS),-Dtests.excluded=)

check: ## run all tests and every other check: what CI runs; VOLUME=10 makes fault tests ten times as long
	@for script in bin/* .ci/run; do bash -n $$script || exit 1; done
	@if command -v shellcheck > /dev/null; then shellcheck bin/* .ci/run; else echo "NOT CHECKED: install shellcheck" >&2; fi
	@$(maven) verify -Pbench,clients,sbom -Dtests.excluded= $(if $(VOLUME),-Dvolume=$(VOLUME))

bench: build ## run the benchmarks, with peers in the same run; BENCH='send --quick' selects
	@$(maven) -q -Pbench -DskipTests test-compile dependency:build-classpath -Dmdep.outputFile=target/bench.classpath
	@$$(bin/java-home)/bin/java --enable-native-access=ALL-UNNAMED -cp target/bench-classes:target/test-classes:target/classes:$$(cat target/bench.classpath) io.parley.bench.BenchMain $(BENCH)

demo: build ## add test data to the sandbox at BASE_URL, or on this machine at PARLEY_HTTP_PORT
	@$$(bin/java-home)/bin/java -cp $(jar) io.parley.demo.Demo $(base_url)

db-up: ## start only PostgreSQL, in Docker
	docker compose up -d postgres

clean: ## delete what was built
	rm -rf target
