package io.parley.store.node;

import io.parley.json.Times;
import io.parley.node.NodeStatus;
import io.parley.node.NodeStatus.News;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * The status of a node as its row keeps it. What is missing counts as zero, because a node of
 * another version may have written it.
 */
final class StoredStatus {
  private StoredStatus() {}

  static JsonObject json(NodeStatus status) {
    JsonObject json =
        new JsonObject()
            .put("sockets", status.sockets())
            .put("users_online", status.usersOnline())
            .put("conversations_heard", status.conversationsHeard())
            .put("loop_lag_ms", status.loopLagMs())
            .put("clustered", status.clustered())
            .put("received", status.news().received())
            .put("gaps", status.news().gaps())
            .put("repaired", status.news().repaired());
    status.news().lastGapAt().ifPresent(at -> json.put("last_gap_at", Times.text(at)));
    return json;
  }

  static NodeStatus status(JsonObject json) {
    News news =
        new News(
            json.getLong("received", 0L),
            json.getLong("gaps", 0L),
            json.getLong("repaired", 0L),
            Optional.ofNullable(json.getString("last_gap_at")).flatMap(Times::read));
    return new NodeStatus(
        json.getInteger("sockets", 0),
        json.getInteger("users_online", 0),
        json.getInteger("conversations_heard", 0),
        json.getLong("loop_lag_ms", 0L),
        json.getBoolean("clustered", false),
        news);
  }
}
