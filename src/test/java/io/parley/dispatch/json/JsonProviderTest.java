package io.parley.dispatch.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.channel.Outcome;
import io.parley.channel.OutgoingMessage;
import io.parley.dispatch.Transcript;
import io.parley.settings.ProviderSettings;
import io.parley.testing.Await;
import io.parley.timeline.Attachment;
import io.parley.timeline.Channel;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A provider that misbehaves in every way a socket can. */
@Tag("fast")
class JsonProviderTest {
  private static final Instant SENT = Instant.parse("2026-01-01T10:00:00.250Z");
  private final Vertx vertx = Vertx.vertx();
  private final AtomicReference<String> seen = new AtomicReference<>("");
  private final Transcript transcript = new Transcript();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final NetServer server =
      vertx.createNetServer(new NetServerOptions().setHost("127.0.0.1").setSoLinger(0));

  @AfterEach
  void close() throws Exception {
    Await.result(vertx.close());
  }

  private static OutgoingMessage message(Channel channel) {
    return new OutgoingMessage(
        7,
        2,
        channel,
        "+15550000000",
        "+15550000001",
        Optional.of("Hello"),
        "body",
        List.of(
            new Attachment(
                Optional.empty(),
                "https://example.org/a.png?expires=1&signature=c2lnbmF0dXJl",
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty())),
        SENT);
  }

  private static ProviderSettings settings(int port) {
    return new ProviderSettings(
        "p", "json", false, "http://127.0.0.1:" + port, 4, 0, Duration.ofMillis(300));
  }

  /** What the provider makes of a far side that does this once it has read a whole request. */
  private Outcome asked(Channel channel, Consumer<NetSocket> answer) {
    server.connectHandler(
        socket -> {
          Buffer all = Buffer.buffer();
          socket.handler(
              part -> {
                all.appendBuffer(part);
                if (all.toString().endsWith("}")) {
                  seen.set(all.toString());
                  answer.accept(socket);
                }
              });
        });
    int port = Await.result(server.listen(0)).actualPort();
    return sent(port, channel);
  }

  private Outcome sent(int port, Channel channel) {
    return Await.result(new JsonProvider(vertx, settings(port)).send(message(channel), transcript));
  }

  private Outcome answered(String status, String headers, String body) {
    return asked(
        Channel.SMS,
        socket ->
            socket.write(
                "HTTP/1.1 "
                    + status
                    + "\r\ncontent-length: "
                    + body.length()
                    + "\r\n"
                    + headers
                    + "\r\n"
                    + body));
  }

  @Test
  void anSmsIsWrittenAsTheFarSideExpectsIt() {
    assertThat(answered("202 Accepted", "", "{\"id\":\"x1\"}")).isEqualTo(new Outcome.Sent("x1"));
    assertThat(seen.get()).startsWith("POST /sms HTTP/1.1\r\n").contains("Idempotency-Key: 7-2");
    assertThat(new JsonObject(seen.get().substring(seen.get().indexOf('{'))))
        .isEqualTo(
            new JsonObject(
                """
                {"from":"+15550000000","to":"+15550000001","type":"sms","body":"body",
                 "attachments":["https://example.org/a.png?expires=1&signature=c2lnbmF0dXJl"],"timestamp":"2026-01-01T10:00:00.250Z","reference":"7"}
                """));
  }

  @Test
  void anEmailHasASubjectInsteadOfAType() {
    assertThat(
            asked(
                Channel.EMAIL,
                socket -> socket.write("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n{\"id\":5}")))
        .isEqualTo(new Outcome.Sent("5"));
    assertThat(seen.get()).startsWith("POST /email HTTP/1.1\r\n");
    JsonObject body = new JsonObject(seen.get().substring(seen.get().indexOf('{')));
    assertThat(body.getString("subject")).isEqualTo("Hello");
    assertThat(body.containsKey("type")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 425, 503})
  void aProviderThatSurelyTookNothingMayBeAskedAgainOrReplaced(int status) {
    assertThat(answered(status + " Oops", "", "{\"id\":\"x\"}"))
        .isInstanceOfSatisfying(
            Outcome.Unavailable.class, told -> assertThat(told.code()).isEqualTo("http_" + status));
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 501, 502, 504, 507, 520, 521, 522, 523, 524, 599})
  void anyOtherServerErrorMayHaveTakenTheMessage(int status) {
    assertThat(answered(status + " Oops", "", ""))
        .isInstanceOfSatisfying(
            Outcome.Unknown.class, told -> assertThat(told.code()).isEqualTo("http_" + status));
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404, 405})
  void wrongCredentialsOrAddressesAreTroubleOfTheProvider(int status) {
    assertThat(answered(status + " No", "", "{\"code\":\"x\"}"))
        .isInstanceOfSatisfying(
            Outcome.Unavailable.class, told -> assertThat(told.code()).isEqualTo("http_" + status));
  }

  @Test
  void theTranscriptShowsWhatWentOverTheWireWithoutSecrets() {
    Outcome outcome =
        asked(
            Channel.SMS,
            socket ->
                socket.write(
                    "HTTP/1.1 202 Accepted\r\nset-cookie: s=deadbeef\r\nx-id: 5\r\ncontent-length: 34\r\n\r\n"
                        + "{\"id\":\"x1\",\"api_token\":\"deadbeef\"}"));
    assertThat(outcome).isEqualTo(new Outcome.Sent("x1"));
    assertThat(transcript.status()).hasValue(202);
    assertThat(transcript.request().orElseThrow())
        .startsWith("POST http://127.0.0.1:")
        .contains("Idempotency-Key: 7-2")
        .contains("\"body\":\"body\"")
        .contains("signature=[removed]")
        .doesNotContain("c2lnbmF0dXJl");
    assertThat(transcript.response().orElseThrow())
        .startsWith("HTTP 202\n")
        .contains("x-id: 5")
        .contains("{\"id\":\"x1\"")
        .doesNotContain("deadbeef");
  }

  @Test
  void theTranscriptIsBoundedAndShowsARequestWithoutAnswer() {
    assertThat(asked(Channel.SMS, socket -> {})).isInstanceOf(Outcome.Unknown.class);
    assertThat(transcript.request()).isPresent();
    assertThat(transcript.response()).isEmpty();
    assertThat(transcript.status()).isEmpty();
    transcript.answered(
        200,
        MultiMap.caseInsensitiveMultiMap().add("x-long", "y".repeat(5_000)),
        Buffer.buffer("\u00e9".repeat(5_000)));
    assertThat(transcript.response().orElseThrow().getBytes(StandardCharsets.UTF_8))
        .hasSizeBetween(4_090, 4_096);
    assertThat(transcript.response().orElseThrow()).endsWith("\u00e9");
  }

  @Test
  void aRefusalIsForGoodAndKeepsTheProvidersCode() {
    assertThat(answered("400 Bad", "", "{\"code\":21610,\"message\":\"opted out\"}"))
        .isEqualTo(new Outcome.Refused("21610", "opted out"));
  }

  @Test
  void aRefusalWithoutReasonIsOneToo() {
    assertThat(answered("422 No", "", "<html>"))
        .isEqualTo(new Outcome.Refused("refused", "The provider answered 422."));
  }

  @Test
  void emptyReasonsAreNone() {
    assertThat(answered("400 Bad", "", "{\"code\":\"\",\"message\":\" \"}"))
        .isEqualTo(new Outcome.Refused("refused", "The provider answered 400."));
  }

  @Test
  void aRedirectionIsNoVerdict() {
    assertThat(answered("302 Found", "location: http://127.0.0.1:1/\r\n", ""))
        .isInstanceOf(Outcome.Unavailable.class);
  }

  @Test
  void secondsToWaitAreHeeded() {
    assertThat(answered("429 Slow", "retry-after: 7\r\n", ""))
        .isEqualTo(new Outcome.Throttled(Optional.of(Duration.ofSeconds(7))));
  }

  @Test
  void aDateToWaitForIsHeeded() {
    assertThat(Replies.wait("Thu, 01 Jan 2026 10:00:30 GMT", Instant.parse("2026-01-01T10:00:00Z")))
        .contains(Duration.ofSeconds(30));
    assertThat(Replies.wait("Thu, 01 Jan 2026 09:00:30 GMT", Instant.parse("2026-01-01T10:00:00Z")))
        .contains(Duration.ZERO);
    for (String odd : List.of("soon", "-1", "1.5", "")) {
      assertThat(Replies.wait(odd, SENT)).isEmpty();
    }
    for (String beyond : List.of("999999999", "2147483648", "99999999999999999999")) {
      assertThat(Replies.wait(beyond, SENT)).contains(Duration.ofHours(24));
    }
  }

  @Test
  void theOldFormsOfDatesAreHeededToo() {
    Instant now = Instant.parse("1994-11-06T08:49:30Z");
    for (String date :
        List.of(
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994")) {
      assertThat(Replies.wait(date, now)).describedAs(date).contains(Duration.ofSeconds(7));
    }
  }

  @Test
  void anOutageMaySayHowLongItTakes() {
    assertThat(answered("503 Down", "retry-after: 40\r\n", ""))
        .isEqualTo(
            new Outcome.Unavailable(
                "http_503", "The provider answered 503.", Optional.of(Duration.ofSeconds(40))));
  }

  @Test
  void anAnswerThatNamesNoMessageIsNotOne() {
    for (String body : List.of("", "{", "[]", "{\"id\":\"\"}", "{\"id\":null}", "<html>welcome")) {
      assertThat(Replies.outcome(200, null, Buffer.buffer(body), SENT))
          .isInstanceOf(Outcome.Unknown.class);
    }
  }

  @Test
  void garbageIsNotKnowing() {
    assertThat(answered("200 OK", "", "<html>login</html>")).isInstanceOf(Outcome.Unknown.class);
  }

  @Test
  void noAnswerInTimeIsNotKnowing() {
    assertThat(asked(Channel.SMS, socket -> {})).isInstanceOf(Outcome.Unknown.class);
  }

  @Test
  void anAnswerThatTricklesIsNotKnowingAndItsConnectionEnds() throws InterruptedException {
    assertThat(
            asked(
                Channel.SMS,
                socket -> {
                  socket.closeHandler(closed -> ended.countDown());
                  socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n");
                  vertx.setPeriodic(50, tick -> socket.write(" "));
                }))
        .isInstanceOf(Outcome.Unknown.class);
    assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aConnectionCutAfterReadingIsNotKnowing() {
    assertThat(asked(Channel.SMS, NetSocket::close)).isInstanceOf(Outcome.Unknown.class);
  }

  @Test
  void aConnectionCutBeforeReadingIsNotKnowing() {
    server.connectHandler(NetSocket::close);
    int port = Await.result(server.listen(0)).actualPort();
    assertThat(sent(port, Channel.SMS)).isInstanceOf(Outcome.Unknown.class);
  }

  @Test
  void halfAReplyIsNotKnowing() {
    assertThat(
            asked(
                Channel.SMS,
                socket -> {
                  socket.write("HTTP/1.1 202 Accepted\r\ncontent-length: 100\r\n\r\n{\"id\":");
                  socket.close();
                }))
        .isInstanceOf(Outcome.Unknown.class);
  }

  private Outcome answeredWithoutEnd(String status) {
    return asked(
        Channel.SMS,
        socket -> {
          socket.closeHandler(closed -> ended.countDown());
          socket.write("HTTP/1.1 " + status + "\r\ntransfer-encoding: chunked\r\n\r\n");
          String chunk = "2000\r\n" + " ".repeat(8192) + "\r\n";
          for (int i = 0; i < 20; i++) {
            socket.write(chunk);
          }
        });
  }

  @Test
  void aReplyWithoutEndIsGivenUpWithItsConnection() throws InterruptedException {
    assertThat(answeredWithoutEnd("200 OK")).isInstanceOf(Outcome.Unknown.class);
    assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aRefusalIsOneHoweverManyWordsItHas() {
    assertThat(answeredWithoutEnd("400 Bad")).isInstanceOf(Outcome.Refused.class);
  }

  @Test
  void aRequestToWaitIsHeededHoweverManyWordsItHas() {
    assertThat(answeredWithoutEnd("429 Slow\r\nretry-after: 7"))
        .isEqualTo(new Outcome.Throttled(Optional.of(Duration.ofSeconds(7))));
  }

  @Test
  void anOutageIsOneHoweverManyWordsItHas() {
    assertThat(answeredWithoutEnd("503 Oops")).isInstanceOf(Outcome.Unavailable.class);
  }

  @Test
  void nobodyListeningIsSafeToRepeat() {
    int port = Await.result(server.connectHandler(NetSocket::close).listen(0)).actualPort();
    Await.result(server.close());
    assertThat(sent(port, Channel.SMS))
        .isInstanceOfSatisfying(
            Outcome.Unavailable.class, told -> assertThat(told.code()).isEqualTo("no_connection"));
  }
}
