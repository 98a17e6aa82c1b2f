package io.parley.simulator;

import io.parley.json.JsonBytes;
import io.parley.json.JsonBytes.Part;
import io.vertx.core.buffer.Buffer;
import java.util.Map;

/** The end of a request. */
sealed interface ProviderReply {

  /** A complete answer. */
  record Answer(int status, String type, Map<String, String> headers, Buffer body)
      implements ProviderReply {}

  /** The connection is closed without an answer. */
  record Lost() implements ProviderReply {}

  /** The connection is reset. */
  record Reset() implements ProviderReply {}

  /** No answer: the request stays open until the client or the idle time-out closes it. */
  record Silent() implements ProviderReply {}

  static ProviderReply json(int status, Part fields) {
    return new Answer(status, "application/json", Map.of(), JsonBytes.object(fields));
  }
}
