package io.parley.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may call the simulator. */
@Tag("fast")
class AccessRuleTest {
  /** A request that shows its peer and its headers, and nothing else. */
  private static HttpServerRequest from(String peer, String... headers) {
    MultiMap all = MultiMap.caseInsensitiveMultiMap().add("Host", "localhost:8090");
    for (int i = 0; i < headers.length; i += 2) {
      all.add(headers[i], headers[i + 1]);
    }
    return (HttpServerRequest)
        Proxy.newProxyInstance(
            AccessRuleTest.class.getClassLoader(),
            new Class<?>[] {HttpServerRequest.class},
            (any, method, arguments) ->
                switch (method.getName()) {
                  case "remoteAddress" -> SocketAddress.inetSocketAddress(40_000, peer);
                  case "headers" -> all;
                  case "getHeader" -> all.get(String.valueOf(arguments[0]));
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private static boolean admits(boolean exposed, HttpServerRequest request) {
    return new AccessRule(exposed).check(request, false).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.8.9.10", "::1"})
  void programsOnThisMachineMayCall(String peer) {
    assertThat(admits(false, from(peer))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.168.0.7", "10.0.0.1", "203.0.113.9", "fe80::1", "2001:db8::1"})
  void otherMachinesMayCallOnlyWhereTheSandboxIsExposed(String peer) {
    assertThat(admits(false, from(peer))).isFalse();
    assertThat(admits(true, from(peer))).isTrue();
  }

  @Test
  void nobodyCallsThroughAProxy() {
    for (String header : new String[] {"Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"}) {
      assertThat(admits(false, from("127.0.0.1", header, "for=127.0.0.1"))).isFalse();
      assertThat(admits(true, from("127.0.0.1", header, "for=127.0.0.1"))).isFalse();
    }
  }
}
