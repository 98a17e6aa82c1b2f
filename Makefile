# Everything a developer or operator does, by name. The JDK is found by bin/java-home.
SHELL := /bin/bash
.DEFAULT_GOAL := help

java_home = $$(bin/java-home)
maven = export JAVA_HOME=$(java_home) && [ -n "$$JAVA_HOME" ] && mvn -B
jar = target/parley.jar
sources = $(shell find src/main conf docs clients -type f) $(wildcard *.md) pom.xml
base_url = $${BASE_URL:-http://localhost:8080}

.PHONY: help setup build run test check bench demo db-up clean

help: ## what there is to do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

setup: ## check the tools and fetch what the build needs
	@bin/java-home > /dev/null && command -v mvn > /dev/null || { echo "Parley is built by Maven: install the package maven." >&2; exit 1; }
	@command -v node > /dev/null && command -v npm > /dev/null || echo "optional, for tests with JavaScript and TypeScript clients: install nodejs and npm"
	@/usr/bin/python3 -c 'import pydantic, dateutil, urllib3' 2> /dev/null || echo "optional, for tests with a Python client: install python3-pydantic, python3-dateutil and python3-urllib3"
	@$(maven) -q -DskipTests test-compile && echo "ready: try 'make run'"

build: $(jar) ## build the gateway

$(jar): $(sources)
	@$(maven) -q -DskipTests -Dmaven.test.skip=true package
	@bin/rehearse
	@touch $(jar)

run: build ## run the sandbox in the foreground; Ctrl-C stops it
	@bin/gateway

test: ## run the tests but for the tag fault; TEST=LiveTest or TEST='LiveTest#method' picks, TAGS=fast narrows
	@$(maven) test $(if $(TEST),-Dtest='$(TEST)' -Dtests.excluded=) $(if $(TAGS),-Dgroups=$(TAGS))

check: ## run all tests and every other gate: what CI runs
	@for script in bin/* .ci/run; do bash -n $$script || exit 1; done
	@$(maven) verify -Pbench,clients -Dtests.excluded=

bench: build ## measure, beside peers in the same run; BENCH='send --quick' picks
	@$(maven) -q -Pbench -DskipTests test-compile dependency:build-classpath -Dmdep.outputFile=target/bench.classpath
	@$$(bin/java-home)/bin/java --enable-native-access=ALL-UNNAMED -cp target/bench-classes:target/test-classes:target/classes:$$(cat target/bench.classpath) io.parley.bench.BenchMain $(BENCH)

demo: build ## put test data into the gateway at BASE_URL
	@$$(bin/java-home)/bin/java -cp $(jar) io.parley.demo.Demo $(base_url)

db-up: ## start PostgreSQL alone, in Docker
	docker compose up -d postgres

clean: ## remove what was built
	rm -rf target
