package io.parley.dispatch;

import io.parley.json.Text;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * What went over the wire in one attempt, as texts for operators: at most 4 KiB of the request and
 * of the response, without secrets. Confined to one event loop.
 *
 * <p>An adapter notes the request before it sends it, so that an attempt which is never answered
 * shows it, too.
 */
public final class Transcript {
  static final int MAX_BYTES = 4096;
  private static final int MAX_HEADERS = 1024;
  private static final String REMOVED = "[removed]";
  private static final Pattern SECRET_HEADER =
      Pattern.compile("(?i).*(?:auth|token|secret|cookie|signature|api-?key).*");
  private static final Pattern CREDENTIALS_IN_URL = Pattern.compile("://[^/\\s\"@]{1,500}@");
  private static final Pattern SECRET_PARAMETER =
      Pattern.compile(
          "([?&](?i:[a-z_-]{0,20}(?:signature|token|secret|password|api_?key))=)[^&\\s\"<>]+");
  private static final Pattern SECRET_FIELD =
      Pattern.compile(
          "(\"(?i:[a-z_-]{0,20}(?:token|secret|password|api_?key|authorization))\"\\s*:\\s*\")[^\"]*");

  private Optional<String> request = Optional.empty();
  private Optional<String> response = Optional.empty();
  private OptionalInt status = OptionalInt.empty();

  /** Notes what is about to be sent. */
  public void requested(String line, MultiMap headers, Buffer body) {
    request = Optional.of(text(line, headers, body));
  }

  /** Notes an answer, or as much of it as was read. */
  public void answered(int answeredStatus, MultiMap headers, Buffer body) {
    status = OptionalInt.of(answeredStatus);
    response = Optional.of(text("HTTP " + answeredStatus, headers, body));
  }

  public Optional<String> request() {
    return request;
  }

  public Optional<String> response() {
    return response;
  }

  /** Empty as long as no answer came. */
  public OptionalInt status() {
    return status;
  }

  private static String text(String line, MultiMap headers, Buffer body) {
    StringBuilder text = new StringBuilder(line).append('\n');
    int end = text.length() + MAX_HEADERS;
    for (Map.Entry<String, String> header : headers) {
      boolean secret = SECRET_HEADER.matcher(header.getKey()).matches();
      String shown = header.getKey() + ": " + (secret ? REMOVED : header.getValue());
      if (text.length() + shown.length() < end) {
        text.append(shown).append('\n');
      }
    }
    text.append('\n').append(body.getString(0, Math.min(body.length(), MAX_BYTES), "UTF-8"));
    return cut(withoutSecrets(text.toString()));
  }

  private static String withoutSecrets(String text) {
    String noCredentials = CREDENTIALS_IN_URL.matcher(text).replaceAll("://" + REMOVED + "@");
    String noParameters = SECRET_PARAMETER.matcher(noCredentials).replaceAll("$1" + REMOVED);
    return SECRET_FIELD.matcher(noParameters).replaceAll("$1" + REMOVED);
  }

  /** The start of the text that fits, without half a character at its end. */
  private static String cut(String text) {
    String whole = Text.mended(text);
    byte[] bytes = whole.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= MAX_BYTES) {
      return whole;
    }
    int end = MAX_BYTES;
    while ((bytes[end] & 0xc0) == 0x80) {
      end--;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }
}
