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

/** What goes wrong with a provider's requests, one after the other as they come. */
sealed interface FaultPlan {
  int MOST_STEPS = 1_000;

  Fault next();

  void write(JsonGenerator json) throws IOException;

  /** Nothing does. */
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

  /** As written, step by step; after the last from the beginning, or nothing any more. */
  final class Script implements FaultPlan {
    private final List<Fault> steps;
    private final boolean repeat;
    private int at;

    Script(List<Fault> steps, boolean repeat) {
      this.steps = steps;
      this.repeat = repeat;
    }

    @Override
    public Fault next() {
      if (at == steps.size()) {
        if (!repeat || steps.isEmpty()) {
          return Fault.NONE;
        }
        at = 0;
      }
      return steps.get(at++);
    }

    @Override
    public void write(JsonGenerator json) throws IOException {
      json.writeArrayFieldStart("script");
      for (Fault step : steps) {
        step.write(json);
      }
      json.writeEndArray();
      json.writeBooleanField("repeat", repeat);
      json.writeNumberField("done", at);
    }
  }

  /** By chance; the same seed draws the same for the first, the second, the third request. */
  final class Rates implements FaultPlan {
    private final TreeMap<String, Double> shares;
    private final long seed;
    private final int delayMs;
    private final long retryAfter;
    private final Random random;

    Rates(Map<String, Double> shares, long seed, int delayMs, long retryAfter) {
      // sorted, so that the order they were written in makes no difference
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
          return mishap(share.getKey());
        }
      }
      return Fault.NONE;
    }

    private Fault mishap(String name) {
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
   * The plan somebody wrote.
   *
   * @param seed of one that names none
   */
  static FaultPlan read(FieldReader fields, long seed) {
    FaultPlan plan = fields.has("rates") ? rates(fields, seed) : script(fields);
    fields.check();
    return plan;
  }

  private static FaultPlan script(FieldReader fields) {
    if (!fields.has("script")) {
      fields.wrong("script", "must be there, or rates");
    }
    List<Fault> steps = fields.objects("script", MOST_STEPS, Fault::read);
    return new Script(steps, fields.truth("repeat").orElse(false));
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
                  rates.wrong(
                      name, "must be a status from 400 to 599, drop_reply, reset, silent or delay");
                }
              }
            });
    double sum = Arrays.stream(shares.values().toArray(Double[]::new)).mapToDouble(s -> s).sum();
    if (sum > 1 + 1e-9) {
      fields.wrong("rates", "must not add up to more than 1");
    }
    return new Rates(
        shares,
        fields.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE).orElse(seed),
        (int) fields.whole("delay_ms", 0, Fault.LONGEST_DELAY_MS).orElse(3_000),
        fields.whole("retry_after", 0, Fault.LONGEST_RETRY_AFTER).orElse(1));
  }
}
