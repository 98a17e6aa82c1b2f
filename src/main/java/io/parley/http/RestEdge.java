package io.parley.http;

import io.parley.api.auth.Caller;
import io.parley.api.auth.WebhookSignature;
import io.parley.api.contract.Verb;
import io.parley.api.operations.Admitted;
import io.parley.api.operations.ApiRequest;
import io.parley.api.operations.Operations;
import io.parley.api.problem.Problem;
import io.parley.flow.Outage;
import io.parley.flow.Slots;
import io.parley.identity.ClientAddress;
import io.parley.settings.HttpLimits;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * The REST edge: turns a request into the input of its operation, and its answer into a response.
 */
final class RestEdge {
  static final CharSequence IDEMPOTENCY_KEY = HttpHeaders.createOptimized("Idempotency-Key");
  private static final int MAX_LONG_BODIES = 8;
  private static final Problem INVALID_SIGNATURE =
      Problem.unauthorized("Invalid or expired webhook signature.");

  private final Operations operations;
  private final BiFunction<String, ClientAddress, Future<Caller>> authenticate;
  private final SandboxRule sandbox;
  private final Optional<WebhookSignature> signature;
  private final ClientConnections connections;
  private final long bodyBound;
  private final BodyMemory memory;
  private final Context home;

  private final Slots longBodies = new Slots(MAX_LONG_BODIES);

  RestEdge(
      Operations operations,
      BiFunction<String, ClientAddress, Future<Caller>> authenticate,
      SandboxRule sandbox,
      Optional<WebhookSignature> signature,
      ClientConnections connections,
      HttpLimits limits,
      Context home) {
    this.operations = operations;
    this.authenticate = authenticate;
    this.sandbox = sandbox;
    this.signature = signature;
    this.connections = connections;
    this.bodyBound = limits.maxBody();
    this.memory = new BodyMemory(limits.maxBodies());
    this.home = home;
  }

  /** Decides by the headers who calls and whether they may, and only then reads the body. */
  void handle(HttpExchange exchange, Verb verb, Map<String, String> path) {
    if (isSigned(exchange, verb)) {
      performSigned(exchange, verb, path);
      return;
    }
    withCaller(
        exchange,
        caller -> {
          Admitted call = admit(exchange, verb, caller);
          if (call.refusal().isPresent()) {
            perform(exchange, call, verb, path, Buffer.buffer());
          } else {
            withBody(
                exchange,
                verb.body().maxBytes(),
                isStranger(caller),
                body -> perform(exchange, call, verb, path, body));
          }
        });
  }

  private static boolean isSigned(HttpExchange exchange, Verb verb) {
    return verb.signed()
        && exchange.request().getHeader(HttpHeaders.AUTHORIZATION) == null
        && WebhookSignature.isPresent(exchange.request().headers());
  }

  private static boolean isStranger(Caller caller) {
    return caller instanceof Caller.Nobody;
  }

  // a signature can be verified with the whole body only: until then the sender is a stranger
  private void performSigned(HttpExchange exchange, Verb verb, Map<String, String> path) {
    MultiMap headers = exchange.request().headers();
    Optional<WebhookSignature> current = signature.filter(each -> each.isCurrent(headers));
    if (current.isEmpty()) {
      exchange.answer(INVALID_SIGNATURE);
      return;
    }
    withBody(
        exchange,
        verb.body().maxBytes(),
        true,
        body -> {
          if (current.get().isValid(headers, body)) {
            Admitted call = admit(exchange, verb, new Caller.Signatory());
            perform(exchange, call, verb, path, body);
          } else {
            exchange.answer(INVALID_SIGNATURE);
          }
        });
  }

  /** Continues with the whole body, or answers with what is wrong with it. */
  void withBody(HttpExchange exchange, Caller caller, Consumer<Buffer> next) {
    withBody(exchange, 0, isStranger(caller), next);
  }

  private void withBody(
      HttpExchange exchange, long longest, boolean stranger, Consumer<Buffer> next) {
    HttpServerRequest request = exchange.request();
    if (!RequestBody.isExpected(request)) {
      next.accept(Buffer.buffer());
      return;
    }
    boolean isLong = longest > bodyBound && RequestBody.mayBeLonger(request, bodyBound);
    if (isLong && !longBodies.tryTake()) {
      exchange.answer(
          Problem.of(Outage.unavailable("too many long bodies at once"), exchange.id()));
      return;
    }
    BodyMemory.Share share = memory.share(stranger);
    connections.whenEnded(request, share::release);
    RequestBody.read(request, isLong ? longest : bodyBound, share)
        .onComplete(
            (body, failure) -> {
              if (isLong) {
                longBodies.release();
              }
              connections.bodyRead(request);
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
      return;
    }
    // until the caller is known the body waits with its sender
    if (RequestBody.isExpected(exchange.request())) {
      exchange.request().pause();
    }
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

  Future<Caller> caller(HttpExchange exchange) {
    String authorization = exchange.request().getHeader(HttpHeaders.AUTHORIZATION);
    return authorization == null
        ? Future.succeededFuture(sandbox.callerWithoutCredentials(exchange))
        : authenticate.apply(authorization, exchange.source().client());
  }

  /** Counts the call and judges its caller; the answer tells how much of the limit is left. */
  Admitted admit(HttpExchange exchange, Verb verb, Caller caller) {
    Admitted call = operations.admit(exchange.id(), exchange.source().client(), verb, caller);
    exchange.limited(call.level());
    return call;
  }

  private void perform(
      HttpExchange exchange, Admitted call, Verb verb, Map<String, String> path, Buffer body) {
    String key = exchange.request().getHeader(IDEMPOTENCY_KEY);
    operations
        .perform(
            new ApiRequest(call, () -> RequestFields.of(exchange.request(), verb, path, body), key))
        .onSuccess(exchange::answer);
  }
}
