package io.parley.http;

import io.parley.api.contract.Verb;
import io.parley.api.problem.Problem;
import io.parley.json.MalformedText;
import io.parley.json.StrictJson;
import io.parley.json.Utf8;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Combines path, query and body of a request into the fields of one input. */
final class RequestFields {
  private static final String JSON = "application/json";
  private static final String FORM = "application/x-www-form-urlencoded";

  private RequestFields() {}

  static Map<String, @Nullable Object> of(
      HttpServerRequest request, Verb verb, Map<String, String> path, @Nullable Buffer body)
      throws MalformedText {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    if (body != null) {
      fields.putAll(bodyFields(request, verb, body));
    }
    path.forEach((name, value) -> fields.put(name, verb.fromText(name, value)));
    if (request.query() != null) {
      for (Map.Entry<String, String> pair : PercentEncoding.pairs(request.query()).entrySet()) {
        query(fields, verb, path, pair.getKey(), pair.getValue());
      }
    }
    return fields;
  }

  // a query may repeat a path parameter, but not change it or set a field of the body
  private static void query(
      Map<String, @Nullable Object> fields,
      Verb verb,
      Map<String, String> path,
      String name,
      String value) {
    if (path.containsKey(name)) {
      if (!Objects.equals(path.get(name), value)) {
        throw new Problem.Refused(Problem.invalid(name, "must equal its value in the path"));
      }
    } else if (!verb.parameters().containsKey(name)) {
      if (verb.signed()) {
        return; // part of a webhook URL as configured at a provider
      }
      throw new Problem.Refused(Problem.invalid(name, "is not a known query parameter"));
    } else {
      fields.put(name, verb.fromText(name, value));
    }
  }

  private static Map<String, @Nullable Object> bodyFields(
      HttpServerRequest request, Verb verb, Buffer body) throws MalformedText {
    String mediaType = mediaType(request);
    boolean nothing = body.length() == 0;
    if (nothing && (mediaType.isEmpty() || verb.mediaTypes().isEmpty())) {
      return Map.of();
    }
    // an operation without a body accepts an empty object; any field in it is unknown
    if (!verb.mediaTypes().isEmpty() && !verb.takes(mediaType)) {
      throw new Problem.Refused(
          Problem.of(
              415,
              "unsupported_media_type",
              "Unsupported media type",
              "Content-Type must be " + String.join(" or ", verb.mediaTypes()) + "."));
    }
    Map<String, @Nullable Object> fields =
        mediaType.equals(FORM) ? form(verb, body) : json(verb, body);
    for (String name : fields.keySet()) {
      if (verb.parameters().containsKey(name)) {
        throw new Problem.Refused(Problem.invalid(name, "must not be in the body"));
      }
    }
    return fields;
  }

  private static Map<String, @Nullable Object> form(Verb verb, Buffer body) throws MalformedText {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    for (Map.Entry<String, String> pair :
        PercentEncoding.pairs(Utf8.decode(body.getBytes())).entrySet()) {
      fields.put(pair.getKey(), verb.fromText(pair.getKey(), pair.getValue()));
    }
    return fields;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> json(Verb verb, Buffer body) throws MalformedText {
    Object read = verb.signed() ? StrictJson.parseMended(body) : StrictJson.parse(body);
    if (read instanceof Map<?, ?> object) {
      return (Map<String, @Nullable Object>) object;
    }
    throw new MalformedText("the body must be a JSON object");
  }

  /** The media type alone, lower-cased; with a charset other than UTF-8 it is not accepted. */
  private static String mediaType(HttpServerRequest request) {
    String header = request.getHeader(HttpHeaders.CONTENT_TYPE);
    if (header == null || header.equals(JSON)) {
      return header == null ? "" : JSON;
    }
    String lower = header.toLowerCase(Locale.ROOT);
    int semicolon = lower.indexOf(';');
    int charset = lower.indexOf("charset=");
    if (charset >= 0
        && !lower.substring(charset + 8).replace("\"", "").strip().startsWith("utf-8")) {
      return lower;
    }
    return (semicolon < 0 ? lower : lower.substring(0, semicolon)).strip();
  }
}
