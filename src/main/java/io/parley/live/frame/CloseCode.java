package io.parley.live.frame;

/** WebSocket close codes, in the meaning the API documents for clients. */
public final class CloseCode {
  public static final int NORMAL = 1000;
  public static final int PROTOCOL_ERROR = 1002;

  /** Reserved by RFC 6455: never travels, means that the peer sent no code. */
  public static final int NO_STATUS = 1005;

  /** Reserved by RFC 6455: never travels, means that the connection broke. */
  public static final int ABNORMAL = 1006;

  public static final int NOT_ALLOWED = 1008;
  public static final int TOO_LARGE = 1009;

  /** The client should reconnect, possibly to another node, and resume. */
  public static final int RECONNECT = 1012;

  public static final int CREDENTIALS_ENDED = 4401;
  public static final int TOO_SLOW = 4408;

  private CloseCode() {}
}
