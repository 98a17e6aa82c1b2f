package io.parley.store.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.Login;
import io.parley.identity.IdentityVerbs.RotateLogin;
import io.parley.testing.GatewayExtension;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The rule for refresh tokens, for every sequence of four steps, against a model of one line. */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class RefreshRuleTest {
  private static final int STEPS = 4;
  private static final Instant EXPIRES = Instant.parse("2100-01-01T00:00:00Z");
  private static TestStore node;
  private static Connection database;

  /** What can happen next: a token of some generation is presented, or time passes. */
  private enum Step {
    PRESENT_CURRENT,
    PRESENT_PREVIOUS,
    PRESENT_OLDER,
    WAIT_29_SECONDS,
    WAIT_31_SECONDS
  }

  /** What must hold after some steps. */
  private record Model(int generation, int secondsSinceRotation, boolean ended) {
    static final int NEVER = 1_000_000;

    Model after(Step step) {
      return switch (step) {
        case PRESENT_CURRENT -> ended ? this : new Model(generation + 1, 0, false);
        case PRESENT_PREVIOUS ->
            new Model(generation, secondsSinceRotation, ended || secondsSinceRotation >= 30);
        case PRESENT_OLDER -> new Model(generation, secondsSinceRotation, true);
        case WAIT_29_SECONDS -> new Model(generation, secondsSinceRotation + 29, ended);
        case WAIT_31_SECONDS -> new Model(generation, secondsSinceRotation + 31, ended);
      };
    }
  }

  @BeforeAll
  static void start(TestDatabase url, TestStore store) throws SQLException {
    node = store;
    database = url.connect();
    run("insert into party (kind, handle, name) values ('person', 'ann', 'Ann')");
    run(
        "insert into account (id, email, role) select id, 'ann@example.org', 'user' from party where handle = 'ann'");
  }

  @AfterAll
  static void stop() throws SQLException {
    database.close();
  }

  private static void run(String sql) {
    try {
      TestDatabase.run(database, sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  private static UUID login(int generation) {
    UUID id = UUID.randomUUID();
    run(
        "insert into login (id, account, generation, expires_at) select '%s', id, %d, now() + interval '1 hour' from account where email = 'ann@example.org'"
            .formatted(id, generation));
    return id;
  }

  private static Optional<Login> present(UUID login, int generation) {
    return TestStore.get(
            node.ask(IdentityVerbs.ROTATE_LOGIN, new RotateLogin(login, generation, EXPIRES)))
        .login();
  }

  private static void wait(UUID login, int seconds) {
    run(
        "update login set rotated_at = rotated_at - interval '%d seconds' where id = '%s'"
            .formatted(seconds, login));
  }

  @Test
  void everySequenceOfStepsEndsAsTheModelSays() {
    for (List<Step> steps : sequences(STEPS)) {
      UUID login = login(5);
      Model model = new Model(5, Model.NEVER, false);
      for (Step step : steps) {
        int presented = model.generation();
        model = model.after(step);
        Optional<Login> answer =
            switch (step) {
              case PRESENT_CURRENT -> present(login, presented);
              case PRESENT_PREVIOUS -> present(login, presented - 1);
              case PRESENT_OLDER -> present(login, presented - 2);
              case WAIT_29_SECONDS -> waited(login, 29);
              case WAIT_31_SECONDS -> waited(login, 31);
            };
        if (step.name().startsWith("PRESENT")) {
          Optional<Integer> expected =
              model.ended() ? Optional.empty() : Optional.of(model.generation());
          assertThat(answer.map(Login::generation)).describedAs("%s", steps).isEqualTo(expected);
        }
      }
    }
  }

  private static Optional<Login> waited(UUID login, int seconds) {
    wait(login, seconds);
    return Optional.empty();
  }

  /** All sequences that end with a presentation: what only waits afterwards shows nothing. */
  private static List<List<Step>> sequences(int length) {
    List<List<Step>> all = List.of(List.of());
    for (int i = 0; i < length; i++) {
      List<List<Step>> longer = new ArrayList<>();
      for (List<Step> each : all) {
        for (Step step : Step.values()) {
          if (i < length - 1 || step.name().startsWith("PRESENT")) {
            List<Step> more = new ArrayList<>(each);
            more.add(step);
            longer.add(more);
          }
        }
      }
      all = longer;
    }
    return all;
  }
}
