package io.parley.api.operations;

import io.parley.json.MalformedText;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request as an edge received it. Its input is read after the caller was admitted: those who
 * may not call an operation learn nothing else about it.
 *
 * @param key the idempotency key of an edge that keeps it apart from the fields
 */
public record ApiRequest(Admitted call, FieldSource fields, @Nullable String key) {

  /** Reads the parameters in path, query and body into one mutable map. */
  @FunctionalInterface
  public interface FieldSource {
    Map<String, @Nullable Object> read() throws MalformedText;
  }
}
