package io.parley.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.OptionalLong;

/**
 * A fault injected into one request.
 *
 * @param delayMs how long the answer is delayed
 * @param ending how the request ends after the delay
 * @param status the status of a {@link Ending#REFUSAL}
 * @param retryAfter its Retry-After in seconds
 */
record Fault(int delayMs, Ending ending, int status, OptionalLong retryAfter) {
  static final int MAX_DELAY_MS = 60_000;
  static final long MAX_RETRY_AFTER = 3_600;
  static final Fault NONE = of(Ending.DELIVERY);

  enum Ending {
    /** Delivered and answered. */
    DELIVERY,
    /** Not delivered, answered with an error. */
    REFUSAL,
    /** Delivered, but the answer is lost. */
    DROP_REPLY,
    /** Not delivered, and the connection is reset. */
    RESET,
    /** Not delivered and never answered; the connection stays open. */
    SILENT
  }

  static Fault of(Ending ending) {
    return new Fault(0, ending, 0, OptionalLong.empty());
  }

  static Fault refusal(int status, OptionalLong retryAfter) {
    return new Fault(0, Ending.REFUSAL, status, retryAfter);
  }

  static Fault delay(int ms) {
    return new Fault(ms, Ending.DELIVERY, 0, OptionalLong.empty());
  }

  /** Reads one step of a script; an empty step is no fault. */
  static Fault read(FieldReader fields) {
    OptionalLong status = fields.whole("status", 400, 599);
    OptionalLong retryAfter = fields.whole("retry_after", 0, MAX_RETRY_AFTER);
    int delay = (int) fields.whole("delay_ms", 0, MAX_DELAY_MS).orElse(0);
    boolean drop = fields.bool("drop_reply").orElse(false);
    boolean reset = fields.bool("reset").orElse(false);
    boolean silent = fields.bool("silent").orElse(false);
    int endings =
        (status.isPresent() ? 1 : 0) + (drop ? 1 : 0) + (reset ? 1 : 0) + (silent ? 1 : 0);
    if (endings > 1) {
      fields.invalid(
          "status",
          "must not be combined with drop_reply, reset or silent, nor these with each other");
    }
    if (retryAfter.isPresent() && status.isEmpty()) {
      fields.invalid("retry_after", "requires a status");
    }
    Ending ending =
        status.isPresent()
            ? Ending.REFUSAL
            : drop
                ? Ending.DROP_REPLY
                : reset ? Ending.RESET : silent ? Ending.SILENT : Ending.DELIVERY;
    return new Fault(delay, ending, (int) status.orElse(0), retryAfter);
  }

  void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    if (delayMs > 0) {
      json.writeNumberField("delay_ms", delayMs);
    }
    switch (ending) {
      case REFUSAL -> {
        json.writeNumberField("status", status);
        if (retryAfter.isPresent()) {
          json.writeNumberField("retry_after", retryAfter.getAsLong());
        }
      }
      case DROP_REPLY -> json.writeBooleanField("drop_reply", true);
      case RESET -> json.writeBooleanField("reset", true);
      case SILENT -> json.writeBooleanField("silent", true);
      case DELIVERY -> {}
    }
    json.writeEndObject();
  }
}
