package io.parley.store.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.channel.Attempt;
import io.parley.channel.BreakerState;
import io.parley.channel.DeliveryFilter;
import io.parley.channel.DispatchVerbs;
import io.parley.channel.DispatchVerbs.ClaimDue;
import io.parley.channel.DispatchVerbs.Claimed;
import io.parley.channel.DispatchVerbs.CountDeliveries;
import io.parley.channel.DispatchVerbs.Deliveries;
import io.parley.channel.DispatchVerbs.DeliveryCounts;
import io.parley.channel.DispatchVerbs.FindDeliveries;
import io.parley.channel.DispatchVerbs.Lease;
import io.parley.channel.DispatchVerbs.ReceiveStatus;
import io.parley.channel.DispatchVerbs.Redrive;
import io.parley.channel.DispatchVerbs.RedriveAll;
import io.parley.channel.DispatchVerbs.Redriven;
import io.parley.channel.DispatchVerbs.ReleaseLeases;
import io.parley.channel.DispatchVerbs.Settle;
import io.parley.channel.DispatchVerbs.Settled;
import io.parley.channel.DispatchVerbs.Settlement;
import io.parley.channel.DispatchVerbs.WakeProvider;
import io.parley.channel.NextStep;
import io.parley.channel.Outcome;
import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.Await;
import io.parley.testing.PlanLog;
import io.parley.testing.PlanLog.Plan;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestStore;
import io.parley.timeline.Channel;
import io.parley.timeline.DeliveryState;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is pending, and what becomes of it, on a real database that two nodes share. */
@Tag("integration")
class OutboxTest {
  private static final Duration LEASE = Duration.ofMinutes(1);
  private final String url = TestDatabase.fresh();
  private TestStore one;
  private TestStore two;
  private DeliveryFixture mail;

  @BeforeEach
  void open() {
    one = new TestStore(url);
    two = new TestStore(url);
    mail = new DeliveryFixture(url);
  }

  @AfterEach
  void close() {
    TimelineInvariants.check(url);
    one.close();
    two.close();
    mail.close();
  }

  private static List<Claimed> claim(TestStore store, int limit) {
    return claim(store, "a", true, limit, LEASE);
  }

  private static List<Claimed> claim(
      TestStore store, String provider, boolean fresh, int limit, Duration lease) {
    return claim(store, provider, fresh, limit, limit, lease);
  }

  private static List<Claimed> claim(
      TestStore store, String provider, boolean fresh, int limit, int retries, Duration lease) {
    ClaimDue wanted = new ClaimDue(provider, Channel.SMS, fresh, limit, retries, lease);
    return TestStore.get(store.ask(DispatchVerbs.CLAIM_DUE, wanted)).claimed();
  }

  private static List<Long> ids(List<Claimed> claimed) {
    return claimed.stream().map(each -> each.outgoing().delivery()).toList();
  }

  private static int settle(TestStore store, Claimed claimed, NextStep step) {
    return settle(store, List.of(claimed), step);
  }

  private static int settle(TestStore store, List<Claimed> claimed, NextStep step) {
    return settled(store, claimed, step).count();
  }

  private static Settled settled(TestStore store, List<Claimed> claimed, NextStep step) {
    List<Settlement> all = claimed.stream().map(each -> settlement(each, step)).toList();
    return TestStore.get(store.ask(DispatchVerbs.SETTLE, new Settle(all)));
  }

  private static Settlement settlement(Claimed claimed, NextStep step) {
    Outcome outcome =
        switch (step) {
          case NextStep.HandedOver over -> new Outcome.Sent(over.reference());
          case NextStep.Failed failed -> new Outcome.Refused(failed.code(), failed.message());
          case NextStep.Expired expired -> new Outcome.Unavailable("http_503", "busy");
          case NextStep.Retry retry -> new Outcome.Unknown(retry.code(), retry.message());
        };
    Attempt attempt =
        new Attempt(
            "a",
            claimed.outgoing().redrive(),
            Instant.now(),
            Instant.now(),
            outcome,
            OptionalInt.of(200),
            BreakerState.CLOSED,
            Optional.of("POST"),
            Optional.of("HTTP"));
    return new Settlement(
        claimed.outgoing().delivery(), claimed.lease(), Optional.of(attempt), step);
  }

  private static NextStep sent(String reference) {
    return new NextStep.HandedOver(reference);
  }

  private static NextStep again(Duration after, boolean bound) {
    return new NextStep.Retry(after, bound, "no_reply", "lost");
  }

  private String state(long delivery) {
    return mail.one("select state from delivery where id = " + delivery);
  }

  private void status(String id, OptionalLong delivery, DeliveryState state) {
    ReceiveStatus status =
        new ReceiveStatus("a", id, delivery, state, Optional.of("30005"), Optional.empty());
    TestStore.get(one.ask(DispatchVerbs.RECEIVE_STATUS, status));
  }

  @Test
  void aDueDeliveryIsClaimedOnceByAnyNode() {
    mail.write(20, 1);
    List<Claimed> first = claim(one, 15);
    List<Claimed> second = claim(two, 15);
    assertThat(first).hasSize(15);
    assertThat(second).hasSize(5);
    assertThat(ids(first)).doesNotContainAnyElementsOf(ids(second));
    assertThat(first.getFirst().outgoing().body()).isEqualTo("body 1");
    assertThat(first.getFirst().outgoing().key()).isEqualTo("1-0");
    assertThat(claim(one, 15)).isEmpty();
  }

  @Test
  void aQueueIsDispatchedInOrderAcrossNodes() {
    mail.write(1, 3);
    for (int seq = 1; seq <= 3; seq++) {
      List<Claimed> claimed = claim(seq % 2 == 0 ? two : one, 10);
      assertThat(claimed).hasSize(1);
      assertThat(claimed.getFirst().outgoing().body()).isEqualTo("body " + seq);
      assertThat(claim(one, 10)).isEmpty();
      assertThat(claim(two, 10)).isEmpty();
      // a retry keeps its place
      assertThat(settle(one, claimed.getFirst(), again(Duration.ZERO, false))).isOne();
      List<Claimed> same = claim(two, 10);
      assertThat(ids(same)).isEqualTo(ids(claimed));
      assertThat(settle(two, same.getFirst(), sent("r" + seq))).isOne();
    }
    assertThat(mail.one("select count(*) from outbox")).isEqualTo("0");
    assertThat(mail.rows("select state, attempts from delivery")).containsOnly("sent 2");
  }

  @Test
  void aLongQueueDoesNotBlockOthers() {
    mail.write(1, 200);
    mail.run(
        "update outbox set queue = delivery where delivery in (select id from delivery where seq > 190)");
    List<Claimed> claimed = claim(one, 20);
    assertThat(claimed).hasSize(11);
    assertThat(mail.one("select count(*) from outbox where due_at = 'infinity'")).isEqualTo("189");
  }

  @Test
  void everySettlementTakesTheNextRev() {
    mail.write(2, 1);
    List<Claimed> claimed = claim(one, 10);
    assertThat(settle(one, claimed, sent("x"))).isEqualTo(2);
    Await.until("the outbox changes", () -> one.news.size() == 2);
    assertThat(one.news)
        .allSatisfy(
            news -> {
              assertThat(news.rev()).isEqualTo(3);
              assertThat(
                      new JsonObject(new String(news.event(), StandardCharsets.UTF_8))
                          .getString("event"))
                  .isEqualTo("item.updated");
              assertThat(
                      new JsonObject(new String(news.event(), StandardCharsets.UTF_8))
                          .getJsonObject("item")
                          .getLong("rev"))
                  .isEqualTo(3);
            });
    // two messages under one reference: only one of them can be found by it
    assertThat(mail.rows("select reference from delivery order by id"))
        .containsExactly("x", "null");
  }

  @Test
  void aDeliveryThatCannotBeSettledDoesNotBlockTheOthers() {
    mail.write(3, 1);
    List<Claimed> claimed = claim(one, 3);
    mail.run("update item set payload = '{\"mail\":5}' where conversation = 2");
    int settled =
        TestStore.get(
                one.ask(
                    DispatchVerbs.SETTLE,
                    new Settle(
                        claimed.stream()
                            .map(each -> settlement(each, sent("r" + each.outgoing().delivery())))
                            .toList())))
            .count();
    assertThat(settled).isEqualTo(2);
    assertThat(mail.rows("select state from delivery order by conversation"))
        .containsExactly("sent", "queued", "sent");
  }

  @Test
  void aDeliveryThatCannotExpireDoesNotBlockTheOthers() {
    mail.write(3, 1);
    mail.run(
        """
        update item set payload = '{"mail":5}' where conversation = 2;
        update delivery set expires_at = clock_timestamp();
        """);
    Await.until(
        "the others have expired",
        () ->
            mail.rows("select state from delivery order by conversation")
                .equals(List.of("expired", "queued", "expired")));
  }

  @Test
  void aLockedConversationDelaysOnlyItsOwnSettlements() throws Exception {
    mail.write(3, 1);
    List<Claimed> claimed = claim(one, 3);
    try (Connection other = TestDatabase.connect(url)) {
      other.setAutoCommit(false);
      TestDatabase.rows(other, "select id from conversation where id = 2 for update");
      NextStep failed = new NextStep.Failed("30005", "unknown handset");
      Settled settled = settled(one, claimed, failed);
      assertThat(settled.count()).isEqualTo(2);
      assertThat(settled.locked()).containsExactly(2L);
      assertThat(mail.rows("select delivery from outbox")).containsExactly("2");
      other.rollback();
      assertThat(settled(one, claimed.subList(1, 2), failed)).isEqualTo(new Settled(1, Set.of()));
    }
    assertThat(mail.rows("select state from delivery")).containsOnly("failed");
  }

  @Test
  void aReportAboutALockedConversationIsKeptAndAppliedLater() throws Exception {
    mail.write(2, 1);
    List<Claimed> claimed = claim(one, 2);
    settle(one, claimed.subList(0, 1), sent("r1"));
    settle(one, claimed.subList(1, 2), sent("r2"));
    try (Connection other = TestDatabase.connect(url)) {
      other.setAutoCommit(false);
      TestDatabase.rows(other, "select id from conversation where id = 1 for update");
      status("r1", OptionalLong.empty(), DeliveryState.DELIVERED);
      status("r2", OptionalLong.empty(), DeliveryState.DELIVERED);
      assertThat(state(1)).isEqualTo("sent");
      assertThat(state(2)).isEqualTo("delivered");
      awaitSweepOfReports();
      mail.run("update early_status set at = at - interval '5 minutes'");
      other.rollback();
    }
    Await.until("a sweep applies the report", () -> state(1).equals("delivered"));
    Await.until("it is kept no longer", () -> mail.rows("select from early_status").isEmpty());
  }

  private void awaitSweepOfReports() {
    mail.run("insert into early_status (provider, reference, state) values ('a', 'r2', 'sent')");
    Await.until(
        "a sweep has seen all reports",
        () -> mail.rows("select from early_status where reference = 'r2'").isEmpty());
  }

  @Test
  void emailToAPhoneIsSentAsText() {
    mail.write(3, 1);
    mail.run(
        """
        update item set body = '<p>Dear <b>Ann</b></p>', payload = '{"subject":"s","mail":{"channel":"email","html":"<p>Dear <b>Ann</b></p>"}}'
          where conversation = 1;
        update item set body = null, payload = '{"subject":"s","mail":{"channel":"email"}}' where conversation = 2;
        update item set body = '1 < 2', payload = '{"mail":{"channel":"sms"}}' where conversation = 3;
        """);
    assertThat(claim(one, 3).stream().map(each -> each.outgoing().body()))
        .containsExactly("Dear Ann", "s", "1 < 2");
  }

  @Test
  void anExpiredLeaseSettlesNothing() {
    mail.write(1, 1);
    Claimed zombie = claim(one, "a", true, 1, Duration.ofMillis(1)).getFirst();
    Claimed living = reclaimed(two, "a");
    assertThat(settle(one, zombie, sent("late"))).isZero();
    assertThat(state(1)).isEqualTo("queued");
    assertThat(settle(two, living, sent("right"))).isOne();
    assertThat(settle(two, living, sent("right"))).isZero();
    assertThat(mail.one("select state, reference, attempts, unknown from delivery"))
        .isEqualTo("sent right 2 1");
  }

  private Claimed reclaimed(TestStore store, String provider) {
    List<Claimed> found = new ArrayList<>();
    Await.until(
        "the outbox changes",
        () -> {
          found.addAll(claim(store, provider, true, 1, LEASE));
          return !found.isEmpty();
        });
    return found.getFirst();
  }

  @Test
  void anExpiredLeaseBindsToTheProviderThatWasAskedAndCountsAsAnAttempt() {
    mail.write(1, 1);
    assertThat(claim(one, "a", true, 1, Duration.ofMillis(1))).hasSize(1);
    mail.run("select pg_sleep(0.01)");
    assertThat(claim(two, "b", true, 1, LEASE)).isEmpty();
    Claimed again = reclaimed(two, "a");
    assertThat(again.attempts()).isOne();
    assertThat(again.outgoing().key()).isEqualTo("1-0");
    assertThat(mail.one("select attempts, unknown from delivery")).isEqualTo("1 1");
    assertThat(mail.one("select bound_to from outbox")).isEqualTo("a");
  }

  @Test
  void theAttemptOfANodeThatDiedIsListedUntilItReportsAfterAll() {
    mail.write(1, 1);
    Claimed zombie = claim(one, "a", true, 1, Duration.ofMillis(1)).getFirst();
    Claimed living = reclaimed(two, "a");
    assertThat(mail.rows("select lease, provider, outcome, code from attempt"))
        .containsExactly("1 a unknown lease_expired");
    assertThat(settle(two, living, sent("right"))).isOne();
    assertThat(settle(one, zombie, sent("late"))).isZero();
    assertThat(mail.rows("select lease, outcome, code, next_due_at from attempt order by lease"))
        .hasSize(2)
        .satisfies(rows -> assertThat(rows.getFirst()).startsWith("1 sent null 2026"))
        .satisfies(rows -> assertThat(rows.getLast()).isEqualTo("2 sent null null"));
  }

  @Test
  void retriesAreClaimedUpToTheirLimitAndApartFromFirstAttempts() {
    mail.write(30, 1);
    settle(one, claim(one, 20), again(Duration.ZERO, false));
    settle(
        one,
        claim(one, "a", true, 5, 0, LEASE),
        new NextStep.Retry(Duration.ZERO, false, "throttled", "asked to wait"));
    List<Claimed> claimed = claim(two, "a", true, 100, 7, LEASE);
    assertThat(claimed.stream().filter(Claimed::retry)).hasSize(7);
    // five that were throttled, and five that were never sent
    assertThat(claimed.stream().filter(each -> !each.retry())).hasSize(10);
    assertThat(claimed.stream().filter(each -> !each.retry()).map(Claimed::attempts))
        .containsOnly(0);
    assertThat(claim(two, "a", true, 100, 0, LEASE)).isEmpty();
    assertThat(claim(two, "a", true, 100, 100, LEASE)).hasSize(13);
    assertThat(mail.one("select sum(attempts), sum(throttled) from delivery")).isEqualTo("25 5");
  }

  @Test
  void anUnknownOutcomeBindsUntilItIsKnown() {
    mail.write(1, 1);
    settle(one, claim(one, 1).getFirst(), again(Duration.ZERO, true));
    assertThat(claim(one, "b", true, 1, LEASE)).isEmpty();
    Claimed again = claim(two, "a", false, 1, LEASE).getFirst();
    settle(two, again, again(Duration.ZERO, false));
    assertThat(mail.one("select bound_to from outbox")).isEqualTo("a");
    assertThat(mail.one("select state, attempts, unknown, error_code from delivery"))
        .isEqualTo("sending 2 1 no_reply");
  }

  @Test
  void aReleasedDeliveryIsNotChargedAnAttempt() {
    mail.write(1, 1);
    Claimed claimed = claim(one, 1).getFirst();
    Lease lease = new Lease(1, claimed.lease(), Duration.ZERO);
    ReleaseLeases wanted = new ReleaseLeases(List.of(lease));
    assertThat(TestStore.get(one.ask(DispatchVerbs.RELEASE_LEASES, wanted)).count()).isOne();
    assertThat(TestStore.get(one.ask(DispatchVerbs.RELEASE_LEASES, wanted)).count()).isZero();
    Claimed again = claim(two, "b", true, 1, LEASE).getFirst();
    assertThat(again.attempts()).isZero();
    assertThat(again.lease()).isEqualTo(claimed.lease() + 1);
  }

  @Test
  void aRecoveredProviderWakesDeliveriesThatWaitAfterAFailure() {
    mail.write(2, 1);
    List<Claimed> claimed = claim(one, 2);
    settle(one, claimed.get(0), again(Duration.ofHours(1), true));
    settle(
        one,
        claimed.get(1),
        new NextStep.Retry(Duration.ofHours(1), false, "throttled", "asked to wait"));
    assertThat(claim(one, 10)).isEmpty();
    assertThat(TestStore.get(two.ask(DispatchVerbs.WAKE_PROVIDER, new WakeProvider("a"))).count())
        .isOne();
    assertThat(ids(claim(two, 10))).isEqualTo(ids(claimed.subList(0, 1)));
  }

  @Test
  void deliveriesNotSentInTimeExpire() {
    mail.write(1, 3);
    mail.run("update delivery set expires_at = clock_timestamp() where seq < 3");
    Await.until(
        "the outbox changes", () -> state(1).equals("expired") && state(2).equals("expired"));
    Await.until(
        "the outbox changes",
        () -> claim(one, 10).stream().anyMatch(each -> each.outgoing().body().equals("body 3")));
    assertThat(mail.one("select error_code, attempts from delivery where id = 1"))
        .isEqualTo("expired 0");
  }

  @Test
  void aRedriveStartsFresh() {
    mail.write(1, 2);
    settle(one, claim(one, 1).getFirst(), new NextStep.Failed("21610", "opted out"));
    assertThat(mail.one("select state, error_code from delivery where id = 1"))
        .isEqualTo("failed 21610");
    assertThat(TestStore.get(two.ask(DispatchVerbs.REDRIVE, new Redrive(1))))
        .isInstanceOfSatisfying(
            Result.Done.class,
            done ->
                assertThat(done.value().toString())
                    .contains("state=QUEUED")
                    .contains("attempts=0"));
    assertThat(TestStore.get(two.ask(DispatchVerbs.REDRIVE, new Redrive(1))))
        .isEqualTo(Result.refused(Refusal.NOT_OVER));
    assertThat(TestStore.get(two.ask(DispatchVerbs.REDRIVE, new Redrive(99))))
        .isEqualTo(Result.refused(Refusal.NOT_THERE));
    Claimed again = claim(two, 1).getFirst();
    assertThat(again.outgoing().key()).isEqualTo("1-1");
    Await.until("the outbox changes", () -> two.news.stream().anyMatch(news -> news.rev() == 5));
  }

  @Test
  void redrivesApplyToAllMatches() {
    mail.write(30, 1);
    List<Claimed> claimed = claim(one, 30);
    settle(one, claimed.subList(0, 10), new NextStep.Failed("refused", "no"));
    settle(one, claimed.subList(10, 20), new NextStep.Expired());
    DeliveryFilter failed = DeliveryFilter.ALL.with(DeliveryState.FAILED).with("a");
    assertThat(redriven(failed, true).count()).isEqualTo(10);
    assertThat(redriven(failed, false).count()).isEqualTo(10);
    assertThat(redriven(DeliveryFilter.ALL.with("b"), false).count()).isZero();
    assertThat(redriven(DeliveryFilter.ALL, false).count()).isEqualTo(10);
    assertThat(mail.one("select count(*) from outbox")).isEqualTo("30");
  }

  private Redriven redriven(DeliveryFilter filter, boolean dryRun) {
    RedriveAll wanted = new RedriveAll(filter, OptionalLong.empty(), dryRun);
    return TestStore.get(one.ask(DispatchVerbs.REDRIVE_ALL, wanted));
  }

  @Test
  void aRedriveThatFailsHalfWayTellsWhatItHasDone() {
    mail.write(1_600, 1);
    mail.run(
        """
        delete from outbox;
        update delivery set state = 'failed';
        create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
        create trigger refuse before update on delivery for each row when (new.id = 1200) execute function refuse();
        """);
    Redriven half = redriven(DeliveryFilter.ALL, false);
    assertThat(half).isEqualTo(new Redriven(1_000, true, OptionalLong.of(1_000)));
    mail.run("drop trigger refuse on delivery");
    RedriveAll rest = new RedriveAll(DeliveryFilter.ALL, half.last(), false);
    assertThat(TestStore.get(two.ask(DispatchVerbs.REDRIVE_ALL, rest)))
        .isEqualTo(new Redriven(600, false, OptionalLong.empty()));
    assertThat(mail.one("select count(*) from outbox")).isEqualTo("1600");
  }

  private void fail(int conversations) {
    mail.write(conversations, 1);
    mail.run("delete from outbox; update delivery set state = 'failed', provider = 'a'");
  }

  @Test
  void aRedriveComesBackForLockedConversations() throws Exception {
    fail(3);
    try (Connection other = TestDatabase.connect(url)) {
      other.setAutoCommit(false);
      TestDatabase.rows(other, "select id from conversation where id = 2 for update");
      RedriveAll all = new RedriveAll(DeliveryFilter.ALL, OptionalLong.empty(), false);
      Future<Redriven> answer = one.ask(DispatchVerbs.REDRIVE_ALL, all);
      Await.until(
          "the free ones are queued",
          () -> mail.rows("select delivery from outbox").equals(List.of("1", "3")));
      other.rollback();
      assertThat(TestStore.get(answer).count()).isEqualTo(3);
    }
  }

  @Test
  void aRedriveTellsWhereALockedConversationIsLeft() throws Exception {
    fail(3);
    try (Connection other = TestDatabase.connect(url)) {
      other.setAutoCommit(false);
      TestDatabase.rows(other, "select id from conversation where id = 2 for update");
      Redriven most = redriven(DeliveryFilter.ALL, false);
      assertThat(most).isEqualTo(new Redriven(2, true, OptionalLong.of(1)));
      other.rollback();
      RedriveAll rest = new RedriveAll(DeliveryFilter.ALL, most.last(), false);
      assertThat(TestStore.get(two.ask(DispatchVerbs.REDRIVE_ALL, rest)))
          .isEqualTo(new Redriven(1, false, OptionalLong.empty()));
    }
  }

  @Test
  void theLifetimeOfARedriveCountsFromTheRedrive() {
    fail(1);
    mail.run("update delivery set created_at = created_at - interval '9 days'");
    for (int i = 0; i < 2; i++) {
      redriven(DeliveryFilter.ALL, false);
      assertThat(
              mail.one(
                  "select (expires_at - now()) between '23 hours' and '24 hours' from delivery"))
          .isEqualTo("t");
      mail.run("delete from outbox; update delivery set state = 'failed'");
    }
  }

  @Test
  void wakingAndExpiringReadNoOtherDeliveries() {
    String other = TestDatabase.fresh();
    new TestDatabase(other).run(PlanLog.enable(new TestDatabase(other).name()));
    try (TestStore store = new TestStore(other);
        DeliveryFixture many = new DeliveryFixture(other)) {
      many.write(3_000, 1);
      many.run(
          """
          update delivery set state = 'sending', provider = case when id <= 5 then 'a' else 'b' end where id <= 2000;
          update outbox set due_at = clock_timestamp() + interval '1 hour', retry = true where delivery <= 2000;
          update delivery set expires_at = now() where id > 2995;
          """);
      PlanLog log = new PlanLog(TestDatabase.log());
      WakeProvider wake = new WakeProvider("a");
      assertThat(TestStore.get(store.ask(DispatchVerbs.WAKE_PROVIDER, wake)).count()).isEqualTo(5);
      Await.until(
          "the expired ones are settled",
          () -> many.one("select count(*) from delivery where state = 'expired'").equals("5"));
      List<Plan> plans =
          log.read().stream()
              .filter(
                  plan -> plan.query().contains("v_waiting") || plan.query().contains("p_limit"))
              .toList();
      assertThat(plans).hasSizeGreaterThanOrEqualTo(2);
      assertThat(plans)
          .allSatisfy(
              plan -> assertThat(plan.rowsRead()).describedAs(plan.query()).isLessThan(100));
    }
  }

  @Test
  void everyFilterFindsWhatAScanFinds() {
    mail.write(12, 5);
    List<Claimed> claimed = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      claimed = claim(one, 10);
      settle(one, claimed.subList(0, 4), sent("r" + i));
      settle(one, claimed.subList(4, 7), new NextStep.Failed("refused", "no"));
    }
    mail.run("update delivery set provider = 'b' where id % 5 = 0 and provider is not null");
    for (Optional<DeliveryState> state : optional(DeliveryState.values())) {
      for (Optional<String> provider : optional("a", "b", "c")) {
        for (Optional<Long> conversation : optional(3L, 5L, 99L)) {
          for (Optional<String> to : optional("+15550000003", "+15550000099")) {
            compare(
                new DeliveryFilter(
                    state,
                    provider,
                    conversation.map(OptionalLong::of).orElse(OptionalLong.empty()),
                    to));
          }
        }
      }
    }
  }

  @SafeVarargs
  private static <T> List<Optional<T>> optional(T... values) {
    List<Optional<T>> all = new ArrayList<>(List.of(Optional.empty()));
    for (T value : values) {
      all.add(Optional.of(value));
    }
    return all;
  }

  private void compare(DeliveryFilter filter) {
    String scan =
        """
        select x.id from (
          select d.*, p.handle, case when d.state = 'queued' and o.lease > 0 then 'sending' else d.state end as shown
          from delivery d join party p on p.id = d.party left join outbox o on o.delivery = d.id
        ) x where %s and %s and %s and %s order by x.id desc
        """
            .formatted(
                filter.state().map(each -> "x.shown = '" + each.text() + "'").orElse("true"),
                filter.provider().map(each -> "x.provider = '" + each + "'").orElse("true"),
                filter.conversation().isPresent()
                    ? "x.conversation = " + filter.conversation().getAsLong()
                    : "true",
                filter.to().map(each -> "x.handle = '" + each + "'").orElse("true"));
    List<Long> expected = mail.rows(scan).stream().map(Long::parseLong).toList();
    List<Long> paged = new ArrayList<>();
    OptionalLong before = OptionalLong.empty();
    boolean more = true;
    while (more) {
      Deliveries page =
          TestStore.get(
              one.ask(DispatchVerbs.FIND_DELIVERIES, new FindDeliveries(filter, before, 7)));
      page.deliveries().forEach(each -> paged.add(each.id()));
      more = page.more();
      before = paged.isEmpty() ? before : OptionalLong.of(paged.getLast());
    }
    assertThat(paged).describedAs(filter.toString()).isEqualTo(expected);
    DeliveryCounts counts =
        TestStore.get(one.ask(DispatchVerbs.COUNT_DELIVERIES, new CountDeliveries(filter)));
    assertThat(counts.byState().values().stream().mapToLong(Long::longValue).sum())
        .describedAs(filter.toString())
        .isEqualTo(expected.size());
  }

  @Test
  void deliveriesAreListedByStateAndProviderNewestFirst() {
    mail.write(4, 1);
    List<Claimed> claimed = claim(one, 3);
    settle(one, claimed.get(0), sent("r"));
    settle(one, claimed.get(1), new NextStep.Failed("refused", "no"));
    assertThat(found(Optional.empty(), Optional.empty())).containsExactly(4L, 3L, 2L, 1L);
    assertThat(found(Optional.of(DeliveryState.QUEUED), Optional.empty())).containsExactly(4L);
    assertThat(found(Optional.of(DeliveryState.SENDING), Optional.empty())).containsExactly(3L);
    assertThat(found(Optional.of(DeliveryState.SENT), Optional.empty())).containsExactly(1L);
    assertThat(found(Optional.of(DeliveryState.FAILED), Optional.of("a"))).containsExactly(2L);
    assertThat(found(Optional.of(DeliveryState.FAILED), Optional.of("b"))).isEmpty();
  }

  private List<Long> found(Optional<DeliveryState> state, Optional<String> provider) {
    DeliveryFilter filter =
        new DeliveryFilter(state, provider, OptionalLong.empty(), Optional.empty());
    FindDeliveries question = new FindDeliveries(filter, OptionalLong.empty(), 10);
    return TestStore.get(one.ask(DispatchVerbs.FIND_DELIVERIES, question)).deliveries().stream()
        .map(each -> each.id())
        .toList();
  }

  @Test
  void callbacksBeforeTheReplyAreKept() {
    mail.write(2, 1);
    List<Claimed> claimed = claim(one, 2);
    status("r1", OptionalLong.empty(), DeliveryState.DELIVERED);
    status("r1", OptionalLong.empty(), DeliveryState.SENT);
    status("r1", OptionalLong.empty(), DeliveryState.SENT);
    status("r2", OptionalLong.of(2), DeliveryState.FAILED);
    settle(one, claimed.get(0), sent("r1"));
    settle(one, claimed.get(1), sent("r2"));
    assertThat(mail.rows("select state, error_code from delivery order by id"))
        .containsExactly("delivered null", "failed 30005");
    assertThat(mail.one("select count(*) from early_status")).isEqualTo("0");
  }

  @Test
  void callbacksInAnyOrderEndInTheHighestState() {
    mail.write(1, 1);
    settle(one, claim(one, 1).getFirst(), sent("r"));
    status("r", OptionalLong.empty(), DeliveryState.FAILED);
    assertThat(state(1)).isEqualTo("failed");
    status("r", OptionalLong.empty(), DeliveryState.DELIVERED);
    assertThat(state(1)).isEqualTo("delivered");
    status("r", OptionalLong.empty(), DeliveryState.FAILED);
    status("r", OptionalLong.empty(), DeliveryState.SENT);
    assertThat(state(1)).isEqualTo("delivered");
    // the item's creation, the settlement, and two changes: what changes nothing is not told
    assertThat(mail.one("select rev from conversation")).isEqualTo("5");
  }

  @Test
  void aCallbackByDeliveryNumberResolvesAnUnknownOutcome() {
    mail.write(1, 2);
    Claimed claimed = claim(one, 1).getFirst();
    status("r", OptionalLong.of(1), DeliveryState.SENT);
    assertThat(mail.one("select state, reference, attempts from delivery where id = 1"))
        .isEqualTo("sent r 1");
    assertThat(settle(one, claimed, again(Duration.ZERO, true))).isZero();
    assertThat(ids(claim(two, 10))).containsExactly(2L);
  }

  @Test
  void anAttemptOvertakenByItsCallbackCounts() {
    mail.write(2, 1);
    Claimed claimed = claim(one, 1).getFirst();
    long delivery = claimed.outgoing().delivery();
    settle(one, claimed, again(Duration.ZERO, true));
    claim(one, 2);
    status("r", OptionalLong.of(delivery), DeliveryState.DELIVERED);
    assertThat(mail.one("select attempts, state from delivery where id = " + delivery))
        .isEqualTo("2 delivered");
  }

  @Test
  void aSendingDeliveryDoesNotGoBackToQueued() {
    mail.write(1, 1);
    assertThat(shown()).isEqualTo("queued");
    claim(one, "a", true, 1, Duration.ZERO);
    Await.until(
        "the outbox changes",
        () -> mail.one("select leased_until < clock_timestamp() from outbox").equals("t"));
    assertThat(shown()).isEqualTo("sending");
    assertThat(mail.one("select item_deliveries(1, 1) -> 0 ->> 'state'")).isEqualTo("sending");
  }

  private String shown() {
    FindDeliveries all = new FindDeliveries(DeliveryFilter.ALL, OptionalLong.empty(), 10);
    return TestStore.get(one.ask(DispatchVerbs.FIND_DELIVERIES, all))
        .deliveries()
        .getFirst()
        .delivery()
        .state()
        .text();
  }

  @Test
  void aLateCallbackOfTheFirstSendDoesNotEndARedrive() {
    mail.write(1, 1);
    settle(one, claim(one, 1).getFirst(), sent("old"));
    status("old", OptionalLong.of(1), DeliveryState.FAILED);
    TestStore.get(one.ask(DispatchVerbs.REDRIVE, new Redrive(1)));
    status("old", OptionalLong.of(1), DeliveryState.SENT);
    status("old", OptionalLong.of(1), DeliveryState.FAILED);
    assertThat(state(1)).isEqualTo("queued");
    status("old", OptionalLong.of(1), DeliveryState.DELIVERED);
    assertThat(state(1)).isEqualTo("delivered");
    assertThat(mail.one("select count(*) from outbox")).isEqualTo("0");
  }

  @Test
  void aDeliveryParkedWithoutReasonBecomesDue() {
    mail.write(1, 1);
    mail.run("update outbox set due_at = 'infinity'");
    assertThat(reclaimed(one, "a").outgoing().delivery()).isOne();
  }

  @Test
  void aSweepLooksAtALimitedNumberOfParkedDeliveries() {
    mail.write(4, 2);
    // uncommitted, so that the sweeps of the two nodes do not see it
    mail.run("begin; update outbox set due_at = 'infinity'");
    String sweep = "select seen, last, due from unpark_deliveries('sms', %d, 3)";
    assertThat(mail.one(sweep.formatted(0))).isEqualTo("3 3 3");
    assertThat(mail.one(sweep.formatted(3))).isEqualTo("3 6 1");
    assertThat(mail.one(sweep.formatted(6))).isEqualTo("2 8 0");
    assertThat(mail.rows("select delivery from outbox where due_at = 'infinity' order by 1"))
        .containsExactly("5", "6", "7", "8");
    mail.run("rollback");
  }

  @Test
  void aRescanFindsDeliveriesDueBeforeTheLastClaim() {
    mail.write(3, 1);
    mail.run("update outbox set due_at = clock_timestamp() + interval '1 hour' where delivery = 2");
    assertThat(ids(claim(one, 10))).containsExactly(1L, 3L);
    mail.run("update outbox set due_at = '2026-01-01' where delivery = 2");
    assertThat(reclaimed(one, "a").outgoing().delivery()).isEqualTo(2);
  }
}
