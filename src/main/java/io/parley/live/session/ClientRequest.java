package io.parley.live.session;

import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import java.util.Optional;

/**
 * One request of a client, and where its answer goes.
 *
 * @param id names this very frame in the logs
 * @param replyAddress empty when the client wants no answer; it still receives problems
 */
record ClientRequest(Client client, String id, Optional<String> replyAddress) {

  void answer(Answer answer) {
    if (replyAddress.isPresent()) {
      client.send(BridgeFrames.reply(replyAddress.get(), answer));
    } else if (answer instanceof Problem problem) {
      refuse(problem);
    }
  }

  void refuse(Problem problem) {
    client.send(BridgeFrames.error(replyAddress, problem));
  }

  void fail(Throwable failure) {
    refuse(Problem.of(failure, id));
  }

  /** The address is not one that clients may use. */
  void deny(String address) {
    client.send(BridgeFrames.denied(replyAddress.orElse(address)));
  }
}
