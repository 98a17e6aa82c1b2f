package io.parley.bench;

import java.nio.charset.StandardCharsets;

/** HTTP/1.1 requests as text. */
final class HttpText {
  private HttpText() {}

  static String get(String path, String authorization) {
    return "GET " + path + " HTTP/1.1\r\n" + headers(authorization) + "\r\n";
  }

  /** All of a POST before its body. */
  static String postHead(String path, String authorization, int length) {
    return "POST "
        + path
        + " HTTP/1.1\r\n"
        + headers(authorization)
        + "Content-Type: application/json\r\nContent-Length: "
        + length
        + "\r\n\r\n";
  }

  /** A request of any method, with a body of JSON unless it is empty. */
  static String send(String method, String path, String authorization, String body) {
    if (body.isEmpty()) {
      return get(path, authorization)
          .replaceFirst("GET", method)
          .replaceFirst("\r\n\r\n$", "\r\nContent-Length: 0\r\n\r\n");
    }
    int length = body.getBytes(StandardCharsets.UTF_8).length;
    return postHead(path, authorization, length).replaceFirst("POST", method) + body;
  }

  private static String headers(String authorization) {
    return "Host: 127.0.0.1\r\n"
        + (authorization.isEmpty() ? "" : "Authorization: " + authorization + "\r\n");
  }
}
