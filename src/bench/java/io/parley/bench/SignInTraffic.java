package io.parley.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;

/** Sign-ins of one user with the right password. */
final class SignInTraffic implements Traffic {
  private final ByteBuf request;

  SignInTraffic(String name) {
    this.request =
        Unpooled.unreleasableBuffer(
            Unpooled.directBuffer()
                .writeBytes(
                    request(name, GatewayServer.PASSWORD, "").getBytes(StandardCharsets.UTF_8)));
  }

  /** A sign-in; {@code headers} are further lines, each with its end. */
  static String request(String name, String password, String headers) {
    return HttpText.send("POST", "/api/auth/token", "", body(name, password))
        .replaceFirst("\r\n", "\r\n" + headers);
  }

  static String body(String name, String password) {
    JsonObject grant = new JsonObject().put("grant_type", "password");
    return grant.put("username", name).put("password", password).encode();
  }

  @Override
  public ByteBuf next(int line) {
    return request.duplicate();
  }

  @Override
  public void answered(int line, ByteBuf body) {
    String text = body.toString(StandardCharsets.UTF_8);
    if (!text.contains("\"access_token\"")) {
      throw new IllegalStateException("not signed in: " + text);
    }
  }
}
