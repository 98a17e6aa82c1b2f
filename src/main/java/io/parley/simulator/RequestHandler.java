package io.parley.simulator;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.parley.json.MalformedText;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.impl.HttpServerConnection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP handler: reads a request, routes it and sends or withholds its answer. */
final class RequestHandler implements Handler<HttpServerRequest> {
  static final int MAX_BODY = 8 << 20;
  private static final Logger LOG = LoggerFactory.getLogger(RequestHandler.class);
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; connect-src 'self';"
          + " frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

  private final SimulatorRoutes routes;
  private final Map<String, ProviderReply> pages;
  private final AccessRule access;

  RequestHandler(SimulatorRoutes routes, Map<String, ProviderReply> pages, AccessRule access) {
    this.routes = routes;
    this.pages = pages;
    this.access = access;
  }

  @Override
  public void handle(HttpServerRequest request) {
    try {
      String path = path(request);
      ProviderReply page = pages.get(path);
      boolean isPage = page != null && isRead(request);
      access
          .check(request, isPage)
          .ifPresentOrElse(
              problem -> refuse(request, problem),
              () -> {
                if (isPage) {
                  end(request, java.util.Objects.requireNonNull(page));
                } else {
                  answer(request, path);
                }
              });
    } catch (RuntimeException failure) {
      end(request, replyTo(failure));
    }
  }

  private static boolean isRead(HttpServerRequest request) {
    return request.method().name().equals("GET") || request.method().name().equals("HEAD");
  }

  private static String path(HttpServerRequest request) {
    String path = request.path() == null || !request.path().startsWith("/") ? "/*" : request.path();
    return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  private void answer(HttpServerRequest request, String path) {
    Optional<SimulatorRoutes.Route> found = routes.find(path);
    if (found.isEmpty()) {
      refuse(
          request,
          pages.containsKey(path)
              ? SimulatorProblem.methodNotAllowed("GET, HEAD")
              : SimulatorProblem.notFound("No such path."));
      return;
    }
    SimulatorRoutes.Action action = found.get().byMethod().get(request.method().name());
    if (action == null) {
      refuse(
          request,
          SimulatorProblem.methodNotAllowed(String.join(", ", found.get().byMethod().keySet())));
      return;
    }
    String parameter = found.get().parameter();
    body(request)
        .compose(
            body -> perform(action, new SimulatorRequest(request, parameter, query(request), body)))
        .otherwise(RequestHandler::replyTo)
        .onSuccess(reply -> end(request, reply));
  }

  private static Future<ProviderReply> perform(
      SimulatorRoutes.Action action, SimulatorRequest request) {
    try {
      return action.perform(request);
    } catch (MalformedText malformed) {
      return Future.succeededFuture(SimulatorProblem.malformed(malformed.reason()).reply());
    }
  }

  private static Map<String, String> query(HttpServerRequest request) {
    Map<String, String> query = new HashMap<>();
    request
        .params()
        .forEach(
            (name, value) -> {
              if (query.put(name, value) != null) {
                throw new SimulatorProblem.Rejection(
                    SimulatorProblem.malformed("The parameter " + name + " is given twice."));
              }
            });
    return query;
  }

  private static Future<Buffer> body(HttpServerRequest request) {
    if (declaredLength(request) > MAX_BODY) {
      return Future.failedFuture(
          new SimulatorProblem.Rejection(SimulatorProblem.tooLarge(MAX_BODY)));
    }
    Promise<Buffer> complete = Promise.promise();
    Buffer body = Buffer.buffer();
    request.handler(
        part -> {
          if (body.length() + part.length() <= MAX_BODY) {
            body.appendBuffer(part);
          } else {
            complete.tryFail(new SimulatorProblem.Rejection(SimulatorProblem.tooLarge(MAX_BODY)));
          }
        });
    request.endHandler(end -> complete.tryComplete(body));
    request.exceptionHandler(complete::tryFail);
    return complete.future();
  }

  private static long declaredLength(HttpServerRequest request) {
    String length = request.getHeader("Content-Length");
    return length != null && length.matches("[0-9]{1,18}") ? Long.parseLong(length) : 0;
  }

  private static ProviderReply replyTo(Throwable failure) {
    return switch (failure) {
      case SimulatorProblem.Rejection rejection -> rejection.problem().reply();
      case IllegalArgumentException malformed ->
          SimulatorProblem.malformed("The path or query is malformed.").reply();
      case io.vertx.core.http.HttpClosedException gone -> new ProviderReply.Lost();
      default -> {
        LOG.atError().setCause(failure).log("Request failed unexpectedly");
        yield SimulatorProblem.of(
                500, "bug", "Internal error", "The simulator failed; see its log.")
            .reply();
      }
    };
  }

  private static void refuse(HttpServerRequest request, SimulatorProblem problem) {
    end(request, problem.reply());
  }

  private static void end(HttpServerRequest request, ProviderReply reply) {
    if (request.response().closed() || request.response().ended()) {
      return;
    }
    switch (reply) {
      case ProviderReply.Answer answer -> send(request, answer);
      case ProviderReply.Lost lost -> request.connection().close();
      case ProviderReply.Reset reset -> reset(request);
      case ProviderReply.Silent silent -> {}
    }
  }

  private static void send(HttpServerRequest request, ProviderReply.Answer answer) {
    HttpServerResponse response = request.response().setStatusCode(answer.status());
    answer.headers().forEach(response::putHeader);
    response
        .putHeader("Content-Type", answer.type())
        .putHeader("Cache-Control", "no-store")
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("Referrer-Policy", "no-referrer")
        .putHeader("Content-Security-Policy", POLICY);
    boolean complete = request.isEnded();
    if (!complete) {
      response.putHeader("Connection", "close");
    }
    sendBody(request, response, answer.body())
        .onComplete(
            ended -> {
              // the rest of a refused request is not read
              if (!complete) {
                request.connection().close();
              }
            });
  }

  private static Future<Void> sendBody(
      HttpServerRequest request, HttpServerResponse response, Buffer body) {
    return request.method().name().equals("HEAD")
        ? response.putHeader("Content-Length", Integer.toString(body.length())).end()
        : response.end(body);
  }

  // closing with SO_LINGER 0 resets the connection; Vert.x has no call for it
  private static void reset(HttpServerRequest request) {
    if (request.connection() instanceof HttpServerConnection connection) {
      Channel channel = connection.channelHandlerContext().channel();
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
      channel.close();
    } else {
      request.connection().close();
    }
  }
}
