package io.parley.bench;

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

  private static String headers(String authorization) {
    return "Host: 127.0.0.1\r\n"
        + (authorization.isEmpty() ? "" : "Authorization: " + authorization + "\r\n");
  }
}
