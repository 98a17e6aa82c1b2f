package io.parley.store.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.SeededHistory;
import io.parley.testing.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Compares append_few_items with append_items on generated batches. */
@Tag("integration")
class AppendFewItemsTest {
  private static final int PARTIES = 6;
  private static final int CONVERSATIONS = 6;
  private static final int BATCHES = 300;
  private static final UUID UPLOAD = new UUID(0, 1);

  private record Row(
      long conversation,
      long author,
      UUID key,
      UUID request,
      String type,
      String payload,
      boolean uploads,
      Long replyTo) {}

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final List<UUID> keys = new ArrayList<>();

  @Test
  void aSmallBatchGetsTheSameOutcomesAndNumbersAsALargeOne() throws SQLException {
    System.out.println("seed " + seed);
    SeededHistory past = new SeededHistory(TestDatabase.fresh());
    past.query(
        """
        insert into party (id, kind, handle, name) overriding system value
          select g, 'person', 'p' || g, 'P' || g from generate_series(1, %1$d) g;
        insert into conversation (id, kind, name, rev, member_count, outside, created_at, active_at)
          select g, case when g = 1 then 'external' else 'group' end, case when g > 1 then 'G' || g end, 1, 4, g < 3, now(), now()
          from generate_series(1, %2$d) g;
        insert into member (conversation, party, joined_at)
          select c, p, now() from generate_series(1, %2$d) c, generate_series(1, 4) p;
        insert into file (id, owner, name) values ('%3$s', 1, 'picture')
        """
            .formatted(PARTIES, CONVERSATIONS, UPLOAD));
    try (Connection connection = past.connect()) {
      connection.setAutoCommit(false);
      List<Row> first =
          LongStream.rangeClosed(1, CONVERSATIONS)
              .mapToObj(c -> new Row(c, 1, fresh(), new UUID(0, 0), "message", null, false, null))
              .toList();
      append(connection, "append_few_items", first);
      connection.commit();
      for (int i = 0; i < BATCHES; i++) {
        List<Row> batch = IntStream.rangeClosed(0, random.nextInt(8)).mapToObj(n -> row()).toList();
        List<String> many = append(connection, "append_items", batch);
        connection.rollback();
        if (many.contains("busy")) {
          continue; // the first use of a key was refused: it is decided in the next batch
        }
        List<String> few = append(connection, "append_few_items", batch);
        connection.commit();
        assertThat(few).describedAs("seed %d, %s", seed, batch).isEqualTo(many);
      }
    }
    assertThat(Integer.parseInt(past.one("select count(*) from item"))).isGreaterThan(BATCHES / 2);
    String uses =
        """
        select conversation, count(*) from item
        where payload #>> '{attachments,0,id}' = '%1$s' group by 1 order by 1
        """;
    assertThat(past.query("select conversation, items from file_use order by 1"))
        .isNotEmpty()
        .isEqualTo(past.query(uses.formatted(UPLOAD)));
  }

  private Row row() {
    boolean answer = random.nextInt(4) == 0;
    // a reply to no item leaves its key unused, which a large batch notices one batch later
    UUID key =
        answer || keys.isEmpty() || random.nextInt(4) > 0
            ? fresh()
            : keys.get(random.nextInt(keys.size()));
    if (!answer) {
      keys.add(key);
    }
    String type =
        List.of("message", "message", "post", "attachment", "transfer").get(random.nextInt(5));
    String payload =
        switch (type) {
          case "transfer" -> "{\"amount\":5,\"currency\":\"EUR\"}";
          case "attachment" -> "{\"attachments\":[{%s\"url\":\"https://example.org/\"}]}";
          case "post" -> "{\"post\":{\"url\":\"https://example.org/\"}}";
          default -> null;
        };
    boolean uploads = type.equals("attachment") && random.nextBoolean();
    return new Row(
        1 + random.nextInt(CONVERSATIONS + 1),
        1 + random.nextInt(PARTIES),
        key,
        new UUID(0, random.nextInt(2)),
        type,
        payload == null ? null : payload.formatted(uploads ? "\"id\":\"" + UPLOAD + "\"," : ""),
        uploads,
        answer ? random.nextInt(2) * 1_000_000L + 1 : null); // to the first item, or to none
  }

  private UUID fresh() {
    return new UUID(random.nextLong(), random.nextLong());
  }

  private static List<String> append(Connection connection, String function, List<Row> batch)
      throws SQLException {
    String sql =
        "select outcome, seq, rev, channel, direction from "
            + function
            + "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, true)";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setArray(
          1, connection.createArrayOf("bigint", batch.stream().map(Row::conversation).toArray()));
      statement.setArray(
          2, connection.createArrayOf("bigint", batch.stream().map(Row::author).toArray()));
      statement.setArray(
          3, connection.createArrayOf("uuid", batch.stream().map(Row::key).toArray()));
      statement.setArray(
          4, connection.createArrayOf("uuid", batch.stream().map(Row::request).toArray()));
      statement.setArray(
          5, connection.createArrayOf("text", batch.stream().map(Row::type).toArray()));
      statement.setArray(
          6, connection.createArrayOf("text", batch.stream().map(row -> "said").toArray()));
      statement.setArray(
          7, connection.createArrayOf("text", batch.stream().map(Row::payload).toArray()));
      statement.setArray(8, connection.createArrayOf("text", new Object[batch.size()]));
      statement.setArray(
          9, connection.createArrayOf("bigint", batch.stream().map(Row::replyTo).toArray()));
      statement.setArray(
          10, connection.createArrayOf("boolean", batch.stream().map(Row::uploads).toArray()));
      List<String> outcomes = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          String outcome = rows.getString(1);
          boolean known = outcome.equals("stored") || outcome.equals("replayed");
          StringBuilder text = new StringBuilder(outcome);
          for (int column = 2; known && column <= 5; column++) {
            text.append(' ').append(rows.getString(column));
          }
          outcomes.add(text.toString());
        }
      }
      return outcomes;
    }
  }
}
