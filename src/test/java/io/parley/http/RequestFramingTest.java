package io.parley.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests whose end a proxy and the gateway might see in different places. */
@Tag("fast")
class RequestFramingTest {
  private static final String HIDDEN = "GET /things/7 HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final String BODY = "{\"text\":\"a\"}";
  private static TestEdge edge;

  @BeforeAll
  static void start() {
    edge = new TestEdge();
  }

  @AfterAll
  static void stop() {
    edge.close();
  }

  private static String post(String version, String framing, String body) {
    return "POST /things "
        + version
        + "\r\nHost: x\r\nContent-Type: application/json\r\n"
        + framing
        + "\r\n\r\n"
        + body;
  }

  private static String chunked(String framing) {
    return post("HTTP/1.1", framing, "c\r\n" + BODY + "\r\n0\r\n\r\n");
  }

  static Stream<String> ambiguous() {
    return Stream.of(
        chunked("Content-Length: 12\r\nTransfer-Encoding: chunked"),
        chunked("Transfer-Encoding: chunked\r\nContent-Length: 0"),
        chunked("transfer-encoding: CHUNKED\r\ncontent-length: 12"),
        post("HTTP/1.1", "Content-Length: 12\r\nContent-Length: 12", BODY),
        post("HTTP/1.1", "Content-Length: 12\r\nContent-Length: 0", BODY),
        post("HTTP/1.1", "Content-Length: 12, 12", BODY),
        post("HTTP/1.0", "Connection: keep-alive\r\nContent-Length: 12\r\nContent-Length: 0", BODY),
        post("HTTP/1.1", "Content-Length: +12", BODY),
        post("HTTP/1.1", "Content-Length: -1", BODY),
        post("HTTP/1.1", "Content-Length: 0x0c", BODY),
        post("HTTP/1.1", "Content-Length:", BODY),
        post("HTTP/1.1", "Content-Length : 12", BODY),
        post("HTTP/1.1", "Content-Length: 99999999999999999999", BODY),
        chunked("Transfer-Encoding: gzip, chunked"),
        chunked("Transfer-Encoding: chunked, identity"),
        chunked("Transfer-Encoding: chunked, chunked"),
        chunked("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        chunked("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"),
        chunked("Transfer-Encoding: xchunked"),
        chunked("Transfer-Encoding: identity"),
        chunked("Transfer-Encoding: chunked;q=1"),
        chunked("Transfer-Encoding: \"chunked\""),
        chunked("Transfer-Encoding:\u000bchunked"),
        chunked("Transfer-Encoding : chunked"),
        chunked("Transfer-Encoding:\r\n chunked"),
        chunked("Transfer-Encoding:"),
        chunked("X: y\r\n Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip"),
        post(
            "HTTP/1.0",
            "Connection: keep-alive\r\nTransfer-Encoding: chunked",
            "c\r\n" + BODY + "\r\n0\r\n\r\n"));
  }

  @ParameterizedTest
  @MethodSource("ambiguous")
  void anAmbiguousLengthIsRefusedAndWhatFollowsIsNeverServed(String request) throws IOException {
    int performed = edge.performed();
    String answer = edge.raw(request + HIDDEN + HIDDEN);
    assertThat(answer).matches("(?s)HTTP/1\\.[01] 400 .*\"type\":\"malformed\".*");
    assertThat(answer).doesNotContain("\"id\":7").containsOnlyOnce("HTTP/1.");
    assertThat(edge.performed()).isEqualTo(performed);
  }

  static Stream<String> brokenChunks() {
    return Stream.of(
        "zz\r\n" + BODY + "\r\n0\r\n\r\n",
        "-c\r\n" + BODY + "\r\n0\r\n\r\n",
        "c \r\n" + BODY + "0\r\n\r\n",
        "0xc\r\n" + BODY + "\r\n0\r\n\r\n",
        "100000000c\r\n" + BODY + "\r\n0\r\n\r\n",
        "c\r\n" + BODY + "XX0\r\n\r\n",
        "c\n" + BODY + "\n0\n\n",
        "c;x=\n" + BODY + "\r\n0\r\n\r\n");
  }

  @ParameterizedTest
  @MethodSource("brokenChunks")
  void aBrokenChunkIsRefusedAndWhatFollowsIsNeverServed(String chunks) throws IOException {
    String answer =
        edge.raw(post("HTTP/1.1", "Transfer-Encoding: chunked", chunks) + HIDDEN + HIDDEN);
    assertThat(answer).doesNotContain("\"id\":7").doesNotContain("201 ");
  }

  @Test
  void aBadRequestBehindOthersEndsTheConnectionAfterTheirAnswers() throws IOException {
    String good = post("HTTP/1.1", "Content-Length: 12", BODY);
    String bad = chunked("Content-Length: 12\r\nTransfer-Encoding: chunked");
    String answers = edge.raw(good + good + bad + HIDDEN);
    assertThat(answers.split("HTTP/1.1 ", -1))
        .extracting(each -> each.isEmpty() ? "" : each.substring(0, 3))
        .containsExactly("", "201", "201", "400");
  }

  @Test
  void bareLinefeedsDoNotEndALine() throws IOException {
    assertThat(edge.raw("GET /nowhere HTTP/1.1\nHost: x\n\n" + HIDDEN)).doesNotContain("\"id\":7");
  }

  @Test
  void oneLengthAndChunksAreRead() throws IOException {
    String answers =
        edge.raw(
            post("HTTP/1.1", "Content-Length: 12", BODY),
            chunked("Transfer-Encoding: chunked"),
            chunked("TRANSFER-ENCODING: Chunked"),
            "GET /things/7 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assertThat(answers.split("HTTP/1.1 ", -1))
        .extracting(each -> each.isEmpty() ? "" : each.substring(0, 3))
        .containsExactly("", "201", "201", "201", "200");
  }
}
