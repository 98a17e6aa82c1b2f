package io.parley.store.insight;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.CreateGroup;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.testing.Await;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestStore;
import io.parley.timeline.Draft;
import io.parley.timeline.TimelineVerbs;
import io.parley.timeline.TimelineVerbs.AppendItem;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code find_unfinished} finds what a node left behind, without comparing all conversations. No
 * node runs while it is asked.
 */
@Tag("integration")
class FindUnfinishedTest {
  private static final int CONVERSATIONS = 3_000;

  private final TestDatabase database = TestDatabase.create();
  private long group;

  @BeforeEach
  void leaveSomethingBehind() throws Exception {
    try (TestStore node = new TestStore(database.url());
        Connection other = database.connect()) {
      Party ann = node.user("ann", PartyKind.PERSON);
      for (String job : List.of("tally", "index")) {
        TestDatabase.run(
            other, "select pg_advisory_lock(hashtextextended('parley %s', 0))".formatted(job));
      }
      CreateGroup wanted = new CreateGroup(ann, "ours", List.of(), Optional.empty());
      group = node.done(ConversationVerbs.CREATE_GROUP, wanted).conversation();
      say(node, ann, "one");
      say(node, ann, "two");
    }
    database.run(
        """
        insert into conversation (id, kind, name, owner, rev, created_at, active_at)
          select next_conversation_id(), 'group', 'many ' || g, c.owner, 1, now(), now()
          from generate_series(1, %d) g, conversation c where c.id = %d;
        analyze
        """
            .formatted(CONVERSATIONS, group));
  }

  private void say(TestStore node, Party author, String text) {
    node.done(
        TimelineVerbs.APPEND_ITEM,
        AppendItem.of(group, author, Optional.empty(), Draft.text(text)));
  }

  private void caughtUpUntil(String time) {
    database.run(
        "update job_progress set complete_until = %s, round_at = null, scan_from = null"
            .formatted(time));
  }

  /**
   * Asks until transactions that have nothing to do with the test have ended, such as autovacuum.
   */
  private List<String> ask(String job, boolean scan) {
    List<List<String>> answers = new ArrayList<>();
    Await.until(
        "other transactions have ended",
        () -> {
          answers.addFirst(askOnce(job, "{}", scan));
          return !answers.getFirst().getFirst().equals("waiting");
        });
    return answers.getFirst();
  }

  private List<String> askOnce(String job, String except, boolean scan) {
    return database
        .rows(
            "select state, conversations from find_unfinished('%s', 10, '%s', interval '0', %s)"
                .formatted(job, except, scan))
        .getFirst();
  }

  private void process(String job) {
    database.run(
        job.equals("tally")
            ? "select tally_conversations(array[%d], 100)".formatted(group)
            : "select index_conversations(array[%d], 100)".formatted(group));
  }

  private boolean isKnownToBeComplete(String job) {
    return database
        .one(
            "select complete_until > now() - interval '1 minute' from job_progress where job = '%s'"
                .formatted(job))
        .equals("t");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tally", "index"})
  void recentChangesAreFoundByTheirTime(String job) {
    caughtUpUntil("now() - interval '5 minutes'");
    assertThat(ask(job, false)).containsExactly("found", "{" + group + "}");
    assertThat(ask(job, false)).containsExactly("found", "{" + group + "}");
    process(job);
    assertThat(ask(job, false)).containsExactly("complete", null);
    assertThat(isKnownToBeComplete(job)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"tally", "index"})
  void scansOfAllConversationsContinueWhereTheyWereInterrupted(String job) {
    caughtUpUntil("'-infinity'");
    assertThat(ask(job, true)).containsExactly("found", "{" + group + "}");
    assertThat(ask(job, false)).containsExactly("found", "{" + group + "}");
    process(job);
    assertThat(ask(job, false)).containsExactly("complete", null);
    assertThat(isKnownToBeComplete(job)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void editsAreFoundByTheirTimeAndByScanning(boolean scan) {
    process("index");
    caughtUpUntil(scan ? "now() + interval '1 hour'" : "now() - interval '5 minutes'");
    database.run(
        """
        update conversation set rev = rev + 1 where id = %1$d;
        insert into change (conversation, kind, subject, rev, at)
          select id, 'item', 1, rev, now() - interval '1 second' from conversation where id = %1$d;
        update item set body = 'edited', rev = (select rev from conversation where id = %1$d)
          where conversation = %1$d and seq = 1
        """
            .formatted(group));
    assertThat(ask("index", false)).containsExactly("found", "{" + group + "}");
    process("index");
    assertThat(ask("index", false)).containsExactly("complete", null);
    assertThat(database.one("select words @@ 'edited' from item_text where seq = 1"))
        .isEqualTo("t");
  }

  @Test
  void aScanIsRepeatedAfterADayAndNotWithEveryStart() {
    process("tally");
    assertThat(ask("tally", true)).containsExactly("complete", null);
    assertThat(scansAtTheNextStart()).isFalse();
    database.run("update job_progress set scanned_at = scanned_at - interval '25 hours'");
    assertThat(scansAtTheNextStart()).isTrue();
  }

  /** What a scan finds and nothing else: a message of long ago that is not tallied. */
  private boolean scansAtTheNextStart() {
    database.run(
        """
        delete from tallied; delete from tally; delete from tally_total;
        update item set created_at = now() - interval '3 hours'
        """);
    return ask("tally", true).getFirst().equals("found");
  }

  @Test
  void transactionsInProgressAreWaitedFor() throws Exception {
    caughtUpUntil("now() - interval '5 minutes'");
    process("tally");
    try (Connection writer = database.connect()) {
      writer.setAutoCommit(false);
      TestDatabase.run(
          writer, "select 1 from conversation where id = %d for update".formatted(group));
      assertThat(askOnce("tally", "{}", false)).containsExactly("waiting", null);
      TestDatabase.run(
          writer,
          """
          update conversation set last_seq = last_seq + 1, rev = rev + 1, messages = messages + 1 where id = %1$d;
          insert into item (conversation, seq, created_rev, rev, message_no, author, type, key, request, created_at, updated_at)
            select %1$d, c.last_seq, c.rev, c.rev, c.messages, c.owner, 'message', gen_random_uuid(), gen_random_uuid(),
              now() - interval '1 second', now()
            from conversation c where c.id = %1$d
          """
              .formatted(group));
      assertThat(askOnce("tally", "{}", false)).containsExactly("waiting", null);
      writer.commit();
    }
    assertThat(ask("tally", false)).containsExactly("found", "{" + group + "}");
  }

  @Test
  void transactionsThatChangeNoConversationAreNotWaitedFor() throws Exception {
    caughtUpUntil("now() - interval '5 minutes'");
    try (Connection writer = database.connect()) {
      writer.setAutoCommit(false);
      TestDatabase.run(writer, "select pg_current_xact_id(), (select count(*) from conversation)");
      assertThat(ask("tally", false)).containsExactly("found", "{" + group + "}");
      writer.rollback();
    }
  }

  @Test
  void aClockThatWentBackLeadsToAScan() {
    caughtUpUntil("now() + interval '1 hour'");
    assertThat(ask("tally", false)).containsExactly("found", "{" + group + "}");
    assertThat(database.one("select complete_until < now() from job_progress where job = 'tally'"))
        .isEqualTo("t");
  }

  @Test
  void conversationsThatWereSetAsideDoNotHoldUpTheRound() {
    caughtUpUntil("now() - interval '5 minutes'");
    Await.until(
        "the round is complete",
        () -> askOnce("tally", "{" + group + "}", false).getFirst().equals("complete"));
  }

  @Test
  void processingReadsOnlyTheConversationsThatChanged() throws Exception {
    caughtUpUntil("now() - interval '5 minutes'");
    try (Connection session = database.connect()) {
      session.setAutoCommit(false);
      TestDatabase.run(session, "select tally_conversations(array[%d], 100)".formatted(group));
      TestDatabase.run(session, "select index_conversations(array[%d], 100)".formatted(group));
      TestDatabase.run(session, "select find_unfinished('tally', 10, '{}', interval '0', false)");
      assertThat(
              TestDatabase.rows(
                  session,
                  """
                  select seq_scan, idx_tup_fetch < 20 from pg_stat_xact_user_tables where relname = 'conversation'
                  """))
          .containsExactly(List.of("0", "t"));
      assertThat(
              TestDatabase.rows(
                  session,
                  "select sum(seq_scan) from pg_stat_xact_user_tables where relname in ('item', 'tallied', 'texted', 'tally', 'item_text')"))
          .containsExactly(List.of("0"));
      session.rollback();
    }
  }

  @Test
  void anIdleRoundReadsNoneOfTheConversationsThatDidNotChange() throws Exception {
    for (String job : List.of("tally", "index")) {
      process(job);
      caughtUpUntil("now() - interval '1 minute'");
    }
    try (Connection session = database.connect()) {
      session.setAutoCommit(false);
      for (String job : List.of("tally", "index")) {
        TestDatabase.run(
            session, "select find_unfinished('%s', 10, '{}', interval '0', false)".formatted(job));
      }
      assertThat(
              TestDatabase.rows(
                  session,
                  """
                  select sum(seq_tup_read) = 0, sum(idx_tup_fetch) < 40 from pg_stat_xact_user_tables
                  where relname in ('conversation', 'item', 'tallied', 'texted', 'change', 'member')
                  """))
          .containsExactly(List.of("t", "t"));
      session.rollback();
    }
  }
}
