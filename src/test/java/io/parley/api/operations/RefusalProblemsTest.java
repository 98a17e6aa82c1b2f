package io.parley.api.operations;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.api.contract.ContractCheck;
import io.parley.api.problem.Problem;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every refusal is documented, in the words in which clients get it. */
@Tag("fast")
class RefusalProblemsTest {
  @ParameterizedTest
  @EnumSource
  void everyRefusalIsAnExampleOfTheContract(Refusal refusal) {
    Problem problem = RefusalProblems.problem(refusal(refusal));
    Map<String, Object> example = ContractCheck.problemExample(problem.type());
    assertThat(example.get("status")).isEqualTo(problem.status());
    assertThat(example.get("title")).isEqualTo(problem.title());
    if (!problem.type().equals("forbidden")) {
      assertThat(example.get("detail")).isEqualTo(problem.detail());
    }
  }

  private static Result.Refused<?> refusal(Refusal reason) {
    return new Result.Refused<>(
        reason, reason == Refusal.UNKNOWN_MEMBER ? List.of("zoe") : List.of());
  }
}
