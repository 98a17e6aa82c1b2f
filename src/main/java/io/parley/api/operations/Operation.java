package io.parley.api.operations;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Answer;
import io.vertx.core.Future;

/** An operation of the contract. Its caller is admitted and its input valid. */
@FunctionalInterface
public interface Operation {
  Future<Answer> perform(Caller caller, Input input);
}
