package io.parley.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.api.contract.Contract;
import io.parley.api.contract.ContractFile;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class NearestPathsTest {
  private final NearestPaths paths =
      new NearestPaths(
          new Contract(ContractFile.of("http://localhost").document()),
          List.of("/health/ready", "/docs"));

  @ParameterizedTest
  @CsvSource({
    "/api/user,/api/users",
    "/users,/api/users",
    "/API/Conversations/5/Item,/api/conversations/{ref}/items",
    "/api/conversation/ann/messages,/api/conversations/{ref}/messages",
    "/api/message/sms,/api/messages/sms",
    "/api/auth/tokens,/api/auth/token",
    "/health/redy,/health/ready",
    "/doc,/docs",
  })
  void theFirstOneIsMeant(String path, String meant) {
    assertThat(paths.to(path)).first().isEqualTo(meant);
    assertThat(paths.to(path)).hasSizeLessThanOrEqualTo(3);
  }

  @Test
  void whatIsLikeNothingHasNone() {
    assertThat(paths.to("/wp-login.php")).isEmpty();
    assertThat(paths.to("/a/b/c/d/e/f/g/h/i/j/k/l")).isEmpty();
    assertThat(paths.to("/" + "x".repeat(5_000))).isEmpty();
  }
}
