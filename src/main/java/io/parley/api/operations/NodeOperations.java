package io.parley.api.operations;

import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.bus.Bus;
import io.parley.json.JsonBytes;
import io.parley.node.NodeVerbs;
import io.parley.node.NodeVerbs.Drain;
import io.parley.node.NodeVerbs.FindNodes;
import io.vertx.core.Future;
import java.util.Map;
import java.util.UUID;

/** The operations on the nodes of the cluster. */
public final class NodeOperations {
  private static final String NODES = "nodes";

  private final Bus bus;
  private final UUID self;

  /** {@code self} is the id of this node. */
  public NodeOperations(Bus bus, UUID self) {
    this.bus = bus;
    this.self = self;
  }

  public Map<String, Operation> operations() {
    return Map.of(
        "listNodes", (caller, input) -> list(input),
        "drainNode", (caller, input) -> drain(input));
  }

  private Future<Answer> list(Input input) {
    int position = ListEnvelope.position(NODES, input);
    return bus.request(NodeVerbs.FIND_NODES, new FindNodes())
        .map(
            found ->
                ListEnvelope.page(
                    NODES,
                    found.nodes().stream().map(node -> node.seenBy(self)).toList(),
                    position,
                    input));
  }

  private Future<Answer> drain(Input input) {
    UUID node = id(input.text("node"));
    return bus.request(NodeVerbs.DRAIN, new Drain(node))
        .map(
            draining ->
                draining
                    .node()
                    .<Answer>map(
                        found -> new Answer.Done(202, JsonBytes.of(found.seenBy(self)), Map.of()))
                    .orElseThrow(() -> new Problem.Refused(Problem.notFound())));
  }

  private static UUID id(String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException noId) {
      throw new Problem.Refused(Problem.notFound());
    }
  }
}
