package io.parley.simulator;

import io.parley.json.JsonBytes;
import io.parley.json.JsonBytes.Part;
import io.vertx.core.buffer.Buffer;
import java.util.Map;

/** How a request ends. */
sealed interface ProviderReply {

  /** With an answer. */
  record Told(int status, String type, Map<String, String> headers, Buffer body)
      implements ProviderReply {}

  /** The connection ends instead. */
  record Lost() implements ProviderReply {}

  /** The connection ends at once and hard. */
  record Reset() implements ProviderReply {}

  /** Not at all, until the caller ends it, or the time for idle connections does. */
  record Silent() implements ProviderReply {}

  static ProviderReply json(int status, Part fields) {
    return new Told(status, "application/json", Map.of(), JsonBytes.object(fields));
  }
}
