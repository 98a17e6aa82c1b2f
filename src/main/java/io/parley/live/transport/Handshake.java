package io.parley.live.transport;

import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The opening handshake of a WebSocket (RFC 6455, section 4.2). */
public final class Handshake {
  private static final String KEY = "Sec-WebSocket-Key";
  private static final String VERSION = "Sec-WebSocket-Version";
  private static final String SUPPORTED_VERSION = "13";
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int KEY_BYTES = 16;

  private Handshake() {}

  /** Why {@code request} cannot become a WebSocket; empty if it can. */
  public static Optional<Answer> refusal(HttpServerRequest request) {
    if (!HttpMethod.GET.equals(request.method())) {
      return Optional.of(
          Problem.of(405, "method_not_allowed", "Method not allowed", "This path accepts GET only.")
              .header("Allow", "GET"));
    }
    if (request.version() == HttpVersion.HTTP_1_0
        || !hasToken(request, HttpHeaders.UPGRADE, "websocket")
        || !hasToken(request, HttpHeaders.CONNECTION, "upgrade")) {
      return Optional.of(upgradeRequired("Open this path as a WebSocket."));
    }
    if (!SUPPORTED_VERSION.equals(request.getHeader(VERSION))) {
      return Optional.of(upgradeRequired("Only WebSocket version 13 is supported."));
    }
    return isKey(request.getHeader(KEY))
        ? Optional.empty()
        : Optional.of(Problem.malformed(KEY + " must be 16 bytes in base64"));
  }

  private static Problem upgradeRequired(String detail) {
    return Problem.of(426, "upgrade_required", "Upgrade required", detail)
        .header(VERSION, SUPPORTED_VERSION);
  }

  private static boolean hasToken(HttpServerRequest request, CharSequence header, String token) {
    return request.headers().getAll(header).stream()
        .flatMap(value -> Arrays.stream(value.split(",", -1)))
        .anyMatch(each -> each.strip().toLowerCase(Locale.ROOT).equals(token));
  }

  private static boolean isKey(@Nullable String key) {
    try {
      return key != null && Base64.getDecoder().decode(key).length == KEY_BYTES;
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }

  /** Sets the headers of the 101 response. */
  public static void accept(HttpServerRequest request) {
    request
        .response()
        .putHeader(HttpHeaders.UPGRADE, "websocket")
        .putHeader(HttpHeaders.CONNECTION, "Upgrade")
        .putHeader("Sec-WebSocket-Accept", acceptKey(request.getHeader(KEY)));
  }

  private static String acceptKey(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1")
              .digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
