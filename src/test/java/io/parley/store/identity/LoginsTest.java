package io.parley.store.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.CheckLogin;
import io.parley.identity.IdentityVerbs.EndLogin;
import io.parley.identity.IdentityVerbs.FoundLogin;
import io.parley.store.delivery.DeliveryFixture;
import io.parley.testing.GatewayExtension;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestStore;
import io.vertx.core.Future;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@Tag("integration")
@ExtendWith(GatewayExtension.class)
class LoginsTest {
  private static final int CROWD = 15_000;
  private static final int REVOKED = 7;
  private static final int EXPIRED = 8;
  private static final int UNKNOWN = 9;
  private static TestStore node;

  @BeforeAll
  static void start(TestDatabase database, TestStore store) {
    String url = database.url();
    node = store;
    try (DeliveryFixture fixture = new DeliveryFixture(url)) {
      fixture.run(
          """
          insert into party (kind, handle, name) select 'person', 'p' || g, 'Person ' || g from generate_series(1, %1$d) g;
          insert into account (id, email, role) select id, handle || '@example.org', 'user' from party;
          insert into login (id, account, expires_at) select lpad(substr(handle, 2), 32, '0')::uuid, id, now() + interval '1 day' from party;
          update login set revoked_at = now() where id = lpad('%2$d', 32, '0')::uuid;
          update login set expires_at = now() where id = lpad('%3$d', 32, '0')::uuid;
          delete from login where id = lpad('%4$d', 32, '0')::uuid;
          """
              .formatted(CROWD + 1, REVOKED, EXPIRED, UNKNOWN));
    }
  }

  private static UUID login(int number) {
    return UUID.fromString("00000000-0000-0000-0000-%012d".formatted(number));
  }

  private static Future<FoundLogin> check(int number) {
    return node.ask(IdentityVerbs.CHECK_LOGIN, new CheckLogin(login(number)));
  }

  @Test
  void manyLoginsAreCheckedInOneQueryAndEachGetsItsOwnAccount() {
    List<Future<FoundLogin>> checks =
        IntStream.rangeClosed(1, CROWD).mapToObj(LoginsTest::check).toList();
    TestStore.get(Future.join(checks));
    for (int i = 1; i <= CROWD; i++) {
      var login = checks.get(i - 1).result().login();
      if (i == REVOKED || i == EXPIRED || i == UNKNOWN) {
        assertThat(login).isEmpty();
      } else {
        assertThat(login.orElseThrow().id()).isEqualTo(login(i));
        assertThat(login.orElseThrow().account().party().handle()).isEqualTo("p" + i);
      }
    }
  }

  @Test
  void aCheckAfterALoginEndedSeesItEndedHoweverManyWait() {
    List<Future<FoundLogin>> crowd =
        IntStream.rangeClosed(CROWD - 5_000, CROWD + 1).mapToObj(LoginsTest::check).toList();
    Future<FoundLogin> after =
        node.ask(IdentityVerbs.END_LOGIN, new EndLogin(login(CROWD + 1)))
            .compose(ended -> check(CROWD + 1));
    assertThat(TestStore.get(after).login()).isEmpty();
    TestStore.get(Future.join(crowd));
  }
}
