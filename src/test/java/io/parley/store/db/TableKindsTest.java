package io.parley.store.db;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.CreateGroup;
import io.parley.conversation.ConversationVerbs.UserRef;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The schema can be spread over several databases as docs/scaling.md says. */
@Tag("integration")
class TableKindsTest {
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| (conversation|reference|caller|delivery|local) \\| (.*?) \\|");
  private static final Pattern NAME = Pattern.compile("`(\\w+)`");

  private final TestDatabase database = new TestDatabase(TestDatabase.fresh());

  /** The kind of each table, as the document lists them. */
  private static Map<String, String> kinds() throws IOException {
    Map<String, String> kinds = new TreeMap<>();
    String page = Files.readString(Path.of("docs", "scaling.md"));
    ROW.matcher(page)
        .results()
        .forEach(
            row ->
                NAME.matcher(row.group(2))
                    .results()
                    .forEach(name -> kinds.put(name.group(1), row.group(1))));
    return kinds;
  }

  private List<String> tables() {
    return first(
        """
        select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
          and relname not like 'databasechangelog%' order by 1
        """);
  }

  private List<String> first(String sql) {
    return database.rows(sql).stream().map(List::getFirst).toList();
  }

  @Test
  void everyTableHasAKind() throws Exception {
    assertThat(kinds().keySet()).containsExactlyInAnyOrderElementsOf(tables());
  }

  @Test
  void uniquenessWithinAConversationNeedsNoOtherDatabase() throws Exception {
    List<List<String>> unique =
        database.rows(
            """
            select c.relname, a.attname
            from pg_index x
            join pg_class c on c.oid = x.indrelid
            join pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]
            where x.indisunique and c.relnamespace = 'public'::regnamespace
            """);
    Map<String, String> kinds = kinds();
    List<List<String>> elsewhere =
        unique.stream()
            .filter(key -> "conversation".equals(kinds.get(key.getFirst())))
            .filter(key -> !key.get(1).equals("conversation"))
            .filter(key -> !key.equals(List.of("conversation", "id")))
            .toList();
    // a direct or external conversation is found by who is in it: see the document
    assertThat(elsewhere).containsExactly(List.of("conversation", "audience_key"));
  }

  @Test
  void foreignKeysOfConversationsLeadToConversationsAndCopies() throws Exception {
    Map<String, String> kinds = kinds();
    List<List<String>> keys =
        database.rows(
            "select conrelid::regclass::text, confrelid::regclass::text from pg_constraint where contype = 'f'");
    assertThat(keys)
        .filteredOn(key -> "conversation".equals(kinds.get(key.getFirst())))
        .isNotEmpty()
        .allSatisfy(key -> assertThat(kinds.get(key.get(1))).isIn("conversation", "reference"));
  }

  @Test
  void aMessageAndAReadMarkStayWithinTheirConversation() throws Exception {
    Party ann;
    Party bob;
    long group;
    try (TestStore node = new TestStore(database.url())) {
      ann = node.user("ann", PartyKind.PERSON);
      bob = node.user("bob", PartyKind.PERSON);
      List<UserRef> members = List.of(new UserRef(bob.handle()));
      CreateGroup wanted = new CreateGroup(ann, "team", members, Optional.empty());
      group = node.done(ConversationVerbs.CREATE_GROUP, wanted).conversation();
    }
    Map<String, String> kinds = kinds();
    String append =
        """
        select outcome from append_items(array[%d::bigint], array[%d::bigint], array[gen_random_uuid()],
          array[gen_random_uuid()], array['message'], array['hello'], array[null::text], array['key'],
          array[null::bigint], array[false], true)
        """
            .formatted(group, ann.id());
    String mark =
        "select outcome from move_read_marks(array[%d::bigint], array[%d::bigint], array[1::bigint], true)"
            .formatted(group, bob.id());
    try (Connection session = database.connect()) {
      session.setAutoCommit(false);
      assertThat(TestDatabase.rows(session, append)).containsExactly(List.of("stored"));
      assertThat(TestDatabase.rows(session, mark).getFirst().getFirst()).isEqualTo("marked");
      List<List<String>> touched =
          TestDatabase.rows(
              session,
              """
              select relname, n_tup_ins + n_tup_upd + n_tup_del from pg_stat_xact_user_tables
              where seq_scan + idx_scan + n_tup_ins + n_tup_upd + n_tup_del > 0 and schemaname = 'public'
              """);
      session.rollback();
      Map<Boolean, List<String>> byWritten =
          touched.stream()
              .collect(
                  Collectors.partitioningBy(
                      table -> !table.get(1).equals("0"),
                      Collectors.mapping(List::getFirst, Collectors.toList())));
      assertThat(byWritten.get(true))
          .contains("item", "conversation", "change")
          .allSatisfy(table -> assertThat(kinds.get(table)).as(table).isEqualTo("conversation"));
      assertThat(byWritten.get(false))
          .allSatisfy(
              table -> assertThat(kinds.get(table)).as(table).isIn("conversation", "reference"));
    }
  }
}
