package io.parley.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The event loops use epoll where there is a native library, and else the JDK's selector. */
@Tag("integration")
class TransportTest {

  /** Serves one request with the options of the gateway, and prints which transport it used. */
  static final class Probe {
    private Probe() {}

    public static void main(String[] arguments) {
      Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
      vertx
          .createHttpServer()
          .requestHandler(request -> request.response().end("served"))
          .listen(0, "127.0.0.1")
          .compose(
              server ->
                  vertx
                      .createHttpClient()
                      .request(HttpMethod.GET, server.actualPort(), "127.0.0.1", "/"))
          .compose(request -> request.send())
          .compose(response -> response.body())
          .onComplete(
              body -> {
                System.out.println(
                    "native " + vertx.isNativeTransportEnabled() + ", " + body.result());
                vertx.close();
              });
    }
  }

  private static String probe(String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.add("-Dlogback.configurationFile=logback.xml");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Probe.class.getName()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return printed.lines().reduce("", (_, last) -> last);
  }

  @Test
  void withoutANativeLibraryItServesByTheSelectorOfTheJdk() throws Exception {
    assertThat(probe("-Dio.netty.transport.noNative=true")).isEqualTo("native false, served");
  }
}
