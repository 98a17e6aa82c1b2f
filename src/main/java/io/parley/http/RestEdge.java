package io.parley.http;

import io.parley.api.auth.Caller;
import io.parley.api.auth.WebhookSignature;
import io.parley.api.contract.Verb;
import io.parley.api.operations.ApiRequest;
import io.parley.api.operations.Operations;
import io.parley.api.problem.Problem;
import io.parley.flow.Outage;
import io.parley.flow.Slots;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The REST edge: turns a request into the input of its operation, and its answer into a response.
 */
final class RestEdge {
  static final CharSequence IDEMPOTENCY_KEY = HttpHeaders.createOptimized("Idempotency-Key");
  private static final int MAX_LONG_BODIES = 8;

  private final Operations operations;
  private final Function<String, Future<Caller>> authenticate;
  private final SandboxRule sandbox;
  private final Optional<WebhookSignature> signature;
  private final ConnectionTimeouts connections;
  private final long bodyBound;
  private final Context home;

  private final Slots longBodies = new Slots(MAX_LONG_BODIES);

  RestEdge(
      Operations operations,
      Function<String, Future<Caller>> authenticate,
      SandboxRule sandbox,
      Optional<WebhookSignature> signature,
      ConnectionTimeouts connections,
      long bodyBound,
      Context home) {
    this.operations = operations;
    this.authenticate = authenticate;
    this.sandbox = sandbox;
    this.signature = signature;
    this.connections = connections;
    this.bodyBound = bodyBound;
    this.home = home;
  }

  void handle(HttpExchange exchange, Verb verb, Map<String, String> path) {
    withBody(
        exchange,
        verb.body().maxBytes(),
        body -> {
          if (isSigned(exchange, verb)) {
            performSigned(exchange, verb, path, body);
          } else {
            withCaller(exchange, caller -> performAs(exchange, verb, path, body, caller));
          }
        });
  }

  private static boolean isSigned(HttpExchange exchange, Verb verb) {
    return verb.signed()
        && exchange.request().getHeader(HttpHeaders.AUTHORIZATION) == null
        && WebhookSignature.isPresent(exchange.request().headers());
  }

  private void performSigned(
      HttpExchange exchange, Verb verb, Map<String, String> path, Buffer body) {
    if (signature.filter(each -> each.isValid(exchange.request().headers(), body)).isPresent()) {
      performAs(exchange, verb, path, body, new Caller.Signatory());
    } else {
      exchange.answer(Problem.unauthorized("Invalid or expired webhook signature."));
    }
  }

  /** Continues with the whole body, or answers with what is wrong with it. */
  void withBody(HttpExchange exchange, Consumer<Buffer> next) {
    withBody(exchange, 0, next);
  }

  private void withBody(HttpExchange exchange, long longest, Consumer<Buffer> next) {
    if (!RequestBody.isExpected(exchange.request())) {
      next.accept(Buffer.buffer());
      return;
    }
    boolean isLong = longest > bodyBound && RequestBody.mayBeLonger(exchange.request(), bodyBound);
    if (isLong && !longBodies.tryTake()) {
      exchange.answer(
          Problem.of(Outage.unavailable("too many long bodies at once"), exchange.id()));
      return;
    }
    RequestBody.read(exchange.request(), isLong ? longest : bodyBound)
        .onComplete(
            (body, failure) -> {
              if (isLong) {
                longBodies.release();
              }
              connections.bodyRead(exchange.request());
              if (failure == null) {
                next.accept(body);
              } else {
                exchange.answer(Problem.of(failure, exchange.id()));
              }
            });
  }

  /** Continues on this event loop with the caller, or answers that the credentials are invalid. */
  void withCaller(HttpExchange exchange, Consumer<Caller> next) {
    Future<Caller> caller = caller(exchange);
    if (caller.succeeded()) {
      next.accept(caller.result());
    } else {
      // another event loop may have verified these credentials
      caller.onComplete(
          (known, failure) ->
              home.runOnContext(
                  back -> {
                    if (failure == null) {
                      next.accept(known);
                    } else {
                      exchange.answer(Problem.of(failure, exchange.id()));
                    }
                  }));
    }
  }

  Future<Caller> caller(HttpExchange exchange) {
    String authorization = exchange.request().getHeader(HttpHeaders.AUTHORIZATION);
    return authorization == null
        ? Future.succeededFuture(sandbox.callerWithoutCredentials(exchange.request()))
        : authenticate.apply(authorization);
  }

  private void performAs(
      HttpExchange exchange, Verb verb, Map<String, String> path, Buffer body, Caller caller) {
    String key = exchange.request().getHeader(IDEMPOTENCY_KEY);
    operations
        .perform(
            new ApiRequest(
                exchange.id(),
                verb,
                caller,
                () -> RequestFields.of(exchange.request(), verb, path, body),
                key))
        .onSuccess(exchange::answer);
  }
}
