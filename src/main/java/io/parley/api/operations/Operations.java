package io.parley.api.operations;

import io.parley.api.contract.Contract;
import io.parley.api.problem.Answer;
import io.parley.api.problem.InputError;
import io.parley.api.problem.Problem;
import io.parley.flow.Outage;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Carries out what callers ask for: lets them in, judges the input, performs, words the trouble.
 * Both edges come here.
 */
public final class Operations {
  private static final Pattern PRINTABLE_KEY = Pattern.compile("[\\x20-\\x7e]{1,128}");

  /** Hears of every operation carried out; must be cheap. */
  @FunctionalInterface
  public interface Listener {
    void performed(String operationId, int status, long nanos);
  }

  private final Contract contract;
  private final Map<String, Operation> operations;
  private final Listener listener;

  /** Refuses a contract that promises what nobody does, and deeds that nobody promised. */
  public Operations(Contract contract, List<Map<String, Operation>> rooms, Listener listener) {
    this.contract = contract;
    this.operations = new HashMap<>();
    rooms.forEach(operations::putAll);
    this.listener = listener;
    Set<String> difference = new HashSet<>(operations.keySet());
    difference.removeAll(contract.verbs().keySet());
    Set<String> missing = new HashSet<>(contract.verbs().keySet());
    missing.removeAll(operations.keySet());
    // those are carried out where the bytes are
    missing.removeIf(id -> Objects.requireNonNull(contract.verbs().get(id)).streamed());
    if (!difference.isEmpty() || !missing.isEmpty()) {
      throw new IllegalStateException(
          "not in the contract: " + difference + ", not carried out: " + missing);
    }
  }

  public Contract contract() {
    return contract;
  }

  /** What is wrong with the fields of an operation that is carried out elsewhere. */
  public Optional<Problem> judge(Contract.Verb verb, Map<String, @Nullable Object> fields) {
    List<InputError> faults = verb.check(fields);
    return faults.isEmpty() ? Optional.empty() : Optional.of(Problem.invalid(faults));
  }

  /** An operation was carried out elsewhere. */
  public void carried(String operationId, int status, long nanos) {
    listener.performed(operationId, status, nanos);
  }

  /** Never fails: what goes wrong is an answer too. */
  public Future<Answer> perform(ApiRequest request) {
    long start = System.nanoTime();
    Future<Answer> answer;
    try {
      answer = admitted(request);
    } catch (RuntimeException failure) {
      answer = Future.failedFuture(failure);
    }
    return answer
        .otherwise(failure -> problem(request, failure))
        .onSuccess(
            told ->
                listener.performed(request.verb().id(), told.status(), System.nanoTime() - start));
  }

  // whoever only asked need not wonder what was done
  private static Problem problem(ApiRequest request, Throwable failure) {
    boolean onlyAsked =
        failure instanceof Outage outage
            && !outage.isRetryable()
            && request.verb().method().equals("GET");
    return Problem.of(
        onlyAsked ? Outage.unavailable("not answered", failure) : failure, request.id());
  }

  private Future<Answer> admitted(ApiRequest request) {
    Contract.Verb verb = request.verb();
    Optional<Problem> stopped = verb.stops(request.caller());
    if (stopped.isPresent()) {
      return Future.succeededFuture(stopped.get());
    }
    List<InputError> faults = verb.check(request.fields());
    if (!faults.isEmpty()) {
      return Future.succeededFuture(verb.inItsWords(Problem.invalid(faults)));
    }
    Input input =
        new Input(request.fields(), key(verb, request.fields(), request.key()), request.id());
    return Objects.requireNonNull(operations.get(verb.id())).perform(request.caller(), input);
  }

  /** What makes a request repeatable: named in a header, in the body, or the same in both. */
  public static Optional<String> key(
      Contract.Verb verb, Map<String, @Nullable Object> fields, @Nullable String inHeader) {
    if (!verb.idempotent()) {
      return Optional.empty();
    }
    Object inBody = fields.get("client_id");
    if (inHeader != null && (!PRINTABLE_KEY.matcher(inHeader).matches() || inHeader.isBlank())) {
      throw new Problem.Refused(
          Problem.invalid(
              "Idempotency-Key",
              "must consist of 1 to 128 printable ASCII characters and not be blank"));
    }
    if (inHeader != null && inBody != null && !inHeader.equals(inBody)) {
      throw new Problem.Refused(
          Problem.invalid("client_id", "must equal the Idempotency-Key header"));
    }
    return Optional.ofNullable(inHeader != null ? inHeader : (String) inBody);
  }
}
