package io.parley.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.simulator.Fault.Ending;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;

/** The faults of a provider's requests, in the order in which they arrive. */
sealed interface FaultPlan {
  int MAX_STEPS = 1_000;

  Fault next();

  void write(JsonGenerator json) throws IOException;

  /** No faults. */
  record Healthy() implements FaultPlan {
    @Override
    public Fault next() {
      return Fault.NONE;
    }

    @Override
    public void write(JsonGenerator json) throws IOException {
      json.writeArrayFieldStart("script");
      json.writeEndArray();
    }
  }

  /** A fixed list of faults; after the last one it repeats or has no effect. */
  final class Script implements FaultPlan {
    private final List<Fault> steps;
    private final boolean repeat;
    private int done;

    Script(List<Fault> steps, boolean repeat) {
      this.steps = steps;
      this.repeat = repeat;
    }

    @Override
    public Fault next() {
      if (done == steps.size()) {
        if (!repeat || steps.isEmpty()) {
          return Fault.NONE;
        }
        done = 0;
      }
      return steps.get(done++);
    }

    @Override
    public void write(JsonGenerator json) throws IOException {
      json.writeArrayFieldStart("script");
      for (Fault step : steps) {
        step.write(json);
      }
      json.writeEndArray();
      json.writeBooleanField("repeat", repeat);
      json.writeNumberField("done", done);
    }
  }

  /** Random faults by rate; the same seed gives the same sequence. */
  final class Rates implements FaultPlan {
    private final TreeMap<String, Double> shares;
    private final long seed;
    private final int delayMs;
    private final long retryAfter;
    private final Random random;

    Rates(Map<String, Double> shares, long seed, int delayMs, long retryAfter) {
      // sorted, so that the order in the request does not matter
      this.shares = new TreeMap<>(shares);
      this.seed = seed;
      this.delayMs = delayMs;
      this.retryAfter = retryAfter;
      this.random = new Random(seed);
    }

    @Override
    public Fault next() {
      double left = random.nextDouble();
      for (Map.Entry<String, Double> share : shares.entrySet()) {
        left -= share.getValue();
        if (left < 0) {
          return fault(share.getKey());
        }
      }
      return Fault.NONE;
    }

    private Fault fault(String name) {
      return switch (name) {
        case "drop_reply" -> Fault.of(Ending.DROP_REPLY);
        case "reset" -> Fault.of(Ending.RESET);
        case "silent" -> Fault.of(Ending.SILENT);
        case "delay" -> Fault.delay(delayMs);
        default -> {
          int status = Integer.parseInt(name);
          yield Fault.refusal(
              status, status == 429 ? OptionalLong.of(retryAfter) : OptionalLong.empty());
        }
      };
    }

    @Override
    public void write(JsonGenerator json) throws IOException {
      json.writeObjectFieldStart("rates");
      for (Map.Entry<String, Double> share : shares.entrySet()) {
        json.writeNumberField(share.getKey(), share.getValue());
      }
      json.writeEndObject();
      json.writeNumberField("seed", seed);
      json.writeNumberField("delay_ms", delayMs);
      json.writeNumberField("retry_after", retryAfter);
    }
  }

  /**
   * Reads a plan.
   *
   * @param seed the seed of a plan that names none
   */
  static FaultPlan read(FieldReader fields, long seed) {
    FaultPlan plan = fields.has("rates") ? rates(fields, seed) : script(fields);
    fields.check();
    return plan;
  }

  private static FaultPlan script(FieldReader fields) {
    if (!fields.has("script")) {
      fields.invalid("script", "is required unless rates is given");
    }
    List<Fault> steps = fields.objects("script", MAX_STEPS, Fault::read);
    return new Script(steps, fields.bool("repeat").orElse(false));
  }

  private static FaultPlan rates(FieldReader fields, long seed) {
    TreeMap<String, Double> shares = new TreeMap<>();
    fields
        .object("rates")
        .ifPresent(
            rates -> {
              for (String name : rates.names()) {
                if (name.matches("[45][0-9]{2}|drop_reply|reset|silent|delay")) {
                  shares.put(name, rates.share(name));
                } else {
                  rates.invalid(
                      name, "must be a status from 400 to 599, drop_reply, reset, silent or delay");
                }
              }
            });
    double sum = Arrays.stream(shares.values().toArray(Double[]::new)).mapToDouble(s -> s).sum();
    if (sum > 1 + 1e-9) {
      fields.invalid("rates", "must not add up to more than 1");
    }
    return new Rates(
        shares,
        fields.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE).orElse(seed),
        (int) fields.whole("delay_ms", 0, Fault.MAX_DELAY_MS).orElse(3_000),
        fields.whole("retry_after", 0, Fault.MAX_RETRY_AFTER).orElse(1));
  }
}
