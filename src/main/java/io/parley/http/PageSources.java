package io.parley.http;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Problem;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What the pages show, supplied by other rooms.
 *
 * @param readiness what this node needs to be ready, by part; ready when every part says "up"
 * @param notes what operators should know that does not keep the node from being ready
 * @param metrics the state of the node in Prometheus' text format
 * @param mayReadMetrics why a caller may not read the metrics, if so
 * @param simulatorPort where the simulator of the sandbox is, if this node runs one
 */
public record PageSources(
    Buffer contractYaml,
    Buffer contractJson,
    Supplier<Future<Map<String, String>>> readiness,
    Supplier<Map<String, String>> notes,
    Supplier<Buffer> metrics,
    Function<Caller, Optional<Problem>> mayReadMetrics,
    Supplier<OptionalInt> simulatorPort) {}
