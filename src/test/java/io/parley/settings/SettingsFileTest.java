package io.parley.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class SettingsFileTest {
  private static final String SECRET = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  @TempDir Path folder;

  private Map<String, String> sandbox(String... more) {
    Map<String, String> environment =
        new HashMap<>(Map.of("PARLEY_MODE", "sandbox", "PARLEY_DATA_DIR", folder.toString()));
    for (int i = 0; i < more.length; i += 2) {
      environment.put(more[i], more[i + 1]);
    }
    return environment;
  }

  private Map<String, String> production() {
    return new HashMap<>(
        Map.of(
            "PARLEY_DATABASE_URL", "postgresql://u:p@h/d",
            "PARLEY_ADMIN_EMAIL", "admin@example.org",
            "PARLEY_ADMIN_PASSWORD", "a good password",
            "PARLEY_PUBLIC_URL", "https://chat.example.org",
            "PARLEY_SECRET", SECRET));
  }

  @Test
  void theSandboxNeedsNoSettings() throws IOException {
    Settings settings = SettingsFile.load(sandbox());
    assertThat(settings.http().host()).isEqualTo("127.0.0.1");
    assertThat(settings.http().port()).isEqualTo(8080);
    assertThat(settings.http().publicUrl()).isEqualTo("http://localhost:8080");
    assertThat(settings.http().ownOrigins())
        .contains("http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080");
    assertThat(settings.accounts().admin())
        .isEqualTo(new AdminSettings("admin@parley.local", "parley-demo"));
    assertThat(settings.log().json()).isFalse();
    byte[] secret = settings.secret().bytes();
    assertThat(SettingsFile.load(sandbox()).secret().bytes()).isEqualTo(secret);
    assertThat(Files.getPosixFilePermissions(folder.resolve("secret")).size()).isEqualTo(2);
  }

  @Test
  void theWebhookSecretIsBase64OfAtLeast24Bytes() throws IOException {
    SettingsFile.load(sandbox("PARLEY_WEBHOOK_SECRET", "whsec_" + SECRET));
    SettingsFile.load(sandbox("PARLEY_WEBHOOK_SECRET", SECRET));
    for (String wrong :
        new String[] {"whsec_!", "whsec_", "not base64", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}) {
      assertThatThrownBy(() -> SettingsFile.load(sandbox("PARLEY_WEBHOOK_SECRET", wrong)))
          .isInstanceOf(InvalidSettings.class)
          .hasMessageContaining("webhook_secret");
    }
  }

  @Test
  void productionIsTheDefaultAndListsEveryMissingSetting() {
    assertThatThrownBy(() -> SettingsFile.load(Map.of()))
        .isInstanceOf(InvalidSettings.class)
        .satisfies(
            e ->
                assertThat(e.getMessage().lines())
                    .containsExactlyInAnyOrder(
                        "Invalid settings:",
                        "  public_url (PARLEY_PUBLIC_URL): required in production",
                        "  database.url (PARLEY_DATABASE_URL): required in production",
                        "  admin.email (PARLEY_ADMIN_EMAIL): required in production",
                        "  admin.password (PARLEY_ADMIN_PASSWORD): required in production",
                        "  secret (PARLEY_SECRET): required in production",
                        "  mode (PARLEY_MODE): sandbox starts without the required settings, for trying out"));
  }

  @Test
  void emailAddressesAreShownInTheSandboxUnlessToldOtherwise() throws IOException {
    assertThat(SettingsFile.load(sandbox()).accounts().emailsShown()).isTrue();
    assertThat(SettingsFile.load(production()).accounts().emailsShown()).isFalse();
    Path file = Files.writeString(folder.resolve("mine.yaml"), "users:\n  show_email: no\n");
    assertThat(SettingsFile.load(sandbox("PARLEY_CONF", file.toString())).accounts().emailsShown())
        .isFalse();
  }

  @Test
  void productionStartsWithItsRequiredSettings() {
    for (String required : production().keySet()) {
      Map<String, String> lacking = production();
      lacking.remove(required);
      assertThatThrownBy(() -> SettingsFile.load(lacking))
          .hasMessageContaining("(" + required + "): required in production");
    }
    Settings settings = SettingsFile.load(production());
    assertThat(settings.mode()).isEqualTo(Mode.PRODUCTION);
    assertThat(settings.http().host()).isEqualTo("0.0.0.0");
    assertThat(settings.http().ownOrigins()).containsExactly("https://chat.example.org");
    assertThat(settings.log().json()).isTrue();
  }

  @Test
  void providersAreAListInAFileAndOneTextInTheEnvironment() throws IOException {
    assertThat(SettingsFile.load(sandbox()).providers())
        .extracting(ProviderSettings::name)
        .containsExactly("sim-sms", "sim-email");
    assertThat(SettingsFile.load(production()).providers()).isEmpty();
    Path file =
        Files.writeString(
            folder.resolve("mine.yaml"),
            """
            providers:
              - { name: one, kind: json, channel: sms, url: 'https://one.example/' }
              - { name: two, channel: email, url: 'https://two.example/x', rate: 5, timeout: 2s }
            """);
    String text =
        "name=one, kind=json, channel=sms, url=https://one.example;"
            + "name=two,channel=email,url=https://two.example/x,rate=5,timeout=2s;";
    Settings byFile = SettingsFile.load(sandbox("PARLEY_CONF", file.toString()));
    Settings byText = SettingsFile.load(sandbox("PARLEY_PROVIDERS", text));
    assertThat(byFile.providers()).isEqualTo(byText.providers());
    assertThat(byText.providers())
        .containsExactly(
            new ProviderSettings(
                "one", "json", false, "https://one.example", 32, 0, Duration.ofSeconds(5)),
            new ProviderSettings(
                "two", "json", true, "https://two.example/x", 32, 5, Duration.ofSeconds(2)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "one | is not a field of a provider",
        "name=one,colour=red | is not a field of a provider",
        "name=One,channel=sms,url=http://x | providers.name",
        "name=one,channel=fax,url=http://x | providers.one.channel",
        "name=one,channel=sms,url=x | providers.one.url",
        "name=one,channel=sms | providers.one.url",
        "name=one,channel=sms,url=http://x,rate=-1 | providers.one.rate",
        "name=one,channel=sms,url=http://x,timeout=9 | providers.one.timeout",
        "name=one,channel=sms,url=http://x;name=one,channel=sms,url=http://x | two of them are named one",
      })
  void anInvalidProviderIsReported(String text, String reason) {
    assertThatThrownBy(() -> SettingsFile.load(sandbox("PARLEY_PROVIDERS", text)))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining(reason);
  }

  @Test
  void theEnvironmentOverridesTheFileAndTheFileTheDefaults() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("mine.yaml"),
            "http:\n  port: 9000\n  max_uri: 4096\norigins: [https://a.example, https://b.example]\n");
    Settings settings =
        SettingsFile.load(sandbox("PARLEY_CONF", file.toString(), "PARLEY_HTTP_PORT", "9001"));
    assertThat(settings.http().port()).isEqualTo(9001);
    assertThat(settings.http().limits().maxUri()).isEqualTo(4096);
    assertThat(settings.http().limits().maxHeaders()).isEqualTo(16_384);
    assertThat(settings.http().guestOrigins())
        .containsExactlyInAnyOrder("https://a.example", "https://b.example");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PARLEY_MODE|test|\"test\" is not sandbox or production",
        "PARLEY_HTTP_PORT|65536|a whole number from 0 to 65535",
        "PARLEY_HTTP_IDLE_TIMEOUT|60|a duration such as 30s",
        "PARLEY_HTTP_IDLE_TIMEOUT|0s|from 1s to 3600s",
        "PARLEY_ORIGINS|https://a.example/path|an address such as",
        "PARLEY_ORIGINS|null|an address such as",
        "PARLEY_PUBLIC_URL|ftp://a.example|an address such as",
        "PARLEY_SIGNUP|maybe|signup (PARLEY_SIGNUP): \"maybe\" is not open or closed",
        "PARLEY_ADMIN_PASSWORD|short|admin.password (PARLEY_ADMIN_PASSWORD): must have 8 to 256 characters",
        "PARLEY_ADMIN_EMAIL|admin|admin.email",
        "PARLEY_SECRET|AAAA|exactly 32 bytes",
        "PARLEY_DATABASE_READ_CONNECTIONS|0|from 1 to 500",
        "PARLEY_NOTHING|1|PARLEY_NOTHING: unknown setting; conf/parley.yaml lists all of them",
        "PARLEY_CONF|/nowhere.yaml|cannot be read"
      })
  void anInvalidValueIsReportedWithItsKey(String name, String value, String reason) {
    assertThatThrownBy(() -> SettingsFile.load(sandbox(name, value)))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining(reason)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "htp: {port: 1}|htp.port in",
        "[1, 2]|must hold settings",
        "http: {port: [}|not valid YAML"
      })
  void anInvalidFileIsReported(String text, String reason) throws IOException {
    Path file = Files.writeString(folder.resolve("wrong.yaml"), text);
    assertThatThrownBy(() -> SettingsFile.load(sandbox("PARLEY_CONF", file.toString())))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining(reason);
  }

  @Test
  void secretsAreNeverShown() {
    Settings settings = SettingsFile.load(production());
    assertThat(settings.toString()).doesNotContain(SECRET).doesNotContain("a good password");
    assertThatThrownBy(() -> SettingsFile.load(sandbox("PARLEY_SECRET", "c2hvcnQ=")))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("c2hvcnQ="));
  }

  @Test
  void everyMistakeIsReportedAtOnceWithKeyAndVariable() throws IOException {
    Path file =
        Files.writeString(folder.resolve("mine.yaml"), "region: us\nhttp: {max_urii: 4096}\n");
    Map<String, String> environment =
        sandbox(
            "PARLEY_CONF", file.toString(),
            "PARLEY_HTTP_PORT", "eighty",
            "PARLEY_SIGNUP", "maybe",
            "PARLEY_SECRET", "c2hvcnQ=",
            "PARLEY_PROVIDERS", "name=one,channel=fax,url=http://x,rate=-1",
            "PARLEY_HTTP_PRT", "80");

    assertThatThrownBy(() -> SettingsFile.load(environment))
        .satisfies(
            e ->
                assertThat(e.getMessage().lines())
                    .containsExactlyInAnyOrder(
                        "Invalid settings:",
                        "  http.max_urii in "
                            + file
                            + ": unknown setting; did you mean http.max_uri?",
                        "  PARLEY_HTTP_PRT: unknown setting; did you mean PARLEY_HTTP_PORT?",
                        "  http.port (PARLEY_HTTP_PORT): \"eighty\" is not a whole number from 0 to 65535",
                        "  signup (PARLEY_SIGNUP): \"maybe\" is not open or closed",
                        "  region (PARLEY_REGION): \"us\" is not two capital letters such as US",
                        "  providers.one.channel (PARLEY_PROVIDERS): \"fax\" is not sms or email",
                        "  providers.one.rate (PARLEY_PROVIDERS): \"-1\" is not a whole number from 0 to 1000000",
                        "  secret (PARLEY_SECRET): must be base64 of exactly 32 bytes (openssl rand -base64 32)"));
    assertThat(folder.resolve("secret")).doesNotExist();
  }

  @Test
  void aSandboxIsReachedFromItsOwnMachineOnlyUnlessItIsExposedOnPurpose() {
    for (String local : List.of("127.0.0.1", "127.1.2.3", "localhost", "::1")) {
      assertThat(SettingsFile.load(sandbox("PARLEY_HTTP_HOST", local)).http().sandboxExposed())
          .isFalse();
    }
    for (String reached : List.of("0.0.0.0", "::", "192.0.2.1", "parley.example")) {
      Map<String, String> settings = sandbox("PARLEY_HTTP_HOST", reached);
      assertThatThrownBy(() -> SettingsFile.load(settings))
          .hasMessageContaining("http.host (PARLEY_HTTP_HOST): other machines reach " + reached)
          .hasMessageContaining("PARLEY_SANDBOX_EXPOSED=yes");
      assertThatThrownBy(() -> SettingsFile.simulator(settings))
          .hasMessageContaining("PARLEY_SANDBOX_EXPOSED=yes");
      Map<String, String> exposed = new HashMap<>(settings);
      exposed.put("PARLEY_SANDBOX_EXPOSED", "yes");
      assertThat(SettingsFile.load(exposed).http().sandboxExposed()).isTrue();
      assertThat(SettingsFile.simulator(exposed).exposed()).isTrue();
    }
  }

  @Test
  void theSandboxsPasswordIsNoneForProduction() {
    Map<String, String> settings = new HashMap<>(production());
    settings.put("PARLEY_ADMIN_PASSWORD", "parley-demo");
    assertThatThrownBy(() -> SettingsFile.load(settings))
        .hasMessageContaining("is the password of every sandbox");
  }

  @Test
  void theSimulatorListensOnItsPortAndNeedsNoOtherSettings() {
    assertThat(SettingsFile.load(sandbox("PARLEY_SIMULATOR_PORT", "8123")).providers())
        .allSatisfy(each -> assertThat(each.url()).isEqualTo("http://127.0.0.1:8123"));
    assertThat(SettingsFile.simulator(Map.of("PARLEY_SIMULATOR_GATEWAY", "http://127.0.0.1:8081/")))
        .isEqualTo(
            new SimulatorSettings(
                true, "127.0.0.1", 8090, java.util.Optional.of("http://127.0.0.1:8081"), false));
    assertThatThrownBy(() -> SettingsFile.load(sandbox("PARLEY_SIMULATOR_RUN", "yes")))
        .hasMessageContaining("simulator.run (PARLEY_SIMULATOR_RUN): \"yes\" is not own or shared");
  }
}
