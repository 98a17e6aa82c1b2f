package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.vertx.core.Future;

/** One thing a caller can ask for. The caller has been let in and the input fits the contract. */
@FunctionalInterface
public interface Operation {
  Future<Answer> perform(Caller caller, Input input);
}
