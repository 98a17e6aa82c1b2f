package io.parley.bench;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;

/** The framework alone with files: streams a request body to the disk and sends a file back. */
final class BareFileServer {
  private static final int READ = 256 * 1024;

  private BareFileServer() {}

  static BenchProcess start(int port) throws InterruptedException {
    BenchProcess process =
        BenchProcess.java(
            "bare-files",
            Map.of(),
            "@conf/jvm.options",
            "-cp",
            System.getProperty("java.class.path"),
            BareFileServer.class.getName(),
            Integer.toString(port));
    double _ = process.awaitReady("http://127.0.0.1:" + port + "/ready");
    return process;
  }

  public static void main(String[] arguments) throws Exception {
    Path folder = Files.createTempDirectory(Path.of("target"), "bare-files-");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(folder)));
    int loops = Runtime.getRuntime().availableProcessors();
    Vertx vertx =
        Vertx.vertx(new VertxOptions().setEventLoopPoolSize(loops).setPreferNativeTransport(true));
    for (int i = 0; i < loops; i++) {
      vertx.deployVerticle(new Disk(Integer.parseInt(arguments[0]), folder)).await();
    }
  }

  private static void remove(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    } catch (IOException e) {
      System.err.println("the bare server left files behind: " + e);
    }
  }

  private static final class Disk extends VerticleBase {
    private final int port;
    private final Path folder;

    Disk(int port, Path folder) {
      this.port = port;
      this.folder = folder;
    }

    @Override
    public Future<HttpServer> start() {
      return vertx
          .createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(port))
          .requestHandler(this::handle)
          .listen();
    }

    private void handle(HttpServerRequest request) {
      if (request.path().equals("/ready")) {
        Future<Void> _ = request.response().end();
        return;
      }
      String file = folder.resolve(request.path().substring(1)).toString();
      Future<Void> _ =
          request.method().name().equals("POST") ? take(request, file) : give(request, file);
    }

    private Future<Void> give(HttpServerRequest request, String file) {
      return vertx
          .fileSystem()
          .open(file, new OpenOptions().setWrite(false))
          .compose(
              open -> {
                HttpServerResponse response = request.response();
                response.putHeader("Content-Length", Long.toString(open.sizeBlocking()));
                return open.setReadBufferSize(READ).pipeTo(response);
              });
    }

    private Future<Void> take(HttpServerRequest request, String file) {
      request.pause();
      return vertx
          .fileSystem()
          .open(file, new OpenOptions().setTruncateExisting(true))
          .compose(request::pipeTo)
          .compose(whole -> request.response().setStatusCode(201).end());
    }
  }
}
