package io.parley.bench;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** The gateway as a fan-out server: every message is committed before it is delivered. */
final class GatewayFanOut implements FanOutServer {
  private final GatewayServer server;
  private final SeededUsers crowd;

  /** {@code crowd} is in its first group together. */
  GatewayFanOut(GatewayServer server, SeededUsers crowd) {
    this.server = server;
    this.crowd = crowd;
  }

  @Override
  public String name() {
    return "the gateway";
  }

  @Override
  public int port() {
    return server.port();
  }

  @Override
  public double cpu() {
    return server.cpu();
  }

  @Override
  public String path() {
    return "/eventbus/websocket";
  }

  @Override
  public String headers(int socket) {
    return "Authorization: " + crowd.token(crowd.member(0, socket % SeededUsers.GROUP)) + "\r\n";
  }

  @Override
  public String greeting() {
    return "{\"type\":\"register\",\"address\":\"inbox\"}\n{\"type\":\"ping\"}";
  }

  @Override
  public boolean isWelcome(ByteBuf payload) {
    return payload.toString(StandardCharsets.US_ASCII).equals("{\"type\":\"pong\"}");
  }

  @Override
  public String message(long number) {
    return "{\"type\":\"send\",\"address\":\"appendItem\",\"headers\":{},\"body\":{\"ref\":\""
        + crowd.conversation(0)
        + "\",\"type\":\"message\",\"body\":\""
        + TEXT
        + "\"},\"replyAddress\":\"r\"}";
  }

  @Override
  public int messages(ByteBuf payload, long before) {
    return GroupChatLoad.isEvent(payload) ? 1 : 0;
  }

  @Override
  public void close() {}
}
