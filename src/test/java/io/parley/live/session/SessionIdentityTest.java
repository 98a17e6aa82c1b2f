package io.parley.live.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.api.auth.Caller;
import io.parley.api.problem.Problem;
import io.parley.flow.Outage;
import io.parley.identity.ClientAddress;
import io.parley.live.loop.VirtualLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class SessionIdentityTest {
  private final VirtualLoop loop = new VirtualLoop();
  private final List<String> reports = new ArrayList<>();
  private final SessionIdentity.Listener listener =
      new SessionIdentity.Listener() {
        @Override
        public void callerChanged(Caller before, Caller now) {
          reports.add("changed");
        }

        @Override
        public void credentialsEnded() {
          reports.add("ended");
        }
      };

  private SessionIdentity identity(Supplier<Future<Caller>> recheck) {
    return new SessionIdentity(
        loop,
        new Revocations(loop),
        listener,
        new SessionCredentials(Caller.nobody(), 0, Optional.of(recheck), ClientAddress.LOCAL));
  }

  @Test
  void aClientWithoutCredentialsHasLimitedTime() {
    SessionIdentity identity = identity(Future::succeededFuture);

    assertThat(identity.expired(SessionIdentity.LOGIN_MS)).isEmpty();
    assertThat(identity.expired(SessionIdentity.LOGIN_MS + 1)).contains("no credentials");
  }

  @Test
  void refusedCredentialsEnd() {
    Problem refused = Problem.unauthorized("revoked");

    identity(() -> Future.failedFuture(new Problem.Refused(refused))).recheck();

    assertThat(reports).containsExactly("ended");
  }

  @Test
  void anOutageDuringTheCheckIsRetried() {
    List<Future<Caller>> outcomes =
        new ArrayList<>(
            List.of(
                Future.failedFuture(Outage.unavailable("down")),
                Future.succeededFuture(Caller.nobody())));
    identity(outcomes::removeFirst).recheck();
    assertThat(reports).isEmpty();

    loop.advance(SessionIdentity.RETRY_MS);

    assertThat(reports).containsExactly("changed");
  }

  @Test
  void theCheckOfReplacedCredentialsChangesNothing() {
    Promise<Caller> check = Promise.promise();
    SessionIdentity identity = identity(check::future);
    identity.recheck();
    identity.authenticated(Caller.nobody(), 0, () -> Future.succeededFuture(Caller.nobody()));

    check.fail(new Problem.Refused(Problem.unauthorized("revoked")));

    assertThat(reports).containsExactly("changed");
  }

  @Test
  void nothingIsCheckedAfterTheEnd() {
    SessionIdentity identity = identity(() -> Future.succeededFuture(Caller.nobody()));
    identity.end();

    identity.recheck();

    assertThat(reports).isEmpty();
  }
}
