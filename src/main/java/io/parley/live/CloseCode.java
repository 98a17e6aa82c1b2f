package io.parley.live;

/** Why we end a connection, in numbers clients can act upon. */
final class CloseCode {
  static final int NORMAL = 1000;
  static final int NOT_ALLOWED = 1008;
  static final int TOO_LARGE = 1009;
  static final int ELSEWHERE = 1012;
  static final int CREDENTIALS_ENDED = 4401;
  static final int TOO_SLOW = 4408;

  private CloseCode() {}
}
