package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.api.contract.ContractCheck;
import io.parley.api.contract.ContractCheck.ExampleRequest;
import io.parley.testing.ByteMutations;
import io.parley.testing.Concurrently;
import io.parley.testing.FaultVolume;
import io.parley.testing.GatewayExtension;
import io.parley.testing.LogCapture;
import io.parley.testing.RawSocket;
import io.parley.testing.TestGateway;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Bytes that are nearly valid, for every parser behind the HTTP codec: bodies, WebSocket frames,
 * SockJS messages and forms. Each is answered, never with a 5xx, and no connection hangs. {@code
 * -Dvolume} multiplies them.
 */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class GeneratedBytesTest {
  private static final int WORKERS = 4;
  private static final int BODIES = 1_000;
  private static final int FRAMES = 700;
  private static final int MESSAGES = 400;
  private static final int FORMS = 400;
  private static final String ADMIN = TestGateway.basic("admin@parley.local");
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final List<String> JSON_PIECES =
      List.of(
          "{",
          "}",
          "[",
          "]",
          "\"",
          "\\",
          "\\u0000",
          "\\ud800",
          ",",
          ":",
          "null",
          "true",
          "1e999999",
          "-0",
          "\u0000",
          "\ud83d\ude00",
          "[[[[[[[[",
          "\"a\":",
          "\"ref\":\"1\"",
          "{\"a\":{\"a\":{\"a\":");
  private static final List<String> FORM_PIECES =
      List.of(
          "\r\n",
          "--",
          "----parley",
          "\r\n------parley\r\n",
          "\r\n------parley--\r\n",
          ";",
          "\"",
          "=",
          "\r\n\r\n",
          "Content-Type: multipart/mixed; boundary=x\r\n",
          "filename*=UTF-8''%ff",
          "\0",
          "Content-Transfer-Encoding: base64\r\n",
          "Content-Disposition: form-data; name=\"b\"\r\n\r\n");

  private static TestGateway node;
  private static String ann;

  @BeforeAll
  static void start(TestGateway gateway) {
    node = gateway;
    ann = node.signUp("ann", "person");
    node.signUp("bob", "person");
    node.say(ann, "bob", "hello").is(201);
  }

  /** Sends one input and checks what comes of it. */
  @FunctionalInterface
  private interface Trial {
    void run(ByteMutations mutations) throws Exception;
  }

  private static void repeat(int times, List<String> pieces, Trial trial) {
    try (LogCapture log = new LogCapture()) {
      List<CompletableFuture<Void>> workers =
          IntStream.range(0, WORKERS)
              .mapToObj(worker -> Concurrently.run(() -> work(worker, times, pieces, trial)))
              .toList();
      workers.forEach(CompletableFuture::join);
      assertThat(log.warnings("bug")).isEmpty();
    }
    node.get(ann, "/api/users/me").is(200);
  }

  private static void work(int worker, int times, List<String> pieces, Trial trial) {
    ByteMutations mutations = new ByteMutations(worker, pieces);
    for (int i = 0; i < FaultVolume.of(times) / WORKERS; i++) {
      try {
        trial.run(mutations);
      } catch (Exception wrong) {
        throw new AssertionError(
            "seed %d, input %d of worker %d".formatted(ByteMutations.seed(), i, worker), wrong);
      }
    }
  }

  private static HttpResponse<String> send(
      String method, String path, String authorization, String type, byte[] body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(node.uri(path))
            .timeout(Duration.ofSeconds(60))
            .header("Authorization", authorization)
            .header("Content-Type", type)
            .method(method, BodyPublishers.ofByteArray(body))
            .build();
    HttpResponse<String> response = CLIENT.send(request, BodyHandlers.ofString());
    assertThat(response.statusCode())
        .describedAs("%s %s %s: %s", method, path, text(body), response.body())
        .isLessThan(500);
    return response;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void everyBodyIsAnsweredAndNeverByA5xx() {
    List<ExampleRequest> examples =
        ContractCheck.exampleRequests().stream()
            .filter(each -> each.body() != null && !each.verb().streamed())
            .toList();
    List<byte[]> bodies = examples.stream().map(each -> bytes(Json.encode(each.body()))).toList();
    repeat(
        BODIES,
        JSON_PIECES,
        mutations -> {
          int which = mutations.random().nextInt(examples.size());
          ExampleRequest example = examples.get(which);
          byte[] body = mutations.next(List.of(bodies.get(which)));
          send(example.verb().method(), example.path(), ADMIN, "application/json", body);
        });
  }

  private static List<byte[]> requestFrames() {
    JsonObject item = new JsonObject().put("ref", "bob").put("type", "message").put("body", "hi");
    return Stream.of(
            new JsonObject().put("type", "ping"),
            new JsonObject().put("type", "register").put("address", "inbox"),
            request("appendItem", item.put("client_id", "c1")),
            request("resume", new JsonObject().put("positions", new JsonObject().put("1", 1))),
            request("presence", new JsonObject().put("users", new JsonArray().add("bob"))),
            request("typing", new JsonObject().put("ref", "1").put("active", true)),
            request("authenticate", new JsonObject().put("token", "a.b.c")),
            request("listItems", new JsonObject().put("ref", "1").put("limit", 2)))
        .map(each -> bytes(each.encode()))
        .toList();
  }

  private static JsonObject request(String address, JsonObject body) {
    return new JsonObject()
        .put("type", "send")
        .put("address", address)
        .put("headers", new JsonObject())
        .put("body", body)
        .put("replyAddress", "r");
  }

  @Test
  void everyWebSocketFrameIsAnsweredOrEndsTheSocket() {
    List<byte[]> texts = requestFrames();
    List<byte[]> frames = new ArrayList<>();
    texts.forEach(each -> frames.add(RawSocket.frame(0x81, true, each)));
    frames.add(RawSocket.frame(0x89, true, bytes("ping")));
    frames.add(RawSocket.frame(0x88, true, new byte[] {0x03, (byte) 0xE8}));
    frames.add(RawSocket.frame(0x01, true, bytes("{\"type\":")));
    frames.add(RawSocket.frame(0x82, true, bytes("binary")));
    List<String> pieces = new ArrayList<>(JSON_PIECES);
    frames.forEach(each -> pieces.add(new String(each, StandardCharsets.ISO_8859_1)));
    repeat(
        FRAMES,
        pieces,
        mutations -> {
          try (RawSocket socket = new RawSocket(node, ann)) {
            if (mutations.random().nextBoolean()) {
              socket.write(mutations.next(frames));
              socket.write(mutations.next(frames));
              socket.finish();
            } else {
              for (int i = 0; i < 4; i++) {
                socket.write(RawSocket.frame(0x81, true, mutations.next(texts)));
              }
              socket.write(frames.get(0));
              socket.write(RawSocket.frame(0x88, true, new byte[] {0x03, (byte) 0xE8}));
            }
            readToEnd(socket);
          } catch (EOFException | SocketException ended) {
            // the gateway ended it first
          }
        });
  }

  private static void readToEnd(RawSocket socket) throws IOException {
    while (true) {
      RawSocket.Frame frame = socket.read();
      if (frame.opcode() == RawSocket.CLOSE) {
        return;
      }
      if (frame.opcode() == 1) {
        JsonObject reply = new JsonObject(frame.text());
        assertThat(reply.getInteger("failureCode", 200))
            .describedAs(reply.encode())
            .isLessThan(500);
      }
    }
  }

  @Test
  void everySockJsMessageIsAnswered() {
    List<byte[]> bodies =
        requestFrames().stream()
            .map(each -> bytes(new JsonArray().add(text(each)).add(text(each)).encode()))
            .toList();
    repeat(
        MESSAGES,
        JSON_PIECES,
        mutations -> {
          String session = "/eventbus/000/g" + mutations.random().nextLong(1L << 60);
          send("POST", session + "/xhr", ann, "text/plain", new byte[0]);
          send("POST", session + "/xhr_send", ann, "text/plain", mutations.next(bodies));
          byte[] ping = bytes("[\"{\\\"type\\\":\\\"ping\\\"}\"]");
          send("POST", session + "/xhr_send", ann, "text/plain", ping);
          send("POST", session + "/xhr", ann, "text/plain", new byte[0]);
        });
  }

  @Test
  void everyFormIsAnsweredAndNeverByA5xx() {
    String part =
        "------parley\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n"
            + "Content-Type: image/png\r\n\r\n"
            + "x".repeat(2_000)
            + "\r\n";
    List<byte[]> forms =
        List.of(bytes(part + "------parley--\r\n"), bytes(part + part + "------parley--\r\n"));
    List<byte[]> types =
        List.of(
            bytes("multipart/form-data; boundary=----parley"),
            bytes("multipart/form-data; boundary=\"----parley\""));
    repeat(
        FORMS,
        FORM_PIECES,
        mutations -> {
          byte[] type =
              mutations.random().nextInt(5) == 0 ? mutations.next(types) : mutations.any(types);
          byte[] form = mutations.next(forms);
          send("POST", "/api/attachments", ann, header(type), form);
        });
  }

  // what the client lets through as the value of a header
  private static String header(byte[] bytes) {
    String value = new String(bytes, StandardCharsets.ISO_8859_1).replaceAll("[^ -~]", "").strip();
    return value.isEmpty() ? "multipart/form-data" : value;
  }
}
