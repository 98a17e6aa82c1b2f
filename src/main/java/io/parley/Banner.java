package io.parley;

import io.parley.settings.Mode;
import io.parley.settings.Settings;
import java.util.OptionalInt;

/** What a person sees first: where things are, and three calls to try. */
final class Banner {
  private Banner() {}

  static void print(Settings settings, int port, OptionalInt simulator, long millis) {
    String url =
        settings.mode() == Mode.SANDBOX ? "http://localhost:" + port : settings.http().publicUrl();
    System.out.printf(
        """

        Parley is ready after %d ms, on %s

          documentation  %s/docs
          contract       %s/openapi.yaml
          health         %s/health/ready
          metrics        %s/metrics
        """,
        millis, url, url, url, url, url);
    simulator.ifPresent(at -> System.out.printf("  simulator      http://localhost:%d%n", at));
    if (settings.mode() == Mode.SANDBOX) {
      System.out.printf(
          """

          SANDBOX: on this machine only; whoever asks without credentials acts as the agent.
          The administrator is %s.

            curl -X POST %s/api/users -H 'Content-Type: application/json' -d '{"name":"You","email":"you@example.org","password":"correct horse"}'
            curl -u you:'correct horse' %s/api/users/me
            curl -X POST %s/api/auth/token -d 'grant_type=password&username=you&password=correct horse'

          """,
          settings.accounts().admin().email(), url, url, url);
    }
    System.out.flush();
  }
}
