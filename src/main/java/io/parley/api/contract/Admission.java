package io.parley.api.contract;

import io.parley.api.auth.Access;
import io.parley.api.auth.Caller;
import io.parley.api.problem.Problem;
import io.parley.identity.Scope;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The permission to call an operation, as the contract declares it ({@code x-access}, {@code
 * x-scopes}). Every edge checks it for every operation; what a caller may do with a particular
 * resource is for the operation to decide.
 */
public record Admission(Access access, Set<Scope> scopes) {

  static Admission of(Map<String, Object> operation) {
    Access access =
        Access.valueOf(
            String.valueOf(operation.getOrDefault("x-access", "user")).toUpperCase(Locale.ROOT));
    if (!(operation.get("x-scopes") instanceof List<?> named)) {
      return new Admission(access, access.scopes());
    }
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    named.forEach(each -> scopes.add(Scope.of(String.valueOf(each))));
    return new Admission(access, scopes);
  }

  /** Why {@code caller} may not call the operation; empty if they may. */
  public Optional<Problem> refuses(Caller caller) {
    return caller.stopped(access, scopes);
  }
}
