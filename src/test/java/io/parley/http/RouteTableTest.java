package io.parley.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.parley.api.contract.Contract;
import io.parley.http.RouteTable.Found;
import io.parley.http.RouteTable.Nowhere;
import io.parley.http.RouteTable.WrongMethod;
import io.parley.json.MalformedText;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class RouteTableTest {
  private final RouteTable routes =
      new RouteTable(
          new Contract(
              Map.of(
                  "paths",
                  Map.of(
                      "/users", Map.of("get", verb("list"), "post", verb("make")),
                      "/users/me", Map.of("get", verb("me")),
                      "/users/{user}", Map.of("get", verb("one", "user")),
                      "/talks/{ref}/items/{seq}", Map.of("delete", verb("drop", "ref", "seq"))))));

  private static Map<String, Object> verb(String id, String... parameters) {
    return Map.of(
        "operationId",
        id,
        "parameters",
        List.of(parameters).stream()
            .map(
                name ->
                    Map.of(
                        "name",
                        name,
                        "in",
                        "path",
                        "required",
                        true,
                        "schema",
                        Map.of("type", "string")))
            .toList());
  }

  @ParameterizedTest
  @CsvSource({
    "GET,/users,list",
    "GET,/users/,list",
    "GET,/users//,list",
    "POST,/users,make",
    "HEAD,/users,list",
    "GET,/users/me,me",
    "GET,/users/me/,me",
    "GET,/users/mel,one"
  })
  void findsTheOperationWhateverTheTrailingSlashes(String method, String path, String id)
      throws MalformedText {
    assertThat(routes.find(method, path))
        .isInstanceOfSatisfying(Found.class, found -> assertThat(found.verb().id()).isEqualTo(id));
  }

  @Test
  void namesAndDecodesThePathParameters() throws MalformedText {
    assertThat(routes.find("DELETE", "/talks/a%2Fb%20c+d/items/7"))
        .isInstanceOfSatisfying(
            Found.class,
            found ->
                assertThat(found.pathParameters()).isEqualTo(Map.of("ref", "a/b c+d", "seq", "7")));
  }

  @Test
  void allowedMethodsAreNamedFor405() throws MalformedText {
    assertThat(routes.find("PUT", "/users"))
        .isEqualTo(new WrongMethod(java.util.Set.of("GET", "HEAD", "OPTIONS", "POST")));
    assertThat(routes.find("GET", "/talks/1/items/2"))
        .isEqualTo(new WrongMethod(java.util.Set.of("DELETE", "OPTIONS")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/user",
        "/users/1/2",
        "/talks",
        "/talks/1",
        "/talks/1/items",
        "//users",
        "/users/me/x"
      })
  void leadsNowhereOtherwise(String path) throws MalformedText {
    assertThat(routes.find("GET", path)).isInstanceOf(Nowhere.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/users/%",
        "/users/%4",
        "/users/%zz",
        "/users/%00",
        "/users/%ff",
        "/users/%c0%80",
        "/users/%ed%a0%80"
      })
  void refusesPathsThatDoNotDecode(String path) {
    assertThatThrownBy(() -> routes.find("GET", path)).isInstanceOf(MalformedText.class);
  }
}
