package io.parley.api.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Holds the patterns of the contract to what generated clients can use: they compile in Python and
 * JavaScript, and no client refuses there what the gateway accepts.
 */
@Tag("integration")
class ContractPatternsTest {
  private static final int TEXTS = 3_000;
  private static final List<String> PIECES =
      List.of(
          " ",
          "\t",
          "\n",
          "\u0001",
          "\u001d",
          "\u0085",
          "\u00a0",
          "\u2028",
          "\u3000",
          "\ufeff",
          "a",
          "Z",
          "9",
          "0",
          "-",
          ".",
          "_",
          "@",
          ":",
          "/",
          "?",
          "\"",
          "\\",
          "$",
          "\u00e4",
          "\u0663",
          "\u200b",
          "\ud83d\ude00",
          "https://",
          "2026-01-31",
          "T12:00:00Z",
          "ann",
          "image/png");

  /** Reads [{pattern, texts}] and prints what it refuses. */
  private static final String IN_PYTHON =
      """
      import json, re, sys
      for each in json.loads(sys.stdin.buffer.read()):
          compiled = re.compile(each["pattern"])
          for text in each["texts"]:
              if not compiled.match(text):
                  print("refused by", each["pattern"], ":", ascii(text))
      """;

  private static final String IN_JAVASCRIPT =
      """
      const input = JSON.parse(require('fs').readFileSync(0, 'utf8'));
      for (const { pattern, texts } of input) {
        for (const flags of ['', 'u']) {
          const compiled = new RegExp(pattern, flags);
          texts.filter((text) => !compiled.test(text)).forEach((text) =>
            console.log('refused by', pattern, flags, JSON.stringify(text)));
        }
      }
      """;

  @Test
  void pythonAcceptsWhatTheGatewayAccepts() throws Exception {
    assertThat(refusedBy("python3", "-c", IN_PYTHON)).isEmpty();
  }

  @Test
  void javaScriptAcceptsWhatTheGatewayAccepts() throws Exception {
    assertThat(refusedBy("node", "-e", IN_JAVASCRIPT)).isEmpty();
  }

  @Test
  void patternsBeginAndEndWithAnchors() {
    // some clients match from the beginning, others anywhere
    patterns(ContractCheck.document(), new ArrayList<>())
        .forEach(
            schema -> assertThat((String) schema.get("pattern")).startsWith("^").endsWith("$"));
  }

  private static String refusedBy(String... command) throws IOException, InterruptedException {
    assumeTrue(isThere(command[0]), () -> "NOT TESTED: install " + command[0]);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (OutputStream input = process.getOutputStream()) {
      input.write(samples().encode().getBytes(StandardCharsets.UTF_8));
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).describedAs(output).isZero();
    return output;
  }

  private static boolean isThere(String program) throws InterruptedException {
    try {
      return new ProcessBuilder(program, "--version").start().waitFor() == 0;
    } catch (IOException absent) {
      return false;
    }
  }

  /** Each pattern with texts that the gateway accepts where it stands. */
  private static JsonArray samples() {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    JsonArray samples = new JsonArray();
    for (Map<String, Object> schema : patterns(ContractCheck.document(), new ArrayList<>())) {
      SchemaCheck shape = SchemaCompiler.of(schema, ref -> Map.of());
      JsonArray texts = new JsonArray();
      for (int i = 0; i < TEXTS; i++) {
        String text = text(random);
        if (SchemaCheckTest.faults(shape, text).isEmpty()) {
          texts.add(text);
        }
      }
      samples.add(new JsonObject().put("pattern", schema.get("pattern")).put("texts", texts));
    }
    return samples;
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int length = random.nextInt(6); length >= 0; length--) {
      text.append(PIECES.get(random.nextInt(PIECES.size())));
    }
    return text.toString();
  }

  /** Every schema with a pattern, wherever it stands. */
  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> patterns(Object node, List<Map<String, Object>> found) {
    if (node instanceof Map<?, ?> map) {
      if (map.get("pattern") instanceof String pattern) {
        assertThat(pattern).doesNotContain("\\p{");
        found.add((Map<String, Object>) map);
      }
      map.values().forEach(each -> patterns(each, found));
    } else if (node instanceof List<?> list) {
      list.forEach(each -> patterns(each, found));
    }
    return found;
  }
}
