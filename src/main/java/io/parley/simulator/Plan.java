package io.parley.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.simulator.Mishap.Ending;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;

/** What goes wrong with a provider's requests, one after the other as they come. */
sealed interface Plan {
  int MOST_STEPS = 1_000;

  Mishap next();

  void write(JsonGenerator json) throws IOException;

  /** Nothing does. */
  record Healthy() implements Plan {
    @Override
    public Mishap next() {
      return Mishap.NONE;
    }

    @Override
    public void write(JsonGenerator json) throws IOException {
      json.writeArrayFieldStart("script");
      json.writeEndArray();
    }
  }

  /** As written, step by step; after the last from the beginning, or nothing any more. */
  final class Script implements Plan {
    private final List<Mishap> steps;
    private final boolean repeat;
    private int at;

    Script(List<Mishap> steps, boolean repeat) {
      this.steps = steps;
      this.repeat = repeat;
    }

    @Override
    public Mishap next() {
      if (at == steps.size()) {
        if (!repeat || steps.isEmpty()) {
          return Mishap.NONE;
        }
        at = 0;
      }
      return steps.get(at++);
    }

    @Override
    public void write(JsonGenerator json) throws IOException {
      json.writeArrayFieldStart("script");
      for (Mishap step : steps) {
        step.write(json);
      }
      json.writeEndArray();
      json.writeBooleanField("repeat", repeat);
      json.writeNumberField("done", at);
    }
  }

  /** By chance; the same seed draws the same for the first, the second, the third request. */
  final class Rates implements Plan {
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
    public Mishap next() {
      double left = random.nextDouble();
      for (Map.Entry<String, Double> share : shares.entrySet()) {
        left -= share.getValue();
        if (left < 0) {
          return mishap(share.getKey());
        }
      }
      return Mishap.NONE;
    }

    private Mishap mishap(String name) {
      return switch (name) {
        case "drop_reply" -> Mishap.of(Ending.DROP_REPLY);
        case "reset" -> Mishap.of(Ending.RESET);
        case "silent" -> Mishap.of(Ending.SILENT);
        case "delay" -> Mishap.delay(delayMs);
        default -> {
          int status = Integer.parseInt(name);
          yield Mishap.refusal(
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
  static Plan read(Fields fields, long seed) {
    Plan plan = fields.has("rates") ? rates(fields, seed) : script(fields);
    fields.check();
    return plan;
  }

  private static Plan script(Fields fields) {
    if (!fields.has("script")) {
      fields.wrong("script", "must be there, or rates");
    }
    List<Mishap> steps = fields.objects("script", MOST_STEPS, Mishap::read);
    return new Script(steps, fields.truth("repeat").orElse(false));
  }

  private static Plan rates(Fields fields, long seed) {
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
        (int) fields.whole("delay_ms", 0, Mishap.LONGEST_DELAY_MS).orElse(3_000),
        fields.whole("retry_after", 0, Mishap.LONGEST_RETRY_AFTER).orElse(1));
  }
}
