package io.parley.api.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.parley.api.auth.WebhookSignature;
import io.parley.api.problem.Problem;
import io.parley.channel.Address;
import io.parley.file.FileVerbs;
import io.parley.identity.ClientAddress;
import io.parley.json.MalformedText;
import io.parley.json.StrictJson;
import io.parley.testing.FaultVolume;
import io.parley.timeline.Channel;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Generated texts for every parser that strangers reach: each is read or refused, soon, and never
 * fails in any other way. {@code -Dseed} gives other texts, and {@code -Dvolume} more of them.
 */
@Tag("fast")
class GeneratedTextsTest {
  private static final int TEXTS = 5_000;
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final List<String> SEEDS =
      List.of(
          "+12025550123",
          "(202) 555-0123 ext. 7",
          "Ann <ann+x@example.org>",
          "[a@b.example](mailto:a@b.example)",
          "::ffff:127.0.0.1",
          "2001:db8::1%eth0",
          "{\"a\":[1,2.5e3,\"\\ud83d\\ude00\",null,true]}",
          "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4= v1,x",
          "5f0c3b1e-8a9d-4c55-9a53-0d6d1f6a7c21",
          "1767225600",
          "");
  private static final String ODD =
      "\u0000\t\r\n \"\\<>@[](){}+-.,:;%&=/\u00a0\u0660\u200f\u2028\ud800\udfff\uff10\ufeff0123456789abcdefz";

  private final long seed = Long.getLong("seed", 14);
  private final Random random = new Random(seed);

  private String text() {
    StringBuilder text = new StringBuilder(SEEDS.get(random.nextInt(SEEDS.size())));
    for (int edits = random.nextInt(6); edits > 0; edits--) {
      int at = random.nextInt(text.length() + 1);
      switch (random.nextInt(4)) {
        case 0 -> text.insert(at, ODD.charAt(random.nextInt(ODD.length())));
        case 1 -> text.setLength(at);
        case 2 -> text.insert(at, text.substring(0, at));
        default -> text.insert(at, String.valueOf(odd()).repeat(random.nextInt(300)));
      }
    }
    return text.toString();
  }

  private char odd() {
    return ODD.charAt(random.nextInt(ODD.length()));
  }

  private void feed(Consumer<String> parser) {
    System.out.println("GeneratedTextsTest: -Dseed=" + seed);
    assertTimeoutPreemptively(
        SOON.multipliedBy(FaultVolume.of(1)),
        () -> {
          for (int i = 0; i < FaultVolume.of(TEXTS); i++) {
            String text = text();
            try {
              parser.accept(text);
            } catch (RuntimeException failure) {
              throw new AssertionError("seed " + seed + ": " + text, failure);
            }
          }
        });
  }

  @Test
  void addressesAreReadOrRefusedAndReadTheSameAgain() {
    feed(
        text -> {
          for (Channel channel : List.of(Channel.SMS, Channel.EMAIL)) {
            Address.of(channel, text, "US")
                .ifPresent(
                    address ->
                        assertThat(Address.of(channel, address.text(), "US"))
                            .hasValueSatisfying(
                                again -> assertThat(again.handle()).isEqualTo(address.handle())));
          }
        });
  }

  @Test
  void addressesOfClientsAreReadOrRefused() {
    feed(
        text ->
            ClientAddress.of(text)
                .ifPresent(address -> assertThat(address.countedAs()).isNotBlank()));
  }

  @Test
  void jsonIsReadOrRefused() {
    feed(
        text -> {
          for (Buffer bytes : List.of(Buffer.buffer(text), Buffer.buffer(text, "UTF-16"))) {
            try {
              Object _ = StrictJson.parse(bytes);
            } catch (MalformedText refused) {
              assertThat(refused.reason()).isNotBlank();
            }
          }
        });
  }

  @Test
  void cursorsAreReadOrRefused() {
    String whole = new Cursor("list", List.of("12", "2026-01-31T12:00:00Z")).text();
    feed(
        text -> {
          for (String cursor : List.of(text, whole + text, text + whole)) {
            try {
              List<String> _ = Cursor.read(cursor, "list", 2);
            } catch (Problem.Refused refused) {
              assertThat(refused.problem().status()).isEqualTo(400);
            }
          }
        });
  }

  @Test
  void signaturesAreRefused() {
    WebhookSignature signature =
        new WebhookSignature(
            "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", () -> Instant.ofEpochSecond(1_767_225_600));
    feed(
        text -> {
          MultiMap headers = MultiMap.caseInsensitiveMultiMap();
          headers.add("webhook-id", text());
          headers.add("webhook-timestamp", random.nextBoolean() ? "1767225600" : text);
          headers.add("webhook-signature", random.nextBoolean() ? "v1," + text : text);
          boolean _ = signature.isCurrent(headers);
          assertThat(signature.isValid(headers, Buffer.buffer(text))).isFalse();
        });
  }

  @Test
  void idsOfFilesAreReadOrRefused() {
    feed(text -> FileVerbs.id(text).ifPresent(id -> assertThat(id.toString()).isNotBlank()));
  }
}
