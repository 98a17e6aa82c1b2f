package io.parley.api.problem;

import io.parley.json.JsonBytes;
import io.vertx.core.buffer.Buffer;
import java.util.LinkedHashMap;
import java.util.Map;

/** The answer to a request: done, or a problem. */
public interface Answer {

  int status();

  Map<String, String> headers();

  /** The JSON text of the answer; empty if there is none. */
  Buffer body();

  /** The answer to a request that was performed. */
  record Done(int status, Buffer body, Map<String, String> headers) implements Answer {
    public Done with(String header, String value) {
      Map<String, String> more = new LinkedHashMap<>(headers);
      more.put(header, value);
      return new Done(status, body, more);
    }
  }

  static Done ok(Buffer body) {
    return new Done(200, body, Map.of());
  }

  static Done ok(JsonBytes.Part value) {
    return ok(JsonBytes.of(value));
  }

  public static Done created(Buffer body) {
    return new Done(201, body, Map.of());
  }

  static Done noContent() {
    return new Done(204, Buffer.buffer(), Map.of());
  }

  /** The answer to a repeated request: the current state of what the first one created. */
  static Done replayed(Buffer body) {
    return new Done(200, body, Map.of("Idempotency-Replayed", "true"));
  }
}
