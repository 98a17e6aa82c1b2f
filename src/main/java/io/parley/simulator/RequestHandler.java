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

/** Takes a request in, has it answered, and sees to how it ends. */
final class RequestHandler implements Handler<HttpServerRequest> {
  static final int MOST_BODY = 8 << 20;
  private static final Logger LOG = LoggerFactory.getLogger(RequestHandler.class);
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; connect-src 'self';"
          + " frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

  private final SimulatorRoutes verbs;
  private final Map<String, ProviderReply> pages;

  RequestHandler(SimulatorRoutes verbs, Map<String, ProviderReply> pages) {
    this.verbs = verbs;
    this.pages = pages;
  }

  @Override
  public void handle(HttpServerRequest request) {
    try {
      String path = path(request);
      ProviderReply page = pages.get(path);
      boolean isPage = page != null && reads(request);
      AccessRule.stops(request, isPage)
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
      end(request, told(failure));
    }
  }

  private static boolean reads(HttpServerRequest request) {
    return request.method().name().equals("GET") || request.method().name().equals("HEAD");
  }

  private static String path(HttpServerRequest request) {
    String path = request.path() == null || !request.path().startsWith("/") ? "/*" : request.path();
    return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  private void answer(HttpServerRequest request, String path) {
    Optional<SimulatorRoutes.Found> found = verbs.find(path);
    if (found.isEmpty()) {
      refuse(
          request,
          pages.containsKey(path)
              ? SimulatorProblem.wrongMethod("GET, HEAD")
              : SimulatorProblem.notFound("There is nothing at this path."));
      return;
    }
    SimulatorRoutes.Verb verb = found.get().byMethod().get(request.method().name());
    if (verb == null) {
      refuse(
          request,
          SimulatorProblem.wrongMethod(String.join(", ", found.get().byMethod().keySet())));
      return;
    }
    String parameter = found.get().parameter();
    body(request)
        .compose(
            body -> answered(verb, new SimulatorRequest(request, parameter, query(request), body)))
        .otherwise(RequestHandler::told)
        .onSuccess(reply -> end(request, reply));
  }

  private static Future<ProviderReply> answered(SimulatorRoutes.Verb verb, SimulatorRequest call) {
    try {
      return verb.answer(call);
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
                throw new SimulatorProblem.Refused(
                    SimulatorProblem.malformed(name + " is given twice"));
              }
            });
    return query;
  }

  private static Future<Buffer> body(HttpServerRequest request) {
    if (declared(request) > MOST_BODY) {
      return Future.failedFuture(
          new SimulatorProblem.Refused(SimulatorProblem.tooLarge(MOST_BODY)));
    }
    Promise<Buffer> whole = Promise.promise();
    Buffer body = Buffer.buffer();
    request.handler(
        part -> {
          if (body.length() + part.length() <= MOST_BODY) {
            body.appendBuffer(part);
          } else {
            whole.tryFail(new SimulatorProblem.Refused(SimulatorProblem.tooLarge(MOST_BODY)));
          }
        });
    request.endHandler(end -> whole.tryComplete(body));
    request.exceptionHandler(whole::tryFail);
    return whole.future();
  }

  private static long declared(HttpServerRequest request) {
    String length = request.getHeader("Content-Length");
    return length != null && length.matches("[0-9]{1,18}") ? Long.parseLong(length) : 0;
  }

  private static ProviderReply told(Throwable failure) {
    return switch (failure) {
      case SimulatorProblem.Refused refused -> refused.problem().reply();
      case IllegalArgumentException malformed ->
          SimulatorProblem.malformed("The path or its query cannot be read.").reply();
      case io.vertx.core.http.HttpClosedException gone -> new ProviderReply.Lost();
      default -> {
        LOG.atError().setCause(failure).log("bug");
        yield SimulatorProblem.of(
                500, "bug", "Our mistake", "The simulator failed; its log says how.")
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
      case ProviderReply.Told told -> tell(request, told);
      case ProviderReply.Lost lost -> request.connection().close();
      case ProviderReply.Reset reset -> reset(request);
      case ProviderReply.Silent silent -> {}
    }
  }

  private static void tell(HttpServerRequest request, ProviderReply.Told told) {
    HttpServerResponse response = request.response().setStatusCode(told.status());
    told.headers().forEach(response::putHeader);
    response
        .putHeader("Content-Type", told.type())
        .putHeader("Cache-Control", "no-store")
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("Referrer-Policy", "no-referrer")
        .putHeader("Content-Security-Policy", POLICY);
    boolean whole = request.isEnded();
    if (!whole) {
      response.putHeader("Connection", "close");
    }
    told(request, response, told.body())
        .onComplete(
            ended -> {
              // what is left of a request that was refused is not read
              if (!whole) {
                request.connection().close();
              }
            });
  }

  private static Future<Void> told(
      HttpServerRequest request, HttpServerResponse response, Buffer body) {
    return request.method().name().equals("HEAD")
        ? response.putHeader("Content-Length", Integer.toString(body.length())).end()
        : response.end(body);
  }

  // closed without lingering a connection is reset; Vert.x itself only knows how to end one
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
