package io.parley.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.settings.AddressRange;
import io.parley.settings.ProxySettings;
import io.parley.testing.Await;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who the client of a request is, and who acts as the sandbox's agent, behind proxies. */
@Tag("fast")
class ForwardingTest {
  private static final int PER_ADDRESS = 5;
  private static TestEdge direct;
  private static TestEdge behindProxies;
  private static TestEdge exposed;

  @BeforeAll
  static void start() {
    direct = new TestEdge();
    exposed = new TestEdge(ProxySettings.NONE, true, TestEdge.limits(0));
    behindProxies = new TestEdge(proxies(false), false, TestEdge.limits(0));
  }

  private static ProxySettings proxies(boolean protocol) {
    List<AddressRange> trusted =
        Stream.of("127.0.0.0/8", "10.1.0.0/16", "2001:db8:5::/48")
            .map(each -> AddressRange.of(each).orElseThrow())
            .toList();
    return new ProxySettings(trusted, protocol);
  }

  @AfterAll
  static void stop() {
    direct.close();
    exposed.close();
    behindProxies.close();
  }

  private static String get(TestEdge edge, String path, String headers) throws IOException {
    return edge.raw(
        "GET "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + headers.replace("|", "\r\n")
            + "\r\n\r\n");
  }

  private static String client(TestEdge edge, String headers) throws IOException {
    String answer = get(edge, "/address", headers);
    assertThat(answer).startsWith("HTTP/1.1 200");
    return answer.replaceAll("(?s).*\"client\":\"([^\"]*)\".*", "$1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "X-Forwarded-For: 203.0.113.7; 203.0.113.7",
        "X-Forwarded-For: 203.0.113.7:4711; 203.0.113.7",
        "X-Forwarded-For: 198.51.100.1, 203.0.113.7, 10.1.2.3; 203.0.113.7",
        "X-Forwarded-For: 198.51.100.1|X-Forwarded-For: 203.0.113.7|X-Forwarded-For: 10.1.2.3, 127.0.0.9; 203.0.113.7",
        "X-Forwarded-For: 10.1.2.3, 10.1.4.5; 10.1.2.3",
        "X-Forwarded-For: 203.0.113.7, unknown; 127.0.0.1",
        "X-Forwarded-For: 203.0.113.7, 1.2.3, 10.1.2.3; 10.1.2.3",
        "X-Forwarded-For: 2001:db8:1:2:3:4:5:6; 2001:db8:1:2::/64",
        "X-Forwarded-For: [2001:db8:1:2::9]:4711, 2001:db8:5::1; 2001:db8:1:2::/64",
        "X-Forwarded-For: ::ffff:203.0.113.7; 203.0.113.7",
        "X-Forwarded-For:; 127.0.0.1",
        "X-Forwarded-For: localhost; 127.0.0.1",
        "X-Forwarded-Proto: https; 127.0.0.1"
      })
  void theRightMostAddressThatIsNoTrustedProxyIsTheClient(String headers, String client)
      throws IOException {
    assertThat(client(behindProxies, headers)).isEqualTo(client);
  }

  @Test
  void theStandardHeaderNamesTheClientToo() throws IOException {
    assertThat(client(behindProxies, "Forwarded: for=203.0.113.7;proto=https;host=x"))
        .isEqualTo("203.0.113.7");
    assertThat(
            client(
                behindProxies,
                "Forwarded: for=198.51.100.1, proto=https;For=\"[2001:db8:1:2::9]:4711\"|Forwarded: for=10.1.2.3"))
        .isEqualTo("2001:db8:1:2::/64");
    assertThat(client(behindProxies, "Forwarded: for=203.0.113.7, for=_hidden"))
        .isEqualTo("127.0.0.1");
    assertThat(
            client(
                behindProxies, "Forwarded: for=203.0.113.7|X-Forwarded-For: 203.0.113.7, 10.1.2.3"))
        .isEqualTo("203.0.113.7");
  }

  @Test
  void headersThatContradictEachOtherAreRefused() throws IOException {
    assertThat(
            get(
                behindProxies,
                "/address",
                "Forwarded: for=203.0.113.7|X-Forwarded-For: 203.0.113.8"))
        .startsWith("HTTP/1.1 400")
        .contains("different clients");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Forwarded-For: 203.0.113.7",
        "X-Forwarded-For: 127.0.0.1",
        "Forwarded: for=203.0.113.7",
        "Forwarded: for=127.0.0.1",
        "X-Real-IP: 127.0.0.1",
        "X-Forwarded-Host: localhost",
        "X-Forwarded-Proto: http",
        "Via: 1.1 proxy"
      })
  void anUntrustedPeerIsItselfTheClientAndNeverTheAgent(String header) throws IOException {
    for (TestEdge edge : List.of(direct, exposed)) {
      assertThat(client(edge, header)).isEqualTo("127.0.0.1");
      assertThat(get(edge, "/mine", header)).startsWith("HTTP/1.1 401");
    }
  }

  @Test
  void throughATrustedLocalProxyOnlyALocalClientIsTheAgent() throws IOException {
    assertThat(get(behindProxies, "/mine", "X-Forwarded-For: 127.0.0.1"))
        .contains("\"who\":\"agent\"");
    assertThat(get(behindProxies, "/mine", "Forwarded: for=\"[::1]\"|X-Forwarded-Host: localhost"))
        .contains("\"who\":\"agent\"");
    assertThat(get(behindProxies, "/mine", "X-Forwarded-For: 203.0.113.7"))
        .startsWith("HTTP/1.1 401");
    assertThat(get(behindProxies, "/mine", "X-Forwarded-For: 127.0.0.1, 203.0.113.7"))
        .startsWith("HTTP/1.1 401");
    assertThat(
            get(
                behindProxies,
                "/mine",
                "X-Forwarded-For: 127.0.0.1|X-Forwarded-Host: evil.example"))
        .startsWith("HTTP/1.1 401");
  }

  @Test
  void theProxyProtocolNamesTheClientOfEveryConnection() throws IOException {
    try (TestEdge edge = new TestEdge(proxies(true), false, TestEdge.limits(PER_ADDRESS))) {
      String request = "GET /address HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
      assertThat(edge.raw("PROXY TCP4 203.0.113.7 127.0.0.1 4711 80\r\n" + request + "\r\n"))
          .contains("\"client\":\"203.0.113.7\"");
      assertThat(edge.raw(version2(203, 0, 113, 8) + request + "\r\n"))
          .contains("\"client\":\"203.0.113.8\"");
      assertThat(
              edge.raw(
                  "PROXY TCP4 10.1.2.3 127.0.0.1 4711 80\r\n"
                      + request
                      + "X-Forwarded-For: 203.0.113.9\r\n\r\n"))
          .contains("\"client\":\"203.0.113.9\"");
      assertThat(
              edge.raw(
                  version2(203, 0, 113, 8)
                      + "GET /mine HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
          .startsWith("HTTP/1.1 401");
      assertThat(edge.raw(request + "\r\n")).doesNotContain("200 OK");
    }
  }

  /** The binary header of version 2 for a TCP connection from that address. */
  private static String version2(int... address) {
    StringBuilder header = new StringBuilder("\r\n\r\n\0\r\nQUIT\n!\u0011\0\f");
    for (int each : address) {
      header.append((char) each);
    }
    return header.append("\u007f\0\0\u0001\u0012g\0P").toString();
  }

  @Test
  void anAddressHasABoundOfConnections() throws Exception {
    try (TestEdge edge = new TestEdge(ProxySettings.NONE, false, TestEdge.limits(PER_ADDRESS))) {
      String request = "GET /things/7 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
      List<Socket> open = new ArrayList<>();
      for (int i = 0; i < PER_ADDRESS; i++) {
        open.add(edge.connect());
      }
      assertThat(edge.raw(request)).isEmpty();
      TestEdge.write(open.getFirst(), request);
      assertThat(TestEdge.readAll(open.getFirst())).contains("\"id\":7");
      open.removeFirst().close();
      Await.until("another connection is accepted", () -> edge.raw(request).contains("\"id\":7"));
      for (Socket each : open) {
        each.close();
      }
    }
  }

  @Test
  void connectionsOfATrustedProxyDoNotCountForItsAddress() throws Exception {
    try (TestEdge edge = new TestEdge(proxies(false), false, TestEdge.limits(PER_ADDRESS))) {
      List<Socket> open = new ArrayList<>();
      for (int i = 0; i < PER_ADDRESS + 2; i++) {
        open.add(edge.connect());
      }
      assertThat(client(edge, "X-Forwarded-For: 203.0.113.7")).isEqualTo("203.0.113.7");
      for (Socket each : open) {
        each.close();
      }
    }
  }
}
