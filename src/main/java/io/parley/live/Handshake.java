package io.parley.live;

import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;

/** The beginning of a WebSocket (RFC 6455, 4.2). */
final class Handshake {
  private static final String KEY = "Sec-WebSocket-Key";
  private static final String VERSION = "Sec-WebSocket-Version";
  private static final String SPOKEN = "13";
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int KEY_BYTES = 16;

  private Handshake() {}

  /** What keeps {@code request} from becoming a WebSocket. */
  static Optional<Answer> check(HttpServerRequest request) {
    if (!HttpMethod.GET.equals(request.method())) {
      return Optional.of(
          Problem.of(405, "method_not_allowed", "Not like this", "This path takes GET.")
              .header("Allow", "GET"));
    }
    if (request.version() == HttpVersion.HTTP_1_0
        || !has(request, HttpHeaders.UPGRADE, "websocket")
        || !has(request, HttpHeaders.CONNECTION, "upgrade")) {
      return Optional.of(upgradeRequired("Open a WebSocket here."));
    }
    if (!SPOKEN.equals(request.getHeader(VERSION))) {
      return Optional.of(upgradeRequired("Version 13 is spoken here."));
    }
    return isKey(request.getHeader(KEY))
        ? Optional.empty()
        : Optional.of(Problem.malformed(KEY + " must be 16 bytes in base64"));
  }

  private static Problem upgradeRequired(String detail) {
    return Problem.of(426, "upgrade_required", "This is for WebSockets", detail)
        .header(VERSION, SPOKEN);
  }

  private static boolean has(HttpServerRequest request, CharSequence header, String token) {
    return request.headers().getAll(header).stream()
        .flatMap(value -> java.util.Arrays.stream(value.split(",", -1)))
        .anyMatch(each -> each.strip().toLowerCase(Locale.ROOT).equals(token));
  }

  private static boolean isKey(@org.jspecify.annotations.Nullable String key) {
    try {
      return key != null && Base64.getDecoder().decode(key).length == KEY_BYTES;
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }

  /** The headers of the answer that accepts it. */
  static void prepare(HttpServerRequest request) {
    request
        .response()
        .putHeader(HttpHeaders.UPGRADE, "websocket")
        .putHeader(HttpHeaders.CONNECTION, "Upgrade")
        .putHeader("Sec-WebSocket-Accept", accept(request.getHeader(KEY)));
  }

  private static String accept(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1")
              .digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
