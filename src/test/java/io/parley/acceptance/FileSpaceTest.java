package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.Await;
import io.parley.testing.GatewayExtension;
import io.parley.testing.GatewayExtension.WithSettings;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How much space files take: of one user, and of all, uploads that are running included. */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class FileSpaceTest {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final int MIB = 1 << 20;

  @Test
  void runningUploadsCountAsMuchAsTheyMayStore(
      TestDatabase database,
      @WithSettings({"PARLEY_FILES_QUOTA_MIB=30", "PARLEY_FILES_TOTAL_MIB=50"}) TestGateway node)
      throws Exception {
    String ann = node.signUp("ann", "person");
    String bob = node.signUp("bob", "person");
    String cleo = node.signUp("cleo", "person");
    try (Socket declared = begin(node, ann, "Content-Length: " + 20 * MIB);
        Socket unknown = begin(node, bob, "Transfer-Encoding: chunked")) {
      Await.until("both run", () -> database.one("select count(*) from file").equals("2"));

      assertThat(declared.isConnected() && unknown.isConnected()).isTrue();
      assertThat(upload(node, ann, 11 * MIB).body()).contains("quota_exceeded");
      assertThat(upload(node, bob, 6 * MIB).body()).contains("quota_exceeded");
      HttpResponse<String> full = upload(node, cleo, 6 * MIB);
      assertThat(full.statusCode()).isEqualTo(507);
      assertThat(full.body()).contains("storage_full");
      assertThat(upload(node, cleo, 1_000).statusCode()).isEqualTo(201);
    }
    // both were broken off: what they had reserved is free again
    Await.until("they are gone", () -> database.one("select count(*) from file").equals("1"));
    assertThat(upload(node, cleo, 6 * MIB).statusCode()).isEqualTo(201);
    assertThat(stream(node, ann, 3_000).statusCode()).isEqualTo(201);
    assertThat(database.one("select bytes from file_space"))
        .isEqualTo(Integer.toString(6 * MIB + 4_000))
        .isEqualTo(database.one("select sum(size) from file"));
  }

  @Test
  void theSpaceIsCountedAnewWhenThatIsDue(TestDatabase database, TestGateway node)
      throws Exception {
    String ann = node.signUp("ann", "person");
    assertThat(upload(node, ann, 1_000).statusCode()).isEqualTo(201);
    database.run("update file_space set bytes = 77, counted_at = now()");
    database.one("select sweep_files(20)");
    assertThat(database.one("select bytes from file_space")).isEqualTo("77");
    database.run("update file_space set counted_at = '-infinity'");
    database.one("select sweep_files(20)");
    assertThat(database.one("select bytes from file_space")).isEqualTo("1000");
    // deleted by the sweep, after a day without a conversation
    database.run("update file set created_at = now() - interval '2 days'");
    database.one("select sweep_files(20)");
    assertThat(database.one("select bytes from file_space")).isEqualTo("0");
  }

  /** An upload that has begun and sends no more. */
  private static Socket begin(TestGateway node, String who, String length) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port());
    String head =
        """
        POST /api/attachments HTTP/1.1\r
        Host: localhost\r
        Authorization: %s\r
        %s\r
        \r
        """
            .formatted(who, length);
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static HttpResponse<String> upload(TestGateway node, String who, int size)
      throws Exception {
    return send(node, who, BodyPublishers.ofByteArray(new byte[size]));
  }

  private static HttpResponse<String> stream(TestGateway node, String who, int size)
      throws Exception {
    return send(
        node, who, BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[size])));
  }

  private static HttpResponse<String> send(
      TestGateway node, String who, HttpRequest.BodyPublisher body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(node.uri("/api/attachments"))
            .header("Authorization", who)
            .POST(body)
            .build();
    return CLIENT.send(request, BodyHandlers.ofString());
  }
}
