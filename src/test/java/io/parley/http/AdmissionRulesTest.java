package io.parley.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.HttpMethod;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class AdmissionRulesTest {
  private final OriginRule origins =
      new OriginRule(Set.of("https://chat.example.org"), Set.of("https://Guest.example.org"));

  @ParameterizedTest
  @CsvSource({
    "https://chat.example.org,false",
    "HTTPS://CHAT.example.org,false",
    "https://guest.example.org,false",
    "null,true",
    "http://chat.example.org,true",
    "https://chat.example.org:8443,true",
    "https://chat.example.org.evil.example,true",
    "https://evil.example,true",
    "'',true"
  })
  void foreignPagesChangeNothingAndOpenNoSocket(String origin, boolean foreign) {
    assertThat(origins.refuses(origin, HttpMethod.POST, false)).isEqualTo(foreign);
    assertThat(origins.refuses(origin, HttpMethod.DELETE, false)).isEqualTo(foreign);
    assertThat(origins.refuses(origin, HttpMethod.GET, true)).isEqualTo(foreign);
    assertThat(origins.refuses(origin, HttpMethod.GET, false)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"cross-site,true", "same-site,true", "same-origin,false", "none,false", ",false"})
  void pagesThatSayWhereTheyAreAreForeignWithoutAnOriginToo(String site, boolean foreign) {
    assertThat(OriginRule.refusesFrom(site, HttpMethod.POST, false)).isEqualTo(foreign);
    assertThat(OriginRule.refusesFrom(site, HttpMethod.GET, true)).isEqualTo(foreign);
    assertThat(OriginRule.refusesFrom(site, HttpMethod.GET, false)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "localhost:8080",
        "LOCALHOST:1",
        "127.0.0.1",
        "127.0.0.1:65535",
        "[::1]",
        "[::1]:8080"
      })
  void knowsItsOwnMachine(String host) {
    assertThat(SandboxRule.isLocal(host)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost.evil.example",
        "evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.2",
        "[::1].evil.example",
        "[::2]",
        "localhost:",
        "localhost:x",
        "::1",
        "user@localhost"
      })
  void isNotFooledByNames(String host) {
    assertThat(SandboxRule.isLocal(host)).isFalse();
  }
}
