package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.store.delivery.DeliveryFixture;
import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.Await;
import io.parley.testing.Concurrently;
import io.parley.testing.GatewayExtension;
import io.parley.testing.GatewayExtension.WithSettings;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.parley.testing.TestGateway.Reply;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Files, uploaded on one node and fetched from another. */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class FilesTest {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final int LARGEST = 25 * 1024 * 1024;
  private static String url;
  private static TestGateway one;
  private static TestGateway two;
  private static String ann;
  private static String bob;
  private static String cleo;

  @BeforeAll
  static void start(
      TestDatabase database,
      @WithSettings("PARLEY_FILES_QUOTA_MIB=120") TestGateway first,
      @WithSettings("PARLEY_FILES_QUOTA_MIB=120") TestGateway second) {
    url = database.url();
    one = first;
    two = second;
    ann = one.signUp("ann", "person");
    bob = one.signUp("bob", "person");
    cleo = one.signUp("cleo", "person");
  }

  @AfterEach
  void promisesHold() {
    TimelineInvariants.check(url);
  }

  private static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static HttpResponse<String> upload(String who, String query, byte[] bytes) {
    HttpRequest request =
        HttpRequest.newBuilder(one.uri("/api/attachments" + query))
            .header("Authorization", who)
            .header("Content-Type", "text/html")
            .POST(BodyPublishers.ofByteArray(bytes))
            .build();
    return CLIENT.sendAsync(request, BodyHandlers.ofString()).join();
  }

  private static JsonObject uploaded(String who, byte[] bytes) {
    HttpResponse<String> response = upload(who, "?name=some%20file.bin", bytes);
    assertThat(response.statusCode()).describedAs(response.body()).isEqualTo(201);
    return new JsonObject(response.body());
  }

  private static HttpResponse<byte[]> get(
      TestGateway node, String who, String path, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(node.uri(path));
    if (!who.isEmpty()) {
      request.header("Authorization", who);
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    return CLIENT.sendAsync(request.build(), BodyHandlers.ofByteArray()).join();
  }

  private static String path(JsonObject file) {
    return "/api/attachments/" + file.getString("id");
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @Test
  void uploadsAreDownloadedFromAnotherNode() throws Exception {
    for (int size : List.of(1, 262_143, 262_144, 262_145, 1_000_000, LARGEST)) {
      byte[] bytes = bytes(size);
      JsonObject file = uploaded(ann, bytes);
      assertThat(file.getInteger("size")).isEqualTo(size);
      assertThat(file.getString("sha256")).isEqualTo(sha256(bytes));
      assertThat(file.getString("name")).isEqualTo("some file.bin");
      HttpResponse<byte[]> got = get(two, ann, path(file));
      assertThat(got.statusCode()).isEqualTo(200);
      assertThat(Arrays.equals(got.body(), bytes)).isTrue();
      assertThat(got.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
      assertThat(got.headers().firstValue("Content-Security-Policy"))
          .hasValueSatisfying(each -> assertThat(each).contains("sandbox"));
      assertThat(got.headers().firstValue("Content-Disposition"))
          .hasValueSatisfying(each -> assertThat(each).startsWith("attachment"));
      assertThat(
              get(two, ann, path(file), "If-None-Match", "\"" + sha256(bytes) + "\"").statusCode())
          .isEqualTo(304);
    }
  }

  @Test
  void rangesCanBeRequested() {
    byte[] bytes = bytes(600_000);
    String path = path(uploaded(ann, bytes));
    Map<String, int[]> ranges =
        Map.of(
            "bytes=0-0", new int[] {0, 1},
            "bytes=262140-262150", new int[] {262_140, 262_151},
            "bytes=599999-", new int[] {599_999, 600_000},
            "bytes=-5", new int[] {599_995, 600_000},
            "Bytes=0-1", new int[] {0, 2},
            "bytes=599998-99999999999999999999999", new int[] {599_998, 600_000},
            "bytes=-99999999999999999999999", new int[] {0, 600_000},
            "bytes=100-9999999", new int[] {100, 600_000});
    ranges.forEach(
        (range, part) -> {
          HttpResponse<byte[]> got = get(one, ann, path, "Range", range);
          assertThat(got.statusCode()).describedAs(range).isEqualTo(206);
          assertThat(got.body()).isEqualTo(Arrays.copyOfRange(bytes, part[0], part[1]));
          assertThat(got.headers().firstValue("Content-Range"))
              .contains("bytes " + part[0] + "-" + (part[1] - 1) + "/600000");
        });
    assertThat(get(one, ann, path, "Range", "bytes=600000-").statusCode()).isEqualTo(416);
    assertThat(get(one, ann, path, "Range", "bytes=99999999999999999999-").statusCode())
        .isEqualTo(416);
    assertThat(get(one, ann, path, "Range", "bytes=-0").statusCode()).isEqualTo(416);
    assertThat(get(one, ann, path, "Range", "bytes=5-4").body()).hasSize(600_000);
    assertThat(get(one, ann, path, "Range", "lines=1-2").body()).hasSize(600_000);
    assertThat(get(one, ann, path, "Range", "bytes=0-0", "If-Range", "\"other\"").body())
        .hasSize(600_000);
  }

  @Test
  void theBodyIsStoredAsItIsWhateverItsContentType() {
    byte[] bytes = "{}".getBytes(StandardCharsets.UTF_8);
    for (String type : List.of("", "application/octet-stream", "application/json", "x/y; z=1")) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(one.uri("/api/attachments"))
              .header("Authorization", ann)
              .POST(BodyPublishers.ofByteArray(bytes));
      if (!type.isEmpty()) {
        request.header("Content-Type", type);
      }
      HttpResponse<String> response =
          CLIENT.sendAsync(request.build(), BodyHandlers.ofString()).join();
      assertThat(response.statusCode()).describedAs(type).isEqualTo(201);
      JsonObject file = new JsonObject(response.body());
      assertThat(get(two, ann, path(file)).body()).describedAs(type).isEqualTo(bytes);
    }
  }

  @Test
  void theMediaTypeIsDetectedFromTheBytes() {
    Map<String, String> types =
        Map.of(
            "<html><script>alert(1)</script>", "text/plain; charset=utf-8",
            "<svg xmlns='http://www.w3.org/2000/svg'/>", "text/plain; charset=utf-8",
            "\u0089PNG\r\n\u001a\n....", "image/png",
            "%PDF-1.7 ...", "application/pdf",
            "\u0000\u0001\u0002", "application/octet-stream",
            "\u00ff\u00fe\u0000a", "application/octet-stream");
    types.forEach(
        (content, type) -> {
          JsonObject file = uploaded(ann, content.getBytes(StandardCharsets.ISO_8859_1));
          assertThat(file.getString("mime_type")).describedAs(content).isEqualTo(type);
          assertThat(get(one, ann, path(file)).headers().firstValue("Content-Type")).contains(type);
        });
  }

  @Test
  void onlyTheUploaderAndTheRecipientsCanDownload() {
    JsonObject file = uploaded(ann, bytes(1_000));
    assertThat(get(one, bob, path(file)).statusCode()).isEqualTo(404);
    assertThat(get(one, "", path(file)).statusCode()).isEqualTo(401);
    one.post(bob, path(file) + "/link", new JsonObject()).is(404);
    JsonObject attached =
        new JsonObject()
            .put(
                "attachments",
                new JsonArray().add(new JsonObject().put("id", file.getString("id"))));
    one.post(bob, "/api/conversations/cleo/messages", attached).is(422, "unknown_attachment");
    JsonObject item = one.post(ann, "/api/conversations/bob/messages", attached).is(201).json();
    JsonObject shown = item.getJsonArray("attachments").getJsonObject(0);
    assertThat(shown.getString("id")).isEqualTo(file.getString("id"));
    assertThat(shown.getString("name")).isEqualTo("some file.bin");
    assertThat(shown.getInteger("size")).isEqualTo(1_000);
    assertThat(get(two, bob, path(file)).body()).hasSize(1_000);
    assertThat(get(two, cleo, path(file)).statusCode()).isEqualTo(404);
    // its holder may pass it on
    one.post(bob, "/api/conversations/cleo/messages", attached).is(201);
    assertThat(get(two, cleo, path(file)).statusCode()).isEqualTo(200);
    JsonObject other =
        new JsonObject()
            .put(
                "attachments",
                new JsonArray()
                    .add(new JsonObject().put("id", "00000000-0000-0000-0000-000000000000")));
    one.post(ann, "/api/conversations/bob/messages", other).is(422, "unknown_attachment");
  }

  private static JsonObject attachedByUrl(String url) {
    return new JsonObject()
        .put("attachments", new JsonArray().add(new JsonObject().put("url", url)));
  }

  @Test
  void theUrlOfAnUploadMeansTheUpload() {
    JsonObject file = uploaded(ann, bytes(1_000));
    String plain = file.getString("url");
    String signed =
        one.post(ann, path(file) + "/link", new JsonObject()).is(200).json().getString("url");
    for (String url :
        List.of(
            plain,
            signed,
            plain.toUpperCase(Locale.ROOT).replace("API/ATTACHMENTS", "api/attachments"))) {
      one.post(bob, "/api/conversations/cleo/messages", attachedByUrl(url))
          .is(422, "unknown_attachment");
      JsonObject shown =
          one.post(ann, "/api/conversations/cleo/messages", attachedByUrl(url))
              .is(201)
              .json()
              .getJsonArray("attachments")
              .getJsonObject(0);
      assertThat(shown.getString("id")).isEqualTo(file.getString("id"));
      assertThat(shown.getString("url")).isEqualTo(plain);
      assertThat(shown.getString("name")).isEqualTo("some file.bin");
    }
    assertThat(get(two, cleo, path(file)).statusCode()).isEqualTo(200);
  }

  private static long attached(String who, long group, JsonObject file) {
    JsonObject item =
        new JsonObject()
            .put("type", "attachment")
            .put(
                "attachments",
                new JsonArray().add(new JsonObject().put("id", file.getString("id"))));
    return one.post(who, "/api/conversations/" + group + "/items", item)
        .is(201)
        .json()
        .getLong("seq");
  }

  private static int found(String who, JsonObject file) {
    return get(two, who, path(file)).statusCode();
  }

  @Test
  void aConversationLosesAFileWithTheLastItemThatAttachesIt() {
    long group = one.group(ann, "holders", "bob");
    long other = one.group(ann, "others", "cleo");
    String items = "/api/conversations/" + group + "/items/";
    JsonObject file = uploaded(ann, bytes(3_000));
    long first = attached(ann, group, file);
    long second = attached(bob, group, file);
    long elsewhere = attached(ann, other, file);
    one.delete(ann, items + first).is(200);
    assertThat(found(bob, file)).isEqualTo(200);
    one.delete(bob, items + second).is(200);
    assertThat(found(bob, file)).isEqualTo(404);
    assertThat(found(cleo, file)).isEqualTo(200);
    assertThat(found(ann, file)).isEqualTo(200);
    one.delete(bob, items + second).is(200);
    attached(ann, group, file);
    assertThat(found(bob, file)).isEqualTo(200);
    one.delete(ann, "/api/conversations/" + other + "/items/" + elsewhere).is(200);
    assertThat(found(cleo, file)).isEqualTo(404);
  }

  @Test
  void concurrentDeletingAndAttachingLosesNoFile() {
    long group = one.group(ann, "at once", "bob");
    String items = "/api/conversations/" + group + "/items";
    JsonObject file = uploaded(ann, bytes(4_000));
    JsonObject item =
        new JsonObject()
            .put("type", "attachment")
            .put(
                "attachments",
                new JsonArray().add(new JsonObject().put("id", file.getString("id"))));
    for (int i = 0; i < 20; i++) {
      long old = attached(ann, group, file);
      CompletableFuture<?> deleted = two.sendAsync("DELETE", ann, items + "/" + old, null);
      CompletableFuture<TestGateway.Reply> again = one.sendAsync("POST", ann, items, item);
      deleted.join();
      long seq = again.join().is(201).json().getLong("seq");
      assertThat(found(bob, file)).isEqualTo(200);
      one.delete(ann, items + "/" + seq).is(200);
      assertThat(found(bob, file)).isEqualTo(404);
    }
  }

  @Test
  void signedLinksWorkForAnyoneUntilTheyExpire() {
    JsonObject file = uploaded(ann, bytes(1_000));
    JsonObject link = one.post(ann, path(file) + "/link", new JsonObject()).is(200).json();
    String signed = link.getString("url").replace("http://localhost:8080", "");
    HttpResponse<byte[]> linked = get(two, "", signed);
    assertThat(linked.body()).hasSize(1_000);
    assertThat(linked.headers().firstValue("Cross-Origin-Resource-Policy"))
        .contains("cross-origin");
    assertThat(get(two, ann, path(file)).headers().firstValue("Cross-Origin-Resource-Policy"))
        .contains("same-site");
    assertThat(get(two, "", signed + "x").statusCode()).isEqualTo(403);
    assertThat(get(two, "", signed.replace("expires=1", "expires=2")).statusCode()).isEqualTo(403);
    JsonObject another = uploaded(ann, bytes(2_000));
    assertThat(
            get(two, "", signed.replace(file.getString("id"), another.getString("id")))
                .statusCode())
        .isEqualTo(403);
  }

  @Test
  void tooLargeEmptyAndBrokenUploadsAreDiscarded() throws Exception {
    String dan = one.signUp("dan", "person");
    assertThat(upload(dan, "", bytes(LARGEST + 1)).statusCode()).isEqualTo(413);
    assertThat(upload(dan, "", new byte[0]).statusCode()).isEqualTo(400);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), one.port())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST /api/attachments HTTP/1.1\r\nHost: localhost\r\nAuthorization: "
                  + dan
                  + "\r\nContent-Length: 1000000\r\n\r\n")
              .getBytes(StandardCharsets.UTF_8));
      out.write(bytes(600_000));
      out.flush();
    } catch (IOException cut) {
      throw new IllegalStateException(cut);
    }
    try (DeliveryFixture database = new DeliveryFixture(url)) {
      String left =
          "select count(*) from file f join party p on p.id = f.owner where p.handle = 'dan'";
      Await.until("the broken upload is dropped", () -> database.one(left).equals("0"));
    }
  }

  private static final String BOUNDARY = "----parley";
  private static final byte[] LAST_BOUNDARY =
      ("\r\n--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.UTF_8);

  private static byte[] partNamed(String name) {
    return ("\r\n--"
            + BOUNDARY
            + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\""
            + name
            + "\"\r\nContent-Type: image/png\r\n\r\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static HttpResponse<String> form(String type, byte[]... parts) {
    HttpRequest request =
        HttpRequest.newBuilder(one.uri("/api/attachments"))
            .header("Authorization", ann)
            .header("Content-Type", type)
            .timeout(Duration.ofSeconds(15))
            .POST(
                BodyPublishers.concat(
                    Arrays.stream(parts)
                        .map(BodyPublishers::ofByteArray)
                        .toArray(HttpRequest.BodyPublisher[]::new)))
            .build();
    return CLIENT.sendAsync(request, BodyHandlers.ofString()).join();
  }

  @Test
  void malformedFormsAreRefusedImmediately() {
    String type = "multipart/form-data; boundary=" + BOUNDARY;
    for (int size : List.of(10, 700_000)) {
      byte[] file = bytes(size);
      assertThat(form(type, partNamed("a.png"), file).body())
          .contains("ends before its last boundary");
      assertThat(
              form(type, partNamed("a.png"), file, partNamed("b.png"), file, LAST_BOUNDARY).body())
          .contains("one file only");
      HttpResponse<String> unbounded =
          form("multipart/form-data", partNamed("a.png"), file, LAST_BOUNDARY);
      assertThat(unbounded.statusCode()).isEqualTo(400);
      assertThat(unbounded.body()).contains("boundary");
    }
    assertThat(form(type, LAST_BOUNDARY).body()).contains("must contain a file");
    for (String parameters : List.of(";;", "; ;", " ; ", ";  ;")) {
      String odd = "multipart/form-data" + parameters + "boundary=" + BOUNDARY;
      assertThat(form(odd, partNamed("a.png"), bytes(10), LAST_BOUNDARY).statusCode())
          .describedAs(odd)
          .isIn(201, 400);
    }
  }

  private static HttpResponse<String> keyed(String who, String name, byte[] bytes, String key) {
    HttpRequest request =
        HttpRequest.newBuilder(one.uri("/api/attachments?name=" + name))
            .header("Authorization", who)
            .header("Idempotency-Key", key)
            .POST(BodyPublishers.ofByteArray(bytes))
            .build();
    return CLIENT.sendAsync(request, BodyHandlers.ofString()).join();
  }

  @Test
  void repeatedUploadsWithOneKeyStoreOneFile() throws Exception {
    String gil = one.signUp("gil", "person");
    byte[] bytes = bytes(300_000);
    List<CompletableFuture<HttpResponse<String>>> all =
        IntStream.range(0, 8)
            .mapToObj(i -> Concurrently.ask(() -> keyed(gil, "a", bytes, "one")))
            .toList();
    List<HttpResponse<String>> answers = all.stream().map(CompletableFuture::join).toList();
    assertThat(answers.stream().map(HttpResponse::body).distinct()).hasSize(1);
    assertThat(answers.stream().filter(each -> each.statusCode() == 201)).hasSize(1);
    assertThat(answers.stream().filter(each -> each.statusCode() == 200))
        .hasSize(7)
        .allMatch(
            each -> each.headers().firstValue("Idempotency-Replayed").equals(Optional.of("true")));
    assertThat(keyed(gil, "b", bytes, "one").statusCode()).isEqualTo(409);
    assertThat(keyed(gil, "a", bytes(300_001), "one").body()).contains("idempotency_key_reused");
    assertThat(keyed(gil, "a", bytes, "two").statusCode()).isEqualTo(201);
    assertThat(keyed(bob, "a", bytes, "one").statusCode()).isEqualTo(201);
    assertThat(keyed(gil, "a", bytes, "k".repeat(129)).statusCode()).isEqualTo(400);
    JsonObject group =
        new JsonObject().put("kind", "group").put("name", "g").put("client_id", "one");
    one.post(gil, "/api/conversations", group).is(409, "idempotency_key_reused");
    one.post(gil, "/api/conversations", group.put("client_id", "three")).is(201);
    assertThat(keyed(gil, "a", bytes, "three").statusCode()).isEqualTo(409);
    try (DeliveryFixture database = new DeliveryFixture(url)) {
      String kept =
          "select count(*) from file f join party p on p.id = f.owner where p.handle = 'gil'";
      assertThat(database.one(kept)).isEqualTo("2");
    }
  }

  @Test
  void fileIdsAreCaseInsensitive() {
    JsonObject file = uploaded(ann, bytes(1_000));
    JsonObject capitals = attached(file.getString("id").toUpperCase(Locale.ROOT));
    assertThat(
            one.post(ann, "/api/conversations/bob/messages", capitals)
                .is(201)
                .json()
                .getJsonArray("attachments")
                .getJsonObject(0)
                .getString("id"))
        .isEqualTo(file.getString("id"));
    one.post(
            ann,
            path(file).toUpperCase(Locale.ROOT).replace("/API/ATTACHMENTS", "/api/attachments")
                + "/link",
            null)
        .is(200);
    for (String none : List.of("nope", "1-1-1-1-1", "00000000-0000-0000-0000-000000000001")) {
      one.post(ann, "/api/conversations/bob/messages", attached(none))
          .is(422, "unknown_attachment");
      one.get(ann, "/api/attachments/" + none).is(404);
      one.post(ann, "/api/attachments/" + none + "/link", null).is(404);
    }
    // nobody learns of a conversation by what is wrong with a file
    long group = one.group(ann, "ours", "bob");
    for (long conversation : List.of(group, 999_999L)) {
      String path = "/api/conversations/" + conversation;
      one.post(cleo, path + "/messages", attached("nope")).is(404, "not_found");
      one.post(cleo, path + "/items", attached("nope").put("type", "attachment"))
          .is(404, "not_found");
    }
    one.post(ann, path(file) + "/link", new JsonObject().put("bogus", 1)).is(400, "invalid");
  }

  private static JsonObject attached(String id) {
    return new JsonObject().put("attachments", new JsonArray().add(new JsonObject().put("id", id)));
  }

  @Test
  void filesCanBeUploadedAsAForm() {
    byte[] file = bytes(700_000);
    HttpResponse<String> response =
        form(
            "multipart/form-data; boundary=\"" + BOUNDARY + "\"",
            partNamed("../../a pic.png"),
            file,
            LAST_BOUNDARY);
    assertThat(response.statusCode()).describedAs(response.body()).isEqualTo(201);
    JsonObject stored = new JsonObject(response.body());
    assertThat(stored.getString("name")).isEqualTo("a pic.png");
    assertThat(get(two, ann, path(stored)).body()).isEqualTo(file);
  }

  @Test
  void uploadsBeyondTheQuotaAreRefused() {
    String eve = one.signUp("eve", "person");
    byte[] large = bytes(LARGEST);
    IntStream.range(0, 4).forEach(i -> uploaded(eve, large));
    List<CompletableFuture<Integer>> more =
        IntStream.range(0, 3)
            .mapToObj(i -> Concurrently.ask(() -> upload(eve, "", large).statusCode()))
            .toList();
    assertThat(more.stream().map(CompletableFuture::join)).containsOnly(422);
    assertThat(upload(eve, "", bytes(1_000)).statusCode()).isEqualTo(201);
  }

  @Test
  void manyConcurrentUploadsSucceed() throws Exception {
    String fay = one.signUp("fay", "person");
    byte[] bytes = bytes(2_000_000);
    String wanted = sha256(bytes);
    List<CompletableFuture<HttpResponse<String>>> all =
        IntStream.range(0, 40)
            .mapToObj(i -> Concurrently.ask(() -> upload(fay, "", bytes)))
            .toList();
    for (CompletableFuture<HttpResponse<String>> each : all) {
      assertThat(each.join().statusCode()).describedAs(each.join().body()).isEqualTo(201);
      assertThat(new JsonObject(each.join().body()).getString("sha256")).isEqualTo(wanted);
    }
  }

  @Test
  void theLiveEdgeCarriesNoBytes() {
    try (io.parley.testing.TestSocket socket = io.parley.testing.TestSocket.listening(one, ann)) {
      assertThat(socket.ask("uploadAttachment", new JsonObject()).getString("body"))
          .isEqualTo("access_denied");
      assertThat(socket.ask("getAttachment", new JsonObject()).getString("body"))
          .isEqualTo("access_denied");
      JsonObject file = uploaded(ann, bytes(10));
      JsonObject which = new JsonObject().put("attachment", file.getString("id"));
      assertThat(socket.ask("linkAttachment", which).getString("body")).isEqualTo("access_denied");
    }
    Reply reply = one.get(ann, "/api/attachments/not-an-id");
    reply.is(404);
    assertThat(upload(ann, "?unknown=1", bytes(10)).statusCode()).isEqualTo(400);
    assertThat(upload(ann, "?name=" + "x".repeat(1_001), bytes(10)).statusCode()).isEqualTo(400);
  }
}
